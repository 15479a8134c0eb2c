import type { HttpHeaders } from '@roundtripper/core';
import { LRUCache } from 'lru-cache';

import { sizeOf, type StoredResponse } from './stored-response.ts';
import { isSelected } from './vary.ts';

/** Responses of one URI that are kept side by side. A server that varies on what never comes twice would have every look-up search ever more. */
const MAX_VARIANTS = 32;

const NOTHING: ReadonlySet<StoredResponse> = new Set();

/** Stored responses in memory, up to so many bytes; the one that was used longest ago goes first. */
export class MemoryStore {
  /** Owns them; the sets below follow it. */
  readonly #lru: LRUCache<StoredResponse, StoredResponse>;
  /** In the order in which they came. */
  readonly #byUri = new Map<string, Set<StoredResponse>>();
  #evictions = 0;

  constructor(maxBytes: number) {
    this.#lru = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: sizeOf,
      dispose: (stored, _key, reason) => {
        if (reason === 'evict') this.#evictions += 1;
        this.#unlink(stored);
      },
    });
  }

  get entries(): number {
    return this.#lru.size;
  }

  get bytes(): number {
    return this.#lru.calculatedSize;
  }

  /** How many went to make room. */
  get evictions(): number {
    return this.#evictions;
  }

  /** All that is stored under a URI. */
  of(uri: string): ReadonlySet<StoredResponse> {
    return this.#byUri.get(uri) ?? NOTHING;
  }

  /** Says that it was used. */
  touch(stored: StoredResponse): void {
    this.#lru.get(stored);
  }

  /** Stores a response. @returns whether there was room for it. */
  put(stored: StoredResponse): boolean {
    this.#lru.set(stored, stored);
    if (!this.#lru.has(stored)) return false;
    const variants = this.#byUri.get(stored.uri) ?? new Set();
    this.#byUri.set(stored.uri, variants.add(stored));
    const [oldest] = variants;
    if (variants.size > MAX_VARIANTS && oldest !== undefined) this.#lru.delete(oldest);
    return true;
  }

  /** Drops what is stored under `uri`; with `request`, only what it would select. @returns how many. */
  delete(uri: string, request?: HttpHeaders): number {
    const dropped = [...this.of(uri)].filter(({ selecting }) => request === undefined || isSelected(selecting, request));
    for (const stored of dropped) this.#lru.delete(stored);
    return dropped.length;
  }

  clear(): void {
    this.#lru.clear();
  }

  #unlink(stored: StoredResponse): void {
    const variants = this.#byUri.get(stored.uri);
    variants?.delete(stored);
    if (variants?.size === 0) this.#byUri.delete(stored.uri);
  }
}
