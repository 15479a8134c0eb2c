import { hint } from './hint.ts';
import type { HedgeSettings } from './hedge-options.ts';
import { LatencyWindow } from './latency-window.ts';
import { OriginHolds } from './origin-holds.ts';
import { OriginMap } from './origin-map.ts';
import type { Outcome } from './retry-policy.ts';

const MOST_ORIGINS = 1_000;

/** What the requests of one `hedge()` share: what answers take, and which origins asked to be left alone. At most 1 000 origins are remembered, those used last. */
export class HedgeState {
  readonly #settings: HedgeSettings;
  readonly #latencies = new OriginMap<LatencyWindow>(MOST_ORIGINS);
  readonly #holds = new OriginHolds(MOST_ORIGINS);

  constructor(settings: HedgeSettings) {
    this.#settings = settings;
  }

  /** How long to wait for a try of this origin before the next is begun; `undefined` while too little is known. */
  delayMs(origin: string, nowMs: number): number | undefined {
    const { delay } = this.#settings;
    if (delay.kind === 'fixed') return delay.delayMs;
    const latencies = this.#latencies.get(origin);
    if (latencies === undefined || latencies.count(nowMs) < delay.warmUp) return undefined;
    return Math.max(delay.floorMs, latencies.quantile(delay.share, nowMs) ?? 0);
  }

  /** What a first try took to its answer, or at least, where it was given up. */
  recordLatency(origin: string, latencyMs: number, nowMs: number): void {
    const { delay } = this.#settings;
    if (delay.kind === 'fixed') return;
    let latencies = this.#latencies.get(origin);
    if (latencies === undefined) {
      latencies = new LatencyWindow(delay.windowMs);
      this.#latencies.set(origin, latencies);
    }
    latencies.record(latencyMs, nowMs);
  }

  /** Heeds what an answer that is not good asks for. */
  heed(origin: string, outcome: Outcome): void {
    if (outcome.kind === 'error') return;
    const { clock } = this.#settings;
    const askedMs = hint(outcome.response, clock.nowMs());
    if (askedMs !== undefined && askedMs > 0) this.#holds.hold(origin, askedMs, clock.monotonicMs());
  }

  /** For how long the origin is to be left alone, in milliseconds; 0 where it is not. */
  heldMs(origin: string, nowMs: number): number {
    return this.#holds.remainingMs(origin, nowMs);
  }
}
