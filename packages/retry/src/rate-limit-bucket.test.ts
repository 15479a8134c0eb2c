import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { refill, take, waitMs, type Bucket, type BucketRules } from './rate-limit-bucket.ts';

const rules: BucketRules = { rate: 10, perMs: 1_000, burst: 3 };

test.for<{ fact: string; bucket: Bucket; nowMs: number; tokens: number }>([
  { fact: 'a tenth of a second brings one of ten a second', bucket: { tokens: 0, atMs: 0 }, nowMs: 100, tokens: 1 },
  { fact: 'fractions count', bucket: { tokens: 0.5, atMs: 0 }, nowMs: 25, tokens: 0.75 },
  { fact: 'it holds no more than burst', bucket: { tokens: 2, atMs: 0 }, nowMs: 60_000, tokens: 3 },
  { fact: 'a clock that goes back takes nothing away', bucket: { tokens: 2, atMs: 100 }, nowMs: 50, tokens: 2 },
])('$fact', ({ bucket, nowMs, tokens }) => expect(refill(bucket, rules, nowMs).tokens).toBeCloseTo(tokens));

test.for<{ fact: string; tokens: number; ahead: number; ms: number }>([
  { fact: 'with a token there is no wait', tokens: 1, ahead: 0, ms: 0 },
  { fact: 'without one, the time of one', tokens: 0, ahead: 0, ms: 100 },
  { fact: 'with a part of one, the rest of it', tokens: 0.75, ahead: 0, ms: 25 },
  { fact: 'behind two others, the time of three', tokens: 0, ahead: 2, ms: 300 },
])('the wait: $fact', ({ tokens, ahead, ms }) => expect(waitMs({ tokens, atMs: 0 }, ahead, rules)).toBeCloseTo(ms));

test('a token that is there is taken, and one that is not, is not', () => {
  expect([take({ tokens: 1.5, atMs: 7 }), take({ tokens: 0.99, atMs: 7 })]).toEqual([{ tokens: 0.5, atMs: 7 }, undefined]);
});

test('in no time are there more than burst, and what the rate gives in it', () => {
  const rulesOf = fc.record({
    rate: fc.double({ min: 0.1, max: 1_000, noNaN: true }),
    perMs: fc.integer({ min: 1, max: 10_000 }),
    burst: fc.integer({ min: 1, max: 20 }),
  });
  fc.assert(
    fc.property(rulesOf, fc.array(fc.double({ min: 0, max: 500, noNaN: true }), { maxLength: 100 }), (given, gaps) => {
      let bucket: Bucket = { tokens: given.burst, atMs: 0 };
      let nowMs = 0;
      const taken: number[] = [];
      for (const gap of gaps) {
        nowMs += gap;
        bucket = refill(bucket, given, nowMs);
        const left = take(bucket);
        if (left === undefined) continue;
        bucket = left;
        taken.push(nowMs);
      }
      for (const [first, from] of taken.entries()) {
        for (let last = first; last < taken.length; last++) {
          const spanMs = (taken[last] ?? 0) - from;
          expect(last - first + 1).toBeLessThanOrEqual(given.burst + (spanMs * given.rate) / given.perMs + 1e-6);
        }
      }
    }),
  );
});

test('who waits as long as it is told finds a token', () => {
  fc.assert(
    fc.property(fc.double({ min: -5, max: 3, noNaN: true }), fc.integer({ min: 0, max: 50 }), (tokens, ahead) => {
      const bucket = { tokens, atMs: 0 };
      let later: Bucket | undefined = {
        ...refill({ ...bucket, tokens: tokens - ahead }, { ...rules, burst: 100 }, waitMs(bucket, ahead, rules)),
      };
      later = take(later);
      expect(later).toBeDefined();
    }),
  );
});
