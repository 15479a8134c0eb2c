/** The rows of a list that can be seen: `from` is the first, `to` the one after the last. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** `tops` holds where each row begins and, last, where the list ends, in ascending order. `spare` more are taken on either side. */
export function rowsBetween(tops: readonly number[], top: number, bottom: number, spare: number): RowRange {
  const rows = tops.length - 1;
  const first = lastAtOrBefore(tops, top);
  const last = lastAtOrBefore(tops, bottom);
  return { from: Math.max(0, Math.min(first, rows) - spare), to: Math.max(0, Math.min(rows, last + 1 + spare)) };
}

/** The row at a height; -1 above the list. Below it, that of its end. */
function lastAtOrBefore(tops: readonly number[], at: number): number {
  let low = 0;
  let high = tops.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tops[middle] ?? Infinity) <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Where rows of these heights begin, and where the last one ends. */
export function topsOf(heights: readonly number[]): readonly number[] {
  const tops = [0];
  let top = 0;
  for (const height of heights) {
    top += height;
    tops.push(top);
  }
  return tops;
}
