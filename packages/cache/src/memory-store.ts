import { LRUCache } from 'lru-cache';

import type { CacheMode } from './cache-options.ts';
import { EntryBuffer } from './entry-buffer.ts';
import { labelOf, labelsOf } from './labels.ts';
import {
  MAX_VARIANTS,
  storedFrom,
  type ByteRange,
  type CacheStore,
  type CommitResult,
  type DeleteTarget,
  type EntryWriter,
  type NewEntry,
  type StoreRefusal,
  type StoreStats,
} from './store.ts';
import { headBytes, type StoredResponse } from './stored-response.ts';

/** How much a {@link memoryStore} keeps. */
export interface MemoryStoreOptions {
  /**
   * Bytes of all that is stored: bodies, header fields, URLs, and some for the bookkeeping of each. What was used longest ago goes for what is new. Default 67 108 864 (64 MiB); at least 1.
   * Bodies that are being written take as much again at most.
   */
  readonly maxBytes?: number | undefined;
}

const DEFAULT_BYTES = 67_108_864;

/**
 * A store in this process's memory.
 * @throws TypeError when `maxBytes` is not a whole number of at least 1.
 */
export function memoryStore({ maxBytes = DEFAULT_BYTES }: MemoryStoreOptions = {}): CacheStore {
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 1) {
    throw new TypeError('invalid memoryStore options: maxBytes: expected an integer of at least 1');
  }
  return new MemoryStore(maxBytes);
}

interface Entry {
  stored: StoredResponse;
  readonly body: Uint8Array;
}

const NOTHING: readonly StoredResponse[] = [];

class MemoryStore implements CacheStore {
  /** By id; owns the entries, and the indices below follow it. */
  readonly #lru: LRUCache<string, Entry>;
  /** In the order in which they came. */
  readonly #byKey = new Map<string, readonly StoredResponse[]>();
  /** By what else they are deleted by. */
  readonly #byLabel = new Map<string, Set<string>>();
  readonly #maxBytes: number;
  #evictions = 0;
  /** What the entries that are being written hold. */
  #pendingBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#lru = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: ({ stored, body }) => headBytes(stored) + body.byteLength,
      dispose: ({ stored }, _id, reason) => {
        if (reason === 'evict') this.#evictions += 1;
        this.#unlink(stored);
      },
    });
  }

  lookup(key: string): readonly StoredResponse[] {
    return this.#byKey.get(key) ?? NOTHING;
  }

  read(stored: StoredResponse, range?: ByteRange): Uint8Array | undefined {
    const body = this.#lru.get(stored.id)?.body;
    return range === undefined ? body : body?.subarray(range.start, range.end);
  }

  touch(stored: StoredResponse): void {
    this.#lru.get(stored.id);
  }

  create(entry: NewEntry): EntryWriter | undefined {
    return (entry.expectedBytes ?? 0) > this.#maxBytes ? undefined : new MemoryWriter(this, entry);
  }

  update(stored: StoredResponse, head: StoredResponse): boolean {
    const entry = this.#lru.get(stored.id);
    if (entry === undefined) return false;
    const { body } = entry;
    this.#lru.delete(stored.id);
    return this.put(head, body);
  }

  delete(target: DeleteTarget): number {
    const ids = this.#idsOf(target);
    let dropped = 0;
    for (const id of ids) if (this.#lru.delete(id)) dropped += 1;
    return dropped;
  }

  clear(): void {
    this.#lru.clear();
  }

  stats(): StoreStats {
    return { entries: this.#lru.size, bytes: this.#lru.calculatedSize, evictions: this.#evictions };
  }

  /** @internal */
  put(stored: StoredResponse, body: Uint8Array): boolean {
    const before = this.lookup(stored.key);
    for (const other of before) if (other.variant === stored.variant) this.#lru.delete(other.id);
    this.#lru.set(stored.id, { stored, body });
    // Larger than the whole store: lru-cache has not taken it.
    if (!this.#lru.has(stored.id)) return false;
    const others = this.lookup(stored.key);
    this.#byKey.set(stored.key, others.length === 0 ? [stored] : [...others, stored]);
    for (const label of furtherLabels(stored)) {
      const ids = this.#byLabel.get(label) ?? new Set();
      this.#byLabel.set(label, ids.add(stored.id));
    }
    const [oldest] = others;
    if (others.length >= MAX_VARIANTS && oldest !== undefined) this.#lru.delete(oldest.id);
    return true;
  }

  /** An entry that is being written holds so many bytes more. @returns whether there is room for them. @internal */
  reserve(bytes: number): boolean {
    if (this.#pendingBytes + bytes > this.#maxBytes) return false;
    this.#pendingBytes += bytes;
    return true;
  }

  /** @internal */
  release(bytes: number): void {
    this.#pendingBytes -= bytes;
  }

  #idsOf(target: DeleteTarget): readonly string[] {
    switch (target.kind) {
      case 'id':
        return [target.id];
      case 'prefix':
        return [...this.#lru].flatMap(([id, { stored }]) => (stored.url.startsWith(target.prefix) ? [id] : []));
      case 'url':
        return [
          ...MODES.flatMap((mode) => this.lookup(`${mode} ${target.url}`).map(({ id }) => id)),
          ...(this.#byLabel.get(labelOf(target)) ?? []),
        ];
      default:
        return [...(this.#byLabel.get(labelOf(target)) ?? [])];
    }
  }

  #unlink(stored: StoredResponse): void {
    const others = this.lookup(stored.key).filter(({ id }) => id !== stored.id);
    if (others.length === 0) this.#byKey.delete(stored.key);
    else this.#byKey.set(stored.key, others);
    for (const label of furtherLabels(stored)) {
      const ids = this.#byLabel.get(label);
      ids?.delete(stored.id);
      if (ids?.size === 0) this.#byLabel.delete(label);
    }
  }
}

const MODES: readonly CacheMode[] = ['private', 'shared'];

/** What it is to be found by besides its key: of most that says its URL too, and a set for each would be as large as the rest of what is known of it. */
function furtherLabels(stored: StoredResponse): readonly string[] {
  const { key, url, tags, groups } = stored;
  const isPlain = MODES.some((mode) => key.length === mode.length + 1 + url.length && key.startsWith(mode) && key.endsWith(url));
  if (isPlain && tags.length === 0 && groups.length === 0) return NO_LABELS;
  return isPlain ? labelsOf(stored).filter((label) => label !== labelOf({ kind: 'url', url })) : labelsOf(stored);
}

const NO_LABELS: readonly string[] = [];

class MemoryWriter implements EntryWriter {
  readonly #store: MemoryStore;
  readonly #entry: NewEntry;
  readonly #buffer: EntryBuffer;

  constructor(store: MemoryStore, entry: NewEntry) {
    this.#store = store;
    this.#entry = entry;
    this.#buffer = new EntryBuffer(entry.expectedBytes, store);
  }

  write(chunk: Uint8Array): StoreRefusal | undefined {
    return this.#buffer.append(chunk) ? undefined : 'no-room';
  }

  commit(bodyBytes: number): CommitResult {
    const body = this.#buffer.finish();
    const stored = storedFrom(this.#entry, bodyBytes);
    return this.#store.put(stored, body) ? { kind: 'stored', stored } : { kind: 'refused', reason: 'too-large' };
  }

  abort(): void {
    this.#buffer.finish();
  }
}
