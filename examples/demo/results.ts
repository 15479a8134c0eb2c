/** What became of the demo's requests. */
export class Results {
  succeeded = 0;
  /** Answers that say that the request was not carried out, and no answers at all, by status or error. */
  readonly failures: Map<string, number> = new Map();
  cacheHits = 0;
  /** By the status or error that was their cause. */
  readonly retries: Map<string, number> = new Map();
  readonly #network: number[] = [];
  readonly #cached: number[] = [];

  get done(): number {
    return this.succeeded + this.failed;
  }

  get failed(): number {
    return totalOf(this.failures);
  }

  /** An answer came, and was read to its end. */
  answered(status: number, tookMs: number, wasCached: boolean): void {
    if (wasCached) this.cacheHits += 1;
    (wasCached ? this.#cached : this.#network).push(tookMs);
    if (status < 400) this.succeeded += 1;
    else increment(this.failures, causeOf({ status }));
  }

  failedWith(error: unknown): void {
    increment(this.failures, causeOf({ error }));
  }

  retried(cause: Cause): void {
    increment(this.retries, causeOf(cause));
  }

  /** How long answers took, with all their retries: from the network, and from the cache. */
  latencies(): { readonly network: Latency; readonly cached: Latency } {
    return { network: latencyOf(this.#network), cached: latencyOf(this.#cached) };
  }
}

/** An answer, or what came in its place. */
interface Cause {
  readonly status?: number;
  readonly error?: unknown;
}

/** Like `503`, or `connection-reset`. */
function causeOf({ status, error }: Cause): string {
  if (status !== undefined) return String(status);
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

export function totalOf(counts: ReadonlyMap<string, number>): number {
  return counts.values().reduce((sum, count) => sum + count, 0);
}

/** In milliseconds; NaN where there was none. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
}

/** The smallest value that so many of all are not above (nearest rank). */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

function latencyOf(values: readonly number[]): Latency {
  const sorted = values.toSorted((a, b) => a - b);
  return { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) };
}
