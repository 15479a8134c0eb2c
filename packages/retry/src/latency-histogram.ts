/** The shortest latency that is told from a shorter one, in milliseconds. */
const SHORTEST_MS = 0.1;

/** How much longer what a bucket holds at most is than what it holds at least: the error of every answer. */
const GROWTH = 1.05;

/** Up to an hour; what takes longer counts as that. */
const BUCKETS: number = 1 + Math.ceil(Math.log(3_600_000 / SHORTEST_MS) / Math.log(GROWTH));

const LOG_GROWTH = Math.log(GROWTH);

/** How many latencies there were of each length: 1.4 KiB, however many there are. What it says of them is up to 5 % too long, never too short. */
export class LatencyHistogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** @param latencyMs A number of at least 0; anything else is left out. */
  record(latencyMs: number): void {
    if (!(latencyMs >= 0)) return;
    const bucket = bucketOf(latencyMs);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count += 1;
  }

  /** How many were in a bucket, for who adds several up. */
  countIn(bucket: number): number {
    return this.#counts[bucket] ?? 0;
  }

  clear(): void {
    if (this.#count === 0) return;
    this.#counts.fill(0);
    this.#count = 0;
  }
}

/** The latency, in milliseconds, that `share` (above 0, at most 1) of what is in the histograms together did not exceed; `undefined` where there is nothing. */
export function quantile(histograms: readonly LatencyHistogram[], share: number): number | undefined {
  let total = 0;
  for (const { count } of histograms) total += count;
  if (total === 0) return undefined;
  let left = Math.max(1, Math.ceil(total * share));
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    for (const histogram of histograms) left -= histogram.countIn(bucket);
    if (left <= 0) return longestIn(bucket);
  }
  return longestIn(BUCKETS - 1);
}

function bucketOf(latencyMs: number): number {
  if (latencyMs <= SHORTEST_MS) return 0;
  return Math.min(BUCKETS - 1, Math.ceil(Math.log(latencyMs / SHORTEST_MS) / LOG_GROWTH));
}

function longestIn(bucket: number): number {
  return SHORTEST_MS * GROWTH ** bucket;
}
