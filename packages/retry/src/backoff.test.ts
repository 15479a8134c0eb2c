import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { backoff, type Backoff } from './backoff.ts';

const most: Backoff = { minTimeout: 100, maxTimeout: 10_000, factor: 2, random: () => 1 };

test.for([
  { fact: 'the first wait is at most minTimeout', repeat: 1, rules: most, delayMs: 100 },
  { fact: 'each further wait may be factor times as long', repeat: 4, rules: most, delayMs: 800 },
  { fact: 'no wait is longer than maxTimeout', repeat: 8, rules: most, delayMs: 10_000 },
  { fact: 'a power beyond all numbers is maxTimeout', repeat: 5_000, rules: most, delayMs: 10_000 },
  { fact: 'maxTimeout limits the first wait too', repeat: 1, rules: { ...most, maxTimeout: 7 }, delayMs: 7 },
  { fact: 'without minTimeout there is no wait, also in the end', repeat: 5_000, rules: { ...most, minTimeout: 0 }, delayMs: 0 },
  { fact: 'factor 1 keeps it as it is', repeat: 50, rules: { ...most, factor: 1 }, delayMs: 100 },
  { fact: 'the share is random', repeat: 1, rules: { ...most, random: () => 0.257 }, delayMs: 25 },
  { fact: 'it may be nothing', repeat: 3, rules: { ...most, random: () => 0 }, delayMs: 0 },
  { fact: 'a source that gives no number makes the longest wait', repeat: 1, rules: { ...most, random: () => Number.NaN }, delayMs: 100 },
  { fact: 'so does one that gives too much', repeat: 1, rules: { ...most, random: () => 1e9 }, delayMs: 100 },
  { fact: 'or less than nothing', repeat: 1, rules: { ...most, random: () => -1 }, delayMs: 100 },
])('$fact', ({ repeat, rules, delayMs }) => expect(backoff(repeat, rules)).toBe(delayMs));

test('it is always a whole number from 0 to maxTimeout', () => {
  const duration = fc.nat({ max: 2_147_483_647 });
  const factor = fc.double({ min: 1, max: 1_000, noNaN: true });
  const rules = fc.record({ minTimeout: duration, maxTimeout: duration, factor, random: fc.func(fc.double()) });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), rules, (repeat, one) => {
      const delayMs = backoff(repeat, one);
      expect(Number.isInteger(delayMs) && delayMs >= 0 && delayMs <= one.maxTimeout).toBe(true);
    }),
  );
});
