/** A figure that was measured several times. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** @throws RangeError when there are no values. */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError('no values, so no median');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.slice(Math.floor((sorted.length - 1) / 2), Math.floor(sorted.length / 2) + 1);
  return { median: middle.reduce((sum, value) => sum + value, 0) / middle.length, min: sorted[0] ?? 0, max: sorted.at(-1) ?? 0 };
}

/**
 * The median of the ratios of each round. Not the ratio of the medians: within a round the machine was as fast for the one as for the other.
 * @param values One a round.
 * @param base One a round, in the same order.
 */
export function medianRatio(values: readonly number[], base: readonly number[]): number {
  if (values.length !== base.length) throw new RangeError(`${values.length} rounds of one and ${base.length} of the other`);
  return spreadOf(values.map((value, round) => value / (base[round] ?? Number.NaN))).median;
}
