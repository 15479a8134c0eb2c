import type { ExchangeRecord } from '../exchange-record.ts';
import { attemptSegments } from '../waterfall/attempt-segments.ts';
import { PHASES, type Phase, type Segment } from '../waterfall/page-data.ts';

/** A phase of a request, in milliseconds since the request began. */
export interface PhaseSpan {
  readonly phase: Phase;
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * A record that is over, cut into phases without overlaps or gaps, so that they add up to all of it. A phase may come several times, where there were several
 * attempts. What lies between the others is `queued`: the wait for a connection, and what this process does meanwhile. What comes after the last belongs to it:
 * the phase in which a request failed lasts until it was told.
 */
export function phaseSpans({ startMs, endMs = startMs, attempts }: ExchangeRecord): readonly PhaseSpan[] {
  const spans: PhaseSpan[] = [];
  let atMs = startMs;
  const add = (phase: Phase, untilMs: number): void => {
    if (untilMs <= atMs) return;
    const last = spans.at(-1);
    if (last?.phase === phase) spans[spans.length - 1] = { ...last, endMs: untilMs - startMs };
    else spans.push({ phase, startMs: atMs - startMs, endMs: untilMs - startMs });
    atMs = untilMs;
  };
  for (const attempt of attempts) {
    const segments = attemptSegments(attempt, endMs);
    // A dial that failed, or was given up, ends a little before the request does.
    const steps = attempt.gotConnMs === undefined && attempt.dialled === undefined ? withoutRest(segments) : segments;
    for (const [phase, fromMs, untilMs] of steps) {
      add('queued', fromMs);
      add(PHASES[phase] ?? 'queued', untilMs);
    }
  }
  add(spans.at(-1)?.phase ?? 'queued', endMs);
  return spans;
}

/** Without the wait at the end, where something else came before it. */
function withoutRest(segments: readonly Segment[]): readonly Segment[] {
  const isWait = PHASES[segments.at(-1)?.[0] ?? 0] === 'queued';
  return isWait && segments.length > 1 ? segments.slice(0, -1) : segments;
}

/** How long each phase took in all; those that did not come are absent. */
export function phaseTimes(spans: readonly PhaseSpan[]): ReadonlyMap<Phase, number> {
  const times = new Map<Phase, number>();
  for (const { phase, startMs, endMs } of spans) times.set(phase, (times.get(phase) ?? 0) + endMs - startMs);
  return times;
}
