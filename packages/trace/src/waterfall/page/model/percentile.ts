/** The nearest-rank percentile of values in ascending order: the smallest that is at least as large as `share` (0 to 1) of them. Undefined of none. */
export function percentile(ascending: readonly number[], share: number): number | undefined {
  return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)];
}
