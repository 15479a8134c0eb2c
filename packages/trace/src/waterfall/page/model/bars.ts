import { PHASES, type Segment } from '../../page-data.ts';
import type { ExchangeFacts } from './exchange-facts.ts';
import { spanOf, type TimeView } from './time-view.ts';

/** A piece of a row's picture, in pixels from the left of its axis. */
export interface Bar {
  readonly kind: (typeof PHASES)[number] | 'outside' | 'dial' | 'again' | 'failed' | 'under-way';
  readonly left: number;
  readonly width: number;
}

/** A request takes this much at least, or it could not be seen, pointed at or told from nothing. */
const SMALLEST_PIXELS = 3;

/** What a request's row is made of, from left to right. `originMs` is the time that its axis calls nothing: 0, or the request's own start. */
export function barsOf(facts: ExchangeFacts, view: TimeView, width: number, originMs: number): readonly Bar[] {
  const left = (atMs: number): number => ((atMs - originMs - view.fromMs) / spanOf(view)) * width;
  const { exchange, durationMs, outcome } = facts;
  const from = left(exchange.startMs);
  const to = left(exchange.startMs + durationMs);
  const marks = endMarks(outcome, Math.max(to, from + SMALLEST_PIXELS));
  const isInView = ({ left: barLeft, width: barWidth }: Bar): boolean => barLeft <= width && barLeft + barWidth >= 0;
  if (to - from < SMALLEST_PIXELS) return [{ kind: longestPhase(facts), left: from, width: SMALLEST_PIXELS }, ...marks].filter(isInView);
  const bar = (kind: Bar['kind'], [, start, end]: Segment): Bar =>
    clipped({ kind, left: left(start), width: left(end) - left(start) }, width);
  const attempts = exchange.attempts.flatMap(({ segments, dial = [] }, at) => {
    const phases = segments.map((segment) => bar(PHASES[segment[0]] ?? 'queued', segment));
    const dialled = dial.map((segment) => bar('dial', segment));
    return phases.concat(dialled, at === 0 ? [] : againMark(segments, left));
  });
  const whole = clipped({ kind: 'outside', left: from, width: to - from }, width);
  return [whole, ...attempts, ...marks].filter(isInView);
}

/** Where all is too short to be told apart, the one that took most of it. */
function longestPhase({ phaseMs }: ExchangeFacts): Bar['kind'] {
  const longest = phaseMs.reduce((best, ms, phase) => (ms > (phaseMs[best] ?? 0) ? phase : best), 0);
  return PHASES[longest] ?? 'queued';
}

function againMark(segments: readonly Segment[], left: (atMs: number) => number): readonly Bar[] {
  const [first] = segments;
  return first === undefined ? [] : [{ kind: 'again', left: left(first[1]), width: 0 }];
}

function endMarks(outcome: ExchangeFacts['outcome'], at: number): readonly Bar[] {
  return outcome === 'answered' ? [] : [{ kind: outcome, left: at, width: 0 }];
}

/** Zoomed in, a bar may be millions of pixels long, which no browser draws. */
function clipped({ kind, left, width }: Bar, axis: number): Bar {
  const from = Math.max(left, -10);
  const to = Math.min(left + width, axis + 10);
  return to < from ? { kind, left, width: 0 } : { kind, left: from, width: to - from };
}
