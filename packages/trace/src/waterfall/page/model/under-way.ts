import type { ExchangeFacts } from './exchange-facts.ts';
import type { TimeView } from './time-view.ts';

/** How many requests were under way in each of `bins` equal parts of the time, at most at once, and how many of them ended in failure there. */
export interface UnderWay {
  readonly most: readonly number[];
  readonly failures: readonly number[];
}

export function underWay(facts: readonly ExchangeFacts[], whole: TimeView, bins: number): UnderWay {
  const starts = facts.map(({ exchange }) => exchange.startMs).toSorted((a, b) => a - b);
  const ends = facts.map(({ exchange, durationMs }) => exchange.startMs + durationMs).toSorted((a, b) => a - b);
  const binOf = (atMs: number): number =>
    Math.min(bins - 1, Math.max(0, Math.floor(((atMs - whole.fromMs) / (whole.toMs - whole.fromMs)) * bins)));
  const failures = Array.from({ length: bins }, () => 0);
  for (const { exchange, durationMs, outcome } of facts) {
    const bin = binOf(exchange.startMs + durationMs);
    if (outcome === 'failed') failures[bin] = (failures[bin] ?? 0) + 1;
  }
  return { most: mostAtOnce(starts, ends, bins, binOf), failures };
}

/** Walks over starts and ends in order of time; of those at one time ends come first. */
function mostAtOnce(starts: readonly number[], ends: readonly number[], bins: number, binOf: (atMs: number) => number): number[] {
  const most = Array.from({ length: bins }, () => 0);
  let now = 0;
  let bin = 0;
  let ended = 0;
  const goTo = (next: number): void => {
    for (; bin < next; bin++) most[bin + 1] = now;
  };
  const endUntil = (atMs: number): void => {
    for (let end = ends[ended]; end !== undefined && end <= atMs; end = ends[ended]) {
      goTo(binOf(end));
      now -= 1;
      ended += 1;
    }
  };
  for (const start of starts) {
    endUntil(start);
    goTo(binOf(start));
    now += 1;
    most[bin] = Math.max(most[bin] ?? 0, now);
  }
  endUntil(Infinity);
  return most;
}
