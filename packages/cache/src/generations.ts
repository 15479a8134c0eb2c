import { hashOf } from './text-hash.ts';

/** Names that are remembered one by one, two for each invalidation: a URL and its path. */
const MOST_REMEMBERED = 8_192;

/**
 * Tells whether a URI was invalidated since a moment, without a list of who wants to know: a request that never ends leaves nothing behind here.
 * The last invalidations are remembered by their URI. Of one that is not among them that is not known, and it counts as invalidated by the last that was forgotten:
 * the response to a request under way is then not stored, which does no harm.
 */
export class Generations {
  /** By the hash of the URI, the oldest first. Two URIs of the same hash are invalidated together. */
  readonly #remembered = new Map<number, number>();
  #forgotten = 0;
  #last = 0;

  /** What {@link of} says of every URI; undefined where that depends on which it is. */
  get common(): number | undefined {
    return this.#remembered.size === 0 ? this.#forgotten : undefined;
  }

  /** A number that grows when `uri` is invalidated. */
  of(uri: string): number {
    return this.common ?? this.#remembered.get(hashOf(uri)) ?? this.#forgotten;
  }

  /** `uri` is invalidated. */
  advance(uri: string): void {
    const hash = hashOf(uri);
    this.#last += 1;
    // Behind all others.
    this.#remembered.delete(hash);
    this.#remembered.set(hash, this.#last);
    if (this.#remembered.size <= MOST_REMEMBERED) return;
    for (const [oldest, generation] of this.#remembered) {
      this.#remembered.delete(oldest);
      this.#forgotten = generation;
      return;
    }
  }

  /** Everything is. */
  advanceAll(): void {
    this.#last += 1;
    this.#forgotten = this.#last;
    this.#remembered.clear();
  }
}
