/**
 * How long a row is held after a sign of life of whoever reads or writes it, in milliseconds: its process may have died. Holds are times of the wall clock, which all processes of a
 * machine share. Nobody holds for longer: a hold that ends later than that was taken before the clock was put back, and is none any more.
 */
export const HOLD_MS = 60_000;

/** Whether somebody may be reading or writing a row that is held until then. */
export function isHeld(heldUntilMs: number, nowMs: number): boolean {
  return heldUntilMs > nowMs && heldUntilMs <= nowMs + HOLD_MS;
}

/** Whether who still needs a row has to say so again: half the time is over, or the clock was put. */
export function isHoldDue(heldUntilMs: number, nowMs: number): boolean {
  return heldUntilMs <= nowMs + HOLD_MS / 2 || heldUntilMs > nowMs + HOLD_MS;
}
