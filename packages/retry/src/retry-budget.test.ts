import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { retryBudget, type RetryBudget } from './retry-budget.ts';

const A = 'http://a.example';

function withdrawAll(budget: RetryBudget, atMs: number, origin = A): number {
  let count = 0;
  while (budget.withdraw(origin, atMs)) count += 1;
  return count;
}

function deposit(budget: RetryBudget, requests: number, atMs: number): void {
  for (let request = 0; request < requests; request++) budget.deposit(A, atMs);
}

test('without a request there are 10 retries a second, for 10 seconds', () => expect(withdrawAll(retryBudget(), 0)).toBe(100));

test('five requests earn a retry', () => {
  const budget = retryBudget({ reservePerSecond: 0 });
  deposit(budget, 4, 0);
  expect(withdrawAll(budget, 0)).toBe(0);
  deposit(budget, 6, 0);
  expect(withdrawAll(budget, 0)).toBe(2);
});

test.for([
  { fact: 'what was earned can be spent until the window has passed', atMs: 9_999, retries: 20 },
  { fact: 'and not after it', atMs: 10_000, retries: 0 },
  { fact: 'nor ever again', atMs: 1_000_000, retries: 0 },
])('$fact', ({ atMs, retries }) => {
  const budget = retryBudget({ reservePerSecond: 0 });
  deposit(budget, 100, 0);
  expect(withdrawAll(budget, atMs)).toBe(retries);
});

test('the reserve fills up as time passes, and not all at once', () => {
  const budget = retryBudget();
  expect([withdrawAll(budget, 500), withdrawAll(budget, 600), withdrawAll(budget, 9_600), withdrawAll(budget, 60_000)]).toEqual([
    100, 1, 90, 100,
  ]);
});

test('what will be forgotten first is spent first, and the reserve last', () => {
  const budget = retryBudget({ reservePerSecond: 1 });
  deposit(budget, 10, 0);
  deposit(budget, 10, 5_000);
  expect([budget.withdraw(A, 5_000), budget.withdraw(A, 5_000)]).toEqual([true, true]);
  // The two of the second moment, and the reserve.
  expect(withdrawAll(budget, 10_000)).toBe(2 + 10);
});

test('halves make a whole', () => {
  const budget = retryBudget({ ratio: 0.5, reservePerSecond: 0.05 });
  deposit(budget, 1, 0);
  expect(withdrawAll(budget, 0)).toBe(1);
});

test('each origin has its own', () => {
  const budget = retryBudget({ reservePerSecond: 1 });
  expect([withdrawAll(budget, 0, 'http://a'), withdrawAll(budget, 0, 'http://b'), withdrawAll(budget, 0, 'http://a')]).toEqual([10, 10, 0]);
});

test('an origin that was forgotten begins anew', () => {
  const budget = retryBudget({ reservePerSecond: 1, maxOrigins: 4 });
  withdrawAll(budget, 0, 'http://a');
  for (let origin = 0; origin < 10; origin++) budget.deposit(`http://${origin}`, 0);
  expect(withdrawAll(budget, 0, 'http://a')).toBe(10);
});

test('in no window more is spent than was earned in it and in the one before, and twice the reserve', () => {
  const step = fc.record({ afterMs: fc.nat({ max: 3_000 }), requests: fc.nat({ max: 300 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const budget = retryBudget();
      const log: { readonly atMs: number; readonly requests: number; readonly retries: number }[] = [];
      let atMs = 0;
      for (const { afterMs, requests } of steps) {
        atMs += afterMs;
        deposit(budget, requests, atMs);
        log.push({ atMs, requests, retries: withdrawAll(budget, atMs) });
      }
      const sum = (from: number, to: number, of: 'requests' | 'retries'): number =>
        log.reduce((total, entry) => total + (entry.atMs > from && entry.atMs <= to ? entry[of] : 0), 0);
      for (const { atMs: end } of log) {
        expect(sum(end - 10_000, end, 'retries')).toBeLessThanOrEqual(0.2 * sum(end - 20_000, end, 'requests') + 200);
      }
    }),
    { numRuns: 50 },
  );
});
