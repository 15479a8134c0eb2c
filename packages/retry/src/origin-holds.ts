import { OriginMap } from './origin-map.ts';

/** The longest that an origin is left alone because of one word of it: a server that says a year by mistake is asked again after an hour. */
const LONGEST_MS = 3_600_000;

/** Which origins have asked to be left alone, and until when: the one place that knows. Times are of a monotonic clock. */
export class OriginHolds {
  readonly #untilMs: OriginMap<number>;

  constructor(mostOrigins = 1_000) {
    this.#untilMs = new OriginMap(mostOrigins);
  }

  /** The origin is to be left alone for `forMs` milliseconds. A shorter word does not take a longer one back. */
  hold(origin: string, forMs: number, monotonicMs: number): void {
    const untilMs = monotonicMs + Math.min(forMs, LONGEST_MS);
    if (untilMs > (this.#untilMs.get(origin) ?? 0)) this.#untilMs.set(origin, untilMs);
  }

  /** For how many milliseconds it is to be left alone yet; 0 where it is not. */
  remainingMs(origin: string, monotonicMs: number): number {
    const untilMs = this.#untilMs.get(origin);
    if (untilMs === undefined) return 0;
    if (untilMs > monotonicMs) return untilMs - monotonicMs;
    this.#untilMs.delete(origin);
    return 0;
  }
}
