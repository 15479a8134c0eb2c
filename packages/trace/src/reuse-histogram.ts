import type { Distribution } from './reuse-report.ts';

/** Values counted by their size. */
export interface Histogram {
  /** Ascending; a value belongs to the first that it does not exceed. */
  readonly bounds: readonly number[];
  /** One more than there are bounds: the last is for what exceeds them all. */
  readonly counts: number[];
  count: number;
  sum: number;
  max: number;
}

export function emptyHistogram(bounds: readonly number[]): Histogram {
  return { bounds, counts: Array.from({ length: bounds.length + 1 }, () => 0), count: 0, sum: 0, max: 0 };
}

export function record(histogram: Histogram, value: number): void {
  const { bounds, counts } = histogram;
  let at = 0;
  while (at < bounds.length && value > (bounds[at] ?? Infinity)) at++;
  counts[at] = (counts[at] ?? 0) + 1;
  histogram.count += 1;
  histogram.sum += value;
  if (value > histogram.max) histogram.max = value;
}

/** Adds what `other`, of the same bounds, has counted. */
export function addHistogram(histogram: Histogram, other: Histogram): void {
  for (const [at, count] of other.counts.entries()) histogram.counts[at] = (histogram.counts[at] ?? 0) + count;
  histogram.count += other.count;
  histogram.sum += other.sum;
  histogram.max = Math.max(histogram.max, other.max);
}

/** What has been counted up to now. */
export function distributionOf({ bounds, counts, count, sum, max }: Histogram): Distribution {
  return { count, sum, mean: count === 0 ? 0 : sum / count, max, bounds, counts: [...counts] };
}
