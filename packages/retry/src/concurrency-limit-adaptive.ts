import type { Limiting } from './concurrency-limit-options.ts';
import { adaptiveStart, adjust, type AdaptiveState } from './concurrency-limit-rule.ts';
import { verdictOf } from './circuit-breaker-verdict.ts';
import { LatencyHistogram, quantile } from './latency-histogram.ts';
import type { Outcome } from './retry-policy.ts';

/** A limit that finds itself: gathers what answers took into rounds, and has {@link adjust} decide after each. */
export class SelfSetLimit {
  readonly #limiting: Extract<Limiting, { readonly kind: 'adaptive' }>;
  readonly #latencies = new LatencyHistogram();
  #state: AdaptiveState;
  #refused = 0;
  #mostInFlight = 0;
  /** What began before belongs to the round before, whose limit it was under. */
  #startedMs = Number.NEGATIVE_INFINITY;

  constructor(limiting: Extract<Limiting, { readonly kind: 'adaptive' }>) {
    this.#limiting = limiting;
    this.#state = adaptiveStart(limiting.initial);
  }

  get limit(): number {
    return this.#state.limit;
  }

  /** As many are under way now. */
  noteInFlight(inFlight: number): void {
    if (inFlight > this.#mostInFlight) this.#mostInFlight = inFlight;
  }

  /** A request has its outcome. What says nothing of the server is left out. */
  note(outcome: Outcome, begunMs: number, nowMs: number): void {
    if (begunMs < this.#startedMs) return;
    const verdict = verdictOf(outcome, this.#limiting.statuses);
    if (verdict === 'failure') this.#refused += 1;
    // An error page may be quick because nothing was done for it.
    else if (verdict === 'success' && outcome.kind === 'response' && outcome.response.status < 500) this.#latencies.record(nowMs - begunMs);
    if (this.#latencies.count + this.#refused >= Math.max(this.#limiting.round, this.#state.limit)) this.#endRound(nowMs);
  }

  #endRound(nowMs: number): void {
    const round = { medianMs: quantile([this.#latencies], 0.5), refused: this.#refused, mostInFlight: this.#mostInFlight };
    this.#state = adjust(this.#state, round, this.#limiting.rules).state;
    this.#latencies.clear();
    this.#refused = 0;
    this.#mostInFlight = 0;
    this.#startedMs = nowMs;
  }
}
