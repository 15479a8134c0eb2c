import { expect, test } from 'vitest';

import { LatencyTally } from './latency-tally.ts';

test('of a thousand even steps the percentiles are where they should be, to a thousandth', () => {
  const tally = new LatencyTally();
  for (let ms = 1; ms <= 1_000; ms++) tally.add(ms / 10);
  const { count, min, mean, p50, p90, p95, p99, p999, max } = tally.summary() ?? {};
  expect({ count, min, max }).toEqual({ count: 1_000, min: 0.1, max: 100 });
  expect(mean).toBeCloseTo(50.05, 6);
  for (const [found, exact] of [
    [p50, 50],
    [p90, 90],
    [p95, 95],
    [p99, 99],
    [p999, 99.9],
  ] as const) {
    expect(Math.abs((found ?? NaN) - exact) / exact).toBeLessThan(0.001);
  }
});

test('no percentile lies outside of what there was', () => {
  const tally = new LatencyTally();
  tally.add(0.000_2);
  expect(tally.summary()).toEqual({ count: 1, min: 2e-4, mean: 2e-4, p50: 2e-4, p90: 2e-4, p95: 2e-4, p99: 2e-4, p999: 2e-4, max: 2e-4 });
});

test('what takes nothing, or longer than an hour, is counted', () => {
  const tally = new LatencyTally();
  tally.add(0);
  tally.add(7_200_000);
  expect(tally.summary()).toMatchObject({ count: 2, min: 0, mean: 3_600_000, max: 7_200_000 });
  expect(tally.percentile(99)).toBeGreaterThan(3_500_000);
});

test('of nothing there is nothing to say', () => {
  expect(new LatencyTally().summary()).toBeUndefined();
  expect(new LatencyTally().percentile(50)).toBe(0);
});
