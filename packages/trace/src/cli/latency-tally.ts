import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** What there is to say of many durations, in milliseconds. */
export interface LatencySummary {
  readonly count: number;
  readonly min: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** The longest that is told apart: an hour. */
const LONGEST_US = 3_600_000_000;

/**
 * Durations counted in the same 200 KiB however many there are: an HDR histogram of microseconds to three digits. Smallest, largest and mean are exact,
 * percentiles to a thousandth.
 */
export class LatencyTally {
  readonly #histogram: RecordableHistogram = createHistogram({ lowest: 1, highest: LONGEST_US, figures: 3 });
  #count = 0;
  #sum = 0;
  #min = Infinity;
  #max = 0;

  get count(): number {
    return this.#count;
  }

  get sum(): number {
    return this.#sum;
  }

  /** @param ms At least 0. */
  add(ms: number): void {
    this.#count += 1;
    this.#sum += ms;
    if (ms < this.#min) this.#min = ms;
    if (ms > this.#max) this.#max = ms;
    this.#histogram.record(Math.min(LONGEST_US, Math.max(1, Math.round(ms * 1_000))));
  }

  /** @param percent Above 0, up to 100. */
  percentile(percent: number): number {
    if (this.#count === 0) return 0;
    return Math.min(this.#max, Math.max(this.#min, this.#histogram.percentile(percent) / 1_000));
  }

  /** Undefined where there were none. */
  summary(): LatencySummary | undefined {
    if (this.#count === 0) return undefined;
    return {
      count: this.#count,
      min: this.#min,
      mean: this.#sum / this.#count,
      p50: this.percentile(50),
      p90: this.percentile(90),
      p95: this.percentile(95),
      p99: this.percentile(99),
      p999: this.percentile(99.9),
      max: this.#max,
    };
  }
}
