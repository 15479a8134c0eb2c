import { roundTripper, type Middleware, type TraceListener } from '@roundtripper/core';

import type { ReuseReport } from './reuse-report.ts';
import { countEvent, countsOf, emptyTally, sumOf, type ReuseTally } from './reuse-tally.ts';
import { listening } from './trace.ts';

/** A middleware that counts what becomes of connections. Chains that are composed with the same one are counted together. */
export interface ReuseMeter extends Middleware {
  /** What was counted since the meter was made, or was reset. */
  report(): ReuseReport;
  /** Starts counting anew. What is under way is counted where it ends: a report may then have more closed connections than opened ones. */
  reset(): void;
}

/**
 * Answers "are my connections being reused and, if not, why not?". It is the middleware itself, like `cache()`: list it next to the Transport, so that it sees
 * each retry and nothing that a cache answers.
 *
 * A connection's end is counted when it comes, which may be long after the last request.
 */
export function reuseMeter(): ReuseMeter {
  const tallies = new Tallies();
  const middleware: Middleware = (next) =>
    roundTripper((request) => next.roundTrip(listening(request, tallies.listenerFor(request.target.origin.key))));
  return Object.assign(middleware, {
    report: (): ReuseReport => tallies.report(),
    reset: (): void => tallies.reset(),
  });
}

/** A crawler meets millions of origins; those beyond are counted together. */
const MAX_ORIGINS = 1_000;
const OTHER_ORIGINS = 'others';

/** The counters of one origin, and who counts with them: one listener for all its requests. */
interface OriginTally {
  readonly tally: ReuseTally;
  readonly listener: TraceListener;
}

class Tallies {
  #byOrigin = new Map<string, OriginTally>();

  /** Counts a request. */
  listenerFor(origin: string): TraceListener {
    const { tally, listener } = this.#of(origin);
    tally.requests += 1;
    return listener;
  }

  report(): ReuseReport {
    const origins = [...this.#byOrigin].map(([origin, { tally }]) => [origin, countsOf(tally)] as const);
    return { ...countsOf(sumOf([...this.#byOrigin.values()].map(({ tally }) => tally))), origins: Object.fromEntries(origins) };
  }

  reset(): void {
    this.#byOrigin = new Map();
  }

  #of(origin: string): OriginTally {
    const found = this.#byOrigin.get(origin);
    if (found !== undefined) return found;
    return this.#byOrigin.size < MAX_ORIGINS ? this.#add(origin) : (this.#byOrigin.get(OTHER_ORIGINS) ?? this.#add(OTHER_ORIGINS));
  }

  #add(origin: string): OriginTally {
    // By its name, not by its counters: what a request of before a reset still tells belongs to those of now.
    const added: OriginTally = { tally: emptyTally(), listener: (event) => countEvent(this.#of(origin).tally, event) };
    this.#byOrigin.set(origin, added);
    return added;
  }
}
