import type { ExchangeFacts } from './exchange-facts.ts';
import { percentile } from './percentile.ts';
import { viewBetween, type TimeView } from './time-view.ts';

/** How many of the rows are to be seen to their end: one that takes minutes must not make hairlines of all others. */
const SHARE_TO_THE_END = 0.9;
const ROOM = 0.03;

/** The time in which these requests can be seen well. `isAligned` where each begins at its own start. */
export function viewOfRows(rows: readonly ExchangeFacts[], whole: TimeView, isAligned: boolean): TimeView {
  if (rows.length === 0) return whole;
  const starts = rows.map(({ exchange }) => (isAligned ? 0 : exchange.startMs));
  const ends = rows.map(({ exchange, durationMs }) => (isAligned ? 0 : exchange.startMs) + durationMs).toSorted((a, b) => a - b);
  const fromMs = Math.min(...starts);
  const toMs = Math.max(...starts, (isAligned ? ends.at(-1) : percentile(ends, SHARE_TO_THE_END)) ?? fromMs);
  const roomMs = (toMs - fromMs) * ROOM;
  return viewBetween(isAligned ? 0 : fromMs - roomMs, toMs + roomMs, whole);
}
