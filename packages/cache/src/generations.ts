const BUCKETS = 1_024;

/**
 * Tells whether a URI was invalidated since a moment, without a list of who wants to know: a request that never ends leaves nothing behind here.
 * URIs share counters, so that now and then one counts as invalidated that was not; its response is then not stored, which does no harm.
 */
export class Generations {
  readonly #counters: number[] = Array.from({ length: BUCKETS }, () => 0);
  #all = 0;

  /** A number that grows when `uri` is invalidated. */
  of(uri: string): number {
    return this.#all + (this.#counters[bucketOf(uri)] ?? 0);
  }

  /** `uri` is invalidated. */
  advance(uri: string): void {
    const bucket = bucketOf(uri);
    this.#counters[bucket] = (this.#counters[bucket] ?? 0) + 1;
  }

  /** Everything is. */
  advanceAll(): void {
    this.#all += 1;
  }
}

/** FNV-1a. */
function bucketOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash ^ (hash >>> 16)) & (BUCKETS - 1);
}
