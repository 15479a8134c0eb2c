import { RoundTripError } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { percentile, Results } from './results.ts';

test.for([
  [[], 0.5, Number.NaN],
  [[1], 0.99, 1],
  [[1, 2, 3, 4], 0.5, 2],
  [[1, 2, 3, 4], 0.99, 4],
  [[1, 2, 3], 0, 1],
] as const)('of %o the %d quantile is %d', ([values, share, expected]) => expect(percentile(values, share)).toBe(expected));

test('counts what came of each request, and keeps the cache’s answers apart', () => {
  const results = new Results();
  results.answered(200, 10, false);
  results.answered(200, 0.1, true);
  results.answered(503, 30, false);
  results.failedWith(new RoundTripError('gone', { code: 'connection-reset', phase: 'request', sent: 'all' }));
  results.failedWith('odd');
  expect([results.done, results.succeeded, results.failed, results.cacheHits]).toEqual([5, 2, 3, 1]);
  expect([...results.failures]).toEqual([
    ['503', 1],
    ['connection-reset', 1],
    ['odd', 1],
  ]);
  expect(results.latencies()).toEqual({ network: { p50: 10, p99: 30 }, cached: { p50: 0.1, p99: 0.1 } });
});

test('retries are counted by their cause', () => {
  const results = new Results();
  results.retried({ status: 503 });
  results.retried({ status: 503 });
  results.retried({ error: new Error('what') });
  expect([...results.retries]).toEqual([
    ['503', 2],
    ['Error: what', 1],
  ]);
});
