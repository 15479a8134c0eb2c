import { LatencyHistogram, quantile } from './latency-histogram.ts';

/**
 * The latencies of the last while: between one and two times `windowMs`, in 3 KiB. Two histograms take turns, as in tower's hedge: what is old is forgotten without a
 * list of what came when, and without a timer. Times are of a monotonic clock.
 */
export class LatencyWindow {
  readonly #windowMs: number;
  #current = new LatencyHistogram();
  #before = new LatencyHistogram();
  #turn = Number.NEGATIVE_INFINITY;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  record(latencyMs: number, nowMs: number): void {
    this.#takeTurns(nowMs);
    this.#current.record(latencyMs);
  }

  count(nowMs: number): number {
    this.#takeTurns(nowMs);
    return this.#current.count + this.#before.count;
  }

  /** The latency that `share` of them did not exceed; `undefined` where there were none. */
  quantile(share: number, nowMs: number): number | undefined {
    this.#takeTurns(nowMs);
    return quantile([this.#current, this.#before], share);
  }

  #takeTurns(nowMs: number): void {
    const turn = Math.floor(nowMs / this.#windowMs);
    const passed = turn - this.#turn;
    if (passed <= 0) return;
    this.#turn = turn;
    [this.#current, this.#before] = [this.#before, this.#current];
    this.#current.clear();
    if (passed > 1) this.#before.clear();
  }
}
