import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { LatencyHistogram, quantile } from './latency-histogram.ts';
import { LatencyWindow } from './latency-window.ts';

function histogramOf(latencies: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const latency of latencies) histogram.record(latency);
  return histogram;
}

test('a quantile is at most 5 % too long, and never too short', () => {
  const latency = fc.double({ min: 0.1, max: 3_600_000, noNaN: true });
  fc.assert(
    fc.property(fc.array(latency, { minLength: 1, maxLength: 200 }), fc.double({ min: 0.001, max: 1, noNaN: true }), (latencies, share) => {
      const exact = latencies.toSorted((a, b) => a - b)[Math.ceil(latencies.length * share) - 1] ?? 0;
      const found = quantile([histogramOf(latencies)], share) ?? 0;
      expect(found).toBeGreaterThanOrEqual(exact * (1 - 1e-9));
      expect(found).toBeLessThanOrEqual(exact * 1.05 * (1 + 1e-9));
    }),
  );
});

test('several histograms are one', () => {
  expect(quantile([histogramOf([10, 10, 10]), histogramOf([1_000])], 0.75)).toBeLessThan(11);
  expect(quantile([histogramOf([10, 10, 10]), histogramOf([1_000])], 0.76)).toBeGreaterThan(999);
});

test.for<[string, number[], number]>([
  ['nothing is too short', [0, 0.05], 2],
  ['what takes longer than an hour counts as an hour', [1e9, Number.POSITIVE_INFINITY], 2],
  ['what is no latency is left out', [-1, Number.NaN], 0],
])('%s', ([, latencies, count]) => expect(histogramOf(latencies).count).toBe(count));

test('of nothing there is no quantile', () => {
  const histogram = histogramOf([5]);
  histogram.clear();
  expect([histogram.count, quantile([histogram], 0.5), quantile([], 0.5)]).toEqual([0, undefined, undefined]);
});

test('what is older than two windows is forgotten, and what is younger than one is not', () => {
  const window = new LatencyWindow(1_000);
  window.record(10, 500);
  window.record(10, 1_999);
  expect([window.count(1_999), window.count(2_000), window.count(2_999), window.count(3_000)]).toEqual([2, 1, 1, 0]);
  window.record(10, 3_001);
  expect([window.count(3_001), window.count(1_000_000), window.quantile(0.5, 1_000_000)]).toEqual([1, 0, undefined]);
});

test('a clock that stands still, or was read a little earlier, forgets nothing', () => {
  const window = new LatencyWindow(1_000);
  window.record(10, 2_000);
  window.record(20, 1_999);
  expect([window.count(2_000), window.quantile(1, 2_000)]).toEqual([2, expect.closeTo(20, -0.3)]);
});
