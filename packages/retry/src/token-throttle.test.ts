import { HttpRequest } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { scripted } from '../test/scripted.ts';
import { retry, RetryError, tokenThrottle, type RetryBudget } from './index.ts';

const A = 'http://a.example';

/** How many failures in a row may be followed by a retry. */
function retriesLeft(budget: RetryBudget): number {
  let count = 0;
  for (;;) {
    budget.record(A, 'failure');
    if (!budget.withdraw(A, 0)) return count;
    count += 1;
  }
}

function succeed(budget: RetryBudget, times: number): void {
  for (let time = 0; time < times; time++) budget.record(A, 'success');
}

test('with 10 tokens the fifth failure in a row is not followed by a retry', () => expect(retriesLeft(tokenThrottle())).toBe(4));

test('a retry costs nothing, a failure does', () => {
  const budget = tokenThrottle({ maxTokens: 4 });
  expect([1, 2, 3, 4].map(() => budget.withdraw(A, 0))).toEqual([true, true, true, true]);
});

test('ten that went well make good for one failure', () => {
  const budget = tokenThrottle();
  retriesLeft(budget);
  succeed(budget, 10);
  expect(budget.withdraw(A, 0)).toBe(true);
});

test('more than all tokens are not collected', () => {
  const budget = tokenThrottle();
  succeed(budget, 1_000);
  expect(retriesLeft(budget)).toBe(4);
});

test('fewer than none are not owed', () => {
  const budget = tokenThrottle();
  for (let time = 0; time < 1_000; time++) budget.record(A, 'failure');
  succeed(budget, 50);
  expect(budget.withdraw(A, 0)).toBe(false);
  succeed(budget, 1);
  expect(budget.withdraw(A, 0)).toBe(true);
});

test('what a layer further in refused by itself is no failure of the origin, and what has taken too long is', async () => {
  const refusals = (['circuit-open', 'rate-limited', 'concurrency-limited', 'concurrency-timeout', 'origin-on-hold'] as const).map(
    (code) => new RetryError('refused', { code, phase: 'queue', sent: 'nothing' }),
  );
  const budget = tokenThrottle({ maxTokens: 2 });
  const client = retry({ budget })(scripted(...refusals));
  for (const refusal of refusals) await expect(client.roundTrip(new HttpRequest(A))).rejects.toBe(refusal);
  expect(budget.withdraw(A, 0)).toBe(true);
  const late = new RetryError('late', { code: 'try-timeout', phase: 'response-head', sent: 'all' });
  await expect(retry({ budget, retries: 0 })(scripted(late)).roundTrip(new HttpRequest(A))).rejects.toBe(late);
  expect(budget.withdraw(A, 0)).toBe(false);
});

test('each origin has its own', () => {
  const budget = tokenThrottle();
  retriesLeft(budget);
  expect([budget.withdraw(A, 0), budget.withdraw('http://b.example', 0)]).toEqual([false, true]);
});
