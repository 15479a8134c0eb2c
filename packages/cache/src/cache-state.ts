import type { HttpHeaders } from '@roundtripper/core';

import type { CacheMode, ResolvedOptions } from './cache-options.ts';
import type { CacheStatus } from './cache-status.ts';
import { Generations } from './generations.ts';
import { MemoryStore } from './memory-store.ts';
import { Recordings } from './recording.ts';
import { momentOf, type Moment, type StoredResponse } from './stored-response.ts';
import { isSelected } from './vary.ts';

/** What a cache holds now, and what it has done since it was made. */
export interface CacheStats {
  /** Responses stored now. */
  readonly entries: number;
  /** What they take, as `maxSize` counts it. */
  readonly bytes: number;
  /** Requests answered from the store. */
  readonly hits: number;
  /** Requests for which the store had no answer. */
  readonly misses: number;
  /** Requests that had nothing to do with the cache. */
  readonly bypasses: number;
  /** Responses that were stored. */
  readonly stores: number;
  /** Responses that went to make room. */
  readonly evictions: number;
  /** Responses that were dropped because their URL was invalidated or deleted. */
  readonly invalidations: number;
}

/** What becomes of a response that was to be stored. */
export type StoreResult = 'stored' | 'too-large' | 'invalidated' | 'superseded';

/** Everything that a cache keeps between requests. */
export class CacheState {
  readonly mode: CacheMode;
  readonly maxEntryBytes: number;
  readonly recordings: Recordings;
  readonly #clock: ResolvedOptions['clock'];
  readonly #store: MemoryStore;
  readonly #generations = new Generations();
  readonly #counts = { hit: 0, miss: 0, bypass: 0, stored: 0, invalidated: 0 };

  constructor({ mode, maxSize, maxEntrySize, clock }: ResolvedOptions) {
    this.mode = mode;
    this.maxEntryBytes = maxEntrySize;
    this.recordings = new Recordings(maxSize, maxEntrySize);
    this.#clock = clock;
    this.#store = new MemoryStore(maxSize);
  }

  now(): Moment {
    return momentOf(this.#clock);
  }

  /** All that is stored under a URI. */
  of(uri: string): Iterable<StoredResponse> {
    return this.#store.of(uri);
  }

  /** A number that grows when `uri` is invalidated: who stores something asks for it first. */
  generationOf(uri: string): number {
    return this.#generations.of(uri);
  }

  /** Counts a request, and the use of what it was answered with. */
  count(status: CacheStatus, used?: StoredResponse): void {
    this.#counts[status] += 1;
    if (used !== undefined) this.#store.touch(used);
  }

  /**
   * Stores a response in place of those that the same request would get.
   * @param generation What {@link generationOf} was when the response was asked for.
   */
  put(stored: StoredResponse, request: HttpHeaders, generation: number): StoreResult {
    if (this.generationOf(stored.uri) !== generation) return 'invalidated';
    // Two requests at once: the answer that came first may be read to its end last.
    if (this.#isSuperseded(stored, request)) return 'superseded';
    this.#store.delete(stored.uri, request);
    if (!this.#store.put(stored)) return 'too-large';
    this.#counts.stored += 1;
    return 'stored';
  }

  /** Drops what this request would get: there is something newer, which is not to be stored. */
  supersede(uri: string, request: HttpHeaders): void {
    this.#store.delete(uri, request);
  }

  /** Drops what is stored under a URI, and what is on its way there. @returns whether there was anything. */
  delete(uri: string): boolean {
    this.#generations.advance(uri);
    const dropped = this.#store.delete(uri);
    this.#counts.invalidated += dropped;
    return dropped > 0;
  }

  clear(): void {
    this.#generations.advanceAll();
    this.recordings.clear();
    this.#store.clear();
  }

  stats(): CacheStats {
    const { hit, miss, bypass, stored, invalidated } = this.#counts;
    const { entries, bytes, evictions } = this.#store;
    return { entries, bytes, hits: hit, misses: miss, bypasses: bypass, stores: stored, evictions, invalidations: invalidated };
  }

  #isSuperseded({ uri, receivedAt }: StoredResponse, request: HttpHeaders): boolean {
    for (const other of this.#store.of(uri)) {
      if (other.receivedAt.monotonicMs > receivedAt.monotonicMs && isSelected(other.selecting, request)) return true;
    }
    return false;
  }
}
