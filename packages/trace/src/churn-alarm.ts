import type { Clock } from '@roundtripper/core';

import { callSafely } from './call-safely.ts';
import type { ChurnLimits } from './churn-limits.ts';
import { applies, CHURN_RULES, churnBaseline, findingOf, type ChurnBaseline, type ChurnView } from './churn-rules.ts';
import type { ChurnKind, ChurnWarning } from './churn-warning.ts';

/** How many warnings come in one interval: with a thousand routes in trouble a log is to stay readable. */
const MOST_WARNINGS = 10;

/** A rule looks at the last minute at least, and at enough exchanges to judge by: not at a good past that hides what has begun since, nor at a moment. */
const WINDOW_MS = 60_000;
const WINDOW_EXCHANGES = 100;

/** What is looked at of one route now, and when it was last warned of what. */
interface RouteWatch {
  sinceMs: number;
  baseline: ChurnBaseline | undefined;
  readonly givenMs: Map<ChurnKind, number>;
}

/** Warns of churn as it is counted, and not too often. */
export class ChurnAlarm {
  readonly #onWarning: (warning: ChurnWarning) => void;
  readonly #intervalMs: number;
  readonly #clock: Clock;
  /** By the counters of a route; weak, since routes are forgotten. */
  readonly #watches = new WeakMap<ChurnView, RouteWatch>();
  #given = { sinceMs: -Infinity, count: 0 };

  constructor(onWarning: (warning: ChurnWarning) => void, intervalMs: number, clock: Clock) {
    this.#onWarning = onWarning;
    this.#intervalMs = intervalMs;
    this.#clock = clock;
  }

  /** Something happened along a route that may call for a warning. */
  check({ origin, proxy, tally }: WatchedRoute, limits: ChurnLimits): void {
    const nowMs = this.#clock.monotonicMs();
    const { givenMs, baseline } = this.#watchOf(tally, nowMs);
    for (const rule of CHURN_RULES) {
      const isDue = nowMs - (givenMs.get(rule.kind) ?? -Infinity) >= this.#intervalMs;
      if (!isDue || !applies(rule, tally, baseline) || !this.#mayGive(nowMs)) continue;
      givenMs.set(rule.kind, nowMs);
      const finding = findingOf(rule, tally, limits);
      callSafely(this.#onWarning, proxy === undefined ? { ...finding, origin } : { ...finding, origin, proxy });
    }
  }

  #watchOf(view: ChurnView, nowMs: number): RouteWatch {
    const watch = this.#watches.get(view);
    if (watch === undefined) {
      const begun = { sinceMs: nowMs, baseline: undefined, givenMs: new Map<ChurnKind, number>() };
      this.#watches.set(view, begun);
      return begun;
    }
    const exchanges = view.exchanges - (watch.baseline?.exchanges ?? 0);
    if (nowMs - watch.sinceMs >= WINDOW_MS && exchanges >= WINDOW_EXCHANGES) {
      watch.sinceMs = nowMs;
      watch.baseline = churnBaseline(view);
    }
    return watch;
  }

  #mayGive(nowMs: number): boolean {
    if (nowMs - this.#given.sinceMs >= this.#intervalMs) this.#given = { sinceMs: nowMs, count: 0 };
    this.#given.count += 1;
    return this.#given.count <= MOST_WARNINGS;
  }
}

/** A route and what was counted along it. */
interface WatchedRoute {
  readonly origin: string;
  readonly proxy: string | undefined;
  readonly tally: ChurnView;
}
