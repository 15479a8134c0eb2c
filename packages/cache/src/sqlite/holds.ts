/**
 * How long a row is held after a sign of life of whoever reads or writes it, in milliseconds: its process may have died. Holds are times of the wall clock, which all processes of a
 * machine share. Nobody holds for longer: where the clock was put back there are holds that end later than that, and whoever comes by cuts them.
 */
export const HOLD_MS = 60_000;

/** Whether who still needs a row has to say so again: half the time is over, or the clock was put back. */
export function isHoldDue(heldUntilMs: number, nowMs: number): boolean {
  return heldUntilMs <= nowMs + HOLD_MS / 2 || heldUntilMs > nowMs + HOLD_MS;
}
