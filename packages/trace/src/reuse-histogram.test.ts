import { expect, test } from 'vitest';

import { addHistogram, distributionOf, emptyHistogram, record } from './reuse-histogram.ts';

test('a value belongs to the first bound that it does not exceed, and what exceeds them all to the last place', () => {
  const histogram = emptyHistogram([1, 10, 100]);
  for (const value of [0, 1, 1.5, 10, 11, 100, 100.1, Infinity]) record(histogram, value);
  expect(distributionOf(histogram)).toMatchObject({ count: 8, max: Infinity, bounds: [1, 10, 100], counts: [2, 2, 2, 2] });
});

test('sum, mean and largest', () => {
  const histogram = emptyHistogram([10]);
  expect(distributionOf(histogram)).toEqual({ count: 0, sum: 0, mean: 0, max: 0, bounds: [10], counts: [0, 0] });
  for (const value of [3, 4, 20]) record(histogram, value);
  expect(distributionOf(histogram)).toEqual({ count: 3, sum: 27, mean: 9, max: 20, bounds: [10], counts: [2, 1] });
});

test('adding leaves what is added as it is', () => {
  const [first, second] = [emptyHistogram([10]), emptyHistogram([10])];
  record(first, 5);
  record(second, 7);
  record(second, 70);
  addHistogram(first, second);
  expect(first).toMatchObject({ count: 3, sum: 82, max: 70, counts: [2, 1] });
  expect(second).toMatchObject({ count: 2, sum: 77, max: 70, counts: [1, 1] });
});
