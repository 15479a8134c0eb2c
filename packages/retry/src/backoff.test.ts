import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { backoff, type Backoff } from './backoff.ts';

const full: Backoff = { minTimeout: 100, maxTimeout: 10_000, factor: 2, jitter: 'full' };
const decorrelated: Backoff = { ...full, jitter: 'decorrelated' };

interface Row {
  readonly fact: string;
  readonly number?: number;
  readonly waitedMs?: number;
  readonly random?: number;
  readonly rules: Backoff;
  readonly delayMs: number;
}

test.for<Row>([
  { fact: 'the first wait is at most minTimeout', rules: full, delayMs: 100 },
  { fact: 'each further wait may be factor times as long', number: 4, rules: full, delayMs: 800 },
  { fact: 'no wait is longer than maxTimeout', number: 8, rules: full, delayMs: 10_000 },
  { fact: 'a power beyond all numbers is maxTimeout', number: 5_000, rules: full, delayMs: 10_000 },
  { fact: 'maxTimeout limits the first wait too', rules: { ...full, maxTimeout: 7 }, delayMs: 7 },
  { fact: 'without minTimeout there is no wait, also in the end', number: 5_000, rules: { ...full, minTimeout: 0 }, delayMs: 0 },
  { fact: 'factor 1 keeps it as it is', number: 50, rules: { ...full, factor: 1 }, delayMs: 100 },
  { fact: 'the share is random', random: 0.257, rules: full, delayMs: 25 },
  { fact: 'it may be nothing', number: 3, random: 0, rules: full, delayMs: 0 },
  { fact: 'full jitter does not ask what was waited', waitedMs: 9_000, rules: full, delayMs: 100 },
  { fact: 'a source that gives no number makes the longest wait', random: Number.NaN, rules: full, delayMs: 100 },
  { fact: 'so does one that gives too much', random: 1e9, rules: full, delayMs: 100 },
  { fact: 'or less than nothing', random: -1, rules: full, delayMs: 100 },
  { fact: 'decorrelated: at least minTimeout', random: 0, rules: decorrelated, delayMs: 100 },
  { fact: 'decorrelated: the first is at most three times that', rules: decorrelated, delayMs: 300 },
  { fact: 'decorrelated: then at most three times what was waited', number: 2, waitedMs: 250, rules: decorrelated, delayMs: 750 },
  { fact: 'decorrelated: however often it was waited', number: 9, waitedMs: 250, random: 0.5, rules: decorrelated, delayMs: 425 },
  { fact: 'decorrelated: no wait is longer than maxTimeout', number: 9, waitedMs: 9_000, rules: decorrelated, delayMs: 10_000 },
  { fact: 'decorrelated: maxTimeout limits the least, too', random: 0, rules: { ...decorrelated, maxTimeout: 7 }, delayMs: 7 },
])('$fact', ({ number = 1, waitedMs = 0, random = 1, rules, delayMs }) =>
  expect(backoff({ number, waitedMs, random }, rules)).toBe(delayMs),
);

test('it is always a whole number from 0 to maxTimeout', () => {
  const duration = fc.nat({ max: 2_147_483_647 });
  const factor = fc.double({ min: 1, max: 1_000, noNaN: true });
  const jitter = fc.constantFrom('full' as const, 'decorrelated' as const);
  const rules = fc.record({ minTimeout: duration, maxTimeout: duration, factor, jitter });
  const state = fc.record({ number: fc.integer({ min: 1, max: 1_000_000 }), waitedMs: duration, random: fc.double() });
  fc.assert(
    fc.property(state, rules, (one, by) => {
      const delayMs = backoff(one, by);
      expect(Number.isInteger(delayMs) && delayMs >= 0 && delayMs <= by.maxTimeout).toBe(true);
    }),
  );
});
