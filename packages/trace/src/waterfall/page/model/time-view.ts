/** The part of the time axis that is shown, in milliseconds. */
export interface TimeView {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Nothing shorter is worth looking at: the log's times are microseconds. */
const SHORTEST_MS = 0.02;

/** All of it, with a little room after the end, so that the end can be seen. */
export function wholeView(endMs: number): TimeView {
  return { fromMs: 0, toMs: Math.max(endMs * 1.02, SHORTEST_MS) };
}

/** `factor` below 1 shows less, and thus more of it; the time at `atMs` stays where it is. */
export function zoomed(view: TimeView, whole: TimeView, factor: number, atMs: number): TimeView {
  const span = spanOf(view);
  const next = Math.min(Math.max(span * factor, SHORTEST_MS), spanOf(whole));
  const fromMs = atMs - ((atMs - view.fromMs) / span) * next;
  return within({ fromMs, toMs: fromMs + next }, whole);
}

export function panned(view: TimeView, whole: TimeView, byMs: number): TimeView {
  return within({ fromMs: view.fromMs + byMs, toMs: view.toMs + byMs }, whole);
}

/** From one time to another, whichever is first. */
export function viewBetween(oneMs: number, otherMs: number, whole: TimeView): TimeView {
  const fromMs = Math.min(oneMs, otherMs);
  return within({ fromMs, toMs: Math.max(oneMs, otherMs, fromMs + SHORTEST_MS) }, whole);
}

export function spanOf({ fromMs, toMs }: TimeView): number {
  return toMs - fromMs;
}

/** Moved, not cut, where it reaches beyond an end. */
function within(view: TimeView, whole: TimeView): TimeView {
  const span = Math.min(spanOf(view), spanOf(whole));
  const fromMs = Math.min(Math.max(view.fromMs, whole.fromMs), whole.toMs - span);
  return { fromMs, toMs: fromMs + span };
}
