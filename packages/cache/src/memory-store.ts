import { integerBetween, OptionReader } from '@roundtripper/core';
import { LRUCache } from 'lru-cache';

import { Block, BodyMemory } from './body-memory.ts';
import type { CacheMode } from './cache-options.ts';
import { EntryBuffer } from './entry-buffer.ts';
import { labelOf, labelsOf } from './labels.ts';
import { packedKey, packedUrl, packHead, unpackHead } from './packed-head.ts';
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
import { headBytes, type StoredPolicy, type StoredResponse } from './stored-response.ts';
import { hashOf } from './text-hash.ts';

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
 * @throws TypeError naming each option that is unknown or invalid.
 */
export function memoryStore(options: MemoryStoreOptions = {}): CacheStore {
  const reader = new OptionReader('memoryStore', options);
  const maxBytes = reader.read('maxBytes', DEFAULT_BYTES, integerBetween(1, Number.MAX_SAFE_INTEGER));
  reader.finish();
  return new MemoryStore(maxBytes);
}

/** A stored response. Its head is packed until somebody asks for it, and an object from then on: who asks once asks again. */
class Entry {
  readonly policy: StoredPolicy;
  readonly body: Block;
  /** What it is found by besides its key. */
  readonly labels: readonly string[];
  /** With its head as an object. */
  readonly bytes: number;
  head: StoredResponse | Block;

  constructor(head: StoredResponse, body: Block) {
    this.policy = head.policy;
    this.body = body;
    this.labels = furtherLabels(head);
    this.bytes = headBytes(head) + body.capacity;
    this.head = head;
  }
}

/**
 * All that is stored under keys of one hash: nearly always one response, else several in the order in which they came. What is deleted is taken out of the list: another in its place
 * would count as used.
 */
type Slot = Entry | Entry[];

const NOTHING: readonly StoredResponse[] = [];

/** What was used longest ago goes first, with all that is in its slot. */
class MemoryStore implements CacheStore {
  /** By the hash of the key; owns the entries, and what follows keeps up with it. */
  readonly #lru: LRUCache<number, Slot>;
  readonly #memory = new BodyMemory();
  /** By what else they are deleted by. */
  readonly #byLabel = new Map<string, Set<Entry>>();
  readonly #maxBytes: number;
  #entries = 0;
  #bytes = 0;
  #evictions = 0;
  /** What the entries that are being written hold. */
  #pendingBytes = 0;
  /** What was under the key that is being set. */
  #before: Slot | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#lru = new LRUCache({
      // Only the order is its business: to count what has become less it would want the slot again, and take that for a use.
      maxSize: Number.MAX_SAFE_INTEGER,
      sizeCalculation: () => 1,
      dispose: (slot, _key, reason) => {
        if (reason === 'set') this.#before = slot;
        else this.#goneAll(slot, reason === 'evict');
      },
    });
  }

  lookup(key: string): readonly StoredResponse[] {
    const slot = this.#lru.peek(hashOf(key));
    if (slot === undefined) return NOTHING;
    if (!(slot instanceof Entry)) return slot.map((entry) => this.#headOf(entry)).filter((head) => head.key === key);
    const head = this.#headOf(slot);
    return head.key === key ? [head] : NOTHING;
  }

  read(stored: StoredResponse, range?: ByteRange): Uint8Array | undefined {
    const entry = this.#find(this.#lru.get(hashOf(stored.key)), stored);
    return entry === undefined ? undefined : this.#memory.read(entry.body, range);
  }

  touch({ key }: StoredResponse): void {
    this.#lru.get(hashOf(key));
  }

  put(stored: StoredResponse, bytes: Uint8Array): CommitResult {
    return bytes.byteLength > this.#maxBytes ? this.#refuse(stored) : this.#add(stored, this.#memory.keep(bytes));
  }

  create(entry: NewEntry): EntryWriter | undefined {
    return (entry.expectedBytes ?? 0) > this.#maxBytes ? undefined : new MemoryWriter(this, entry);
  }

  /** @param body The store's to keep. @internal */
  commit(stored: StoredResponse, body: Uint8Array): CommitResult {
    return this.#add(stored, this.#memory.adopt(body));
  }

  update(stored: StoredResponse, head: StoredResponse): boolean {
    const slot = this.#lru.peek(hashOf(stored.key));
    const entry = this.#find(slot, stored);
    if (slot === undefined || entry === undefined) return false;
    const updated = new Entry(head, entry.body);
    if (updated.bytes > this.#maxBytes) {
      this.#remove(entry);
      return false;
    }
    this.#unlink(entry);
    this.#link(updated);
    this.#put(head.key, updated);
    this.#merge(
      entriesOf(slot).filter((other) => other !== entry),
      updated,
      head,
    );
    this.#makeRoom();
    return true;
  }

  delete(target: DeleteTarget): number {
    const before = this.#entries;
    switch (target.kind) {
      case 'id':
        this.#remove(this.#find(this.#lru.peek(hashOf(target.key)), target));
        break;
      case 'prefix':
        this.#removeAll([...this.#lru.values()].flatMap(entriesOf).filter((entry) => urlOf(entry).startsWith(target.prefix)));
        break;
      case 'url':
        for (const mode of MODES) this.#removeKey(`${mode} ${target.url}`);
        this.#removeAll([...(this.#byLabel.get(labelOf(target)) ?? [])]);
        break;
      default:
        this.#removeAll([...(this.#byLabel.get(labelOf(target)) ?? [])]);
    }
    return before - this.#entries;
  }

  clear(): void {
    this.#lru.clear();
  }

  stats(): StoreStats {
    return { entries: this.#entries, bytes: this.#bytes, evictions: this.#evictions };
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

  #add(head: StoredResponse, body: Block): CommitResult {
    const entry = new Entry(head, body);
    if (entry.bytes > this.#maxBytes) {
      this.#memory.free(body);
      return this.#refuse(head);
    }
    this.#link(entry);
    const before = this.#put(head.key, entry);
    if (before === undefined) this.#pack(entry, head);
    else this.#merge(entriesOf(before), entry, head);
    this.#makeRoom();
    return { kind: 'stored', stored: head };
  }

  #pack(entry: Entry, head: StoredResponse): void {
    if (entry.labels.length === 0 && head.bodyBytes === entry.body.byteLength) entry.head = packHead(head, this.#memory) ?? head;
  }

  #headOf(entry: Entry): StoredResponse {
    const { head, policy, body } = entry;
    if (!(head instanceof Block)) return head;
    const unpacked = unpackHead(head, { policy, bodyBytes: body.byteLength });
    this.#memory.free(head);
    entry.head = unpacked;
    return unpacked;
  }

  #find(slot: Slot | undefined, { id }: Pick<StoredResponse, 'id'>): Entry | undefined {
    if (slot instanceof Entry) return this.#headOf(slot).id === id ? slot : undefined;
    return slot?.find((entry) => this.#headOf(entry).id === id);
  }

  /** The key that was used last stays: it has no more than there is room for. */
  #makeRoom(): void {
    while (this.#bytes > this.#maxBytes) this.#lru.pop();
  }

  /** What it would have taken the place of goes: it is out of date. */
  #refuse({ key, variant }: StoredResponse): CommitResult {
    this.#remove(entriesOf(this.#lru.peek(hashOf(key))).find((entry) => isSamePlace(this.#headOf(entry), { key, variant })));
    return TOO_LARGE;
  }

  /** @returns what was there: it is not looked up before, since of most that is stored nothing was (0.3 µs in a store of 30 000). */
  #put(key: string, slot: Slot): Slot | undefined {
    this.#lru.set(hashOf(key), slot);
    const before = this.#before;
    // What is gone must not be kept until the next is stored.
    this.#before = undefined;
    return before;
  }

  /** What was under the key of an entry stays beside it, but for what that takes the place of, and for the oldest where there is no room. */
  #merge(before: readonly Entry[], entry: Entry, head: StoredResponse): void {
    const kept: Entry[] = [entry];
    let room = this.#maxBytes - entry.bytes;
    for (const other of before.toReversed()) {
      const isReplaced = isSamePlace(this.#headOf(other), head);
      if (!isReplaced) room -= other.bytes;
      if (!isReplaced && room < 0) this.#evictions += 1;
      if (isReplaced || room < 0 || kept.length === MAX_VARIANTS) this.#gone(other);
      else kept.push(other);
    }
    if (kept.length > 1) this.#put(head.key, kept.toReversed());
  }

  #remove(entry: Entry | undefined): void {
    if (entry === undefined) return;
    const hash = hashOf(keyOf(entry));
    const slot = this.#lru.peek(hash);
    if (slot === undefined || slot instanceof Entry || slot.length === 1) {
      this.#lru.delete(hash);
      return;
    }
    slot.splice(slot.indexOf(entry), 1);
    this.#gone(entry);
  }

  #removeKey(key: string): void {
    this.#removeAll(entriesOf(this.#lru.peek(hashOf(key))).filter((entry) => keyOf(entry) === key));
  }

  #removeAll(entries: readonly Entry[]): void {
    for (const entry of entries) this.#remove(entry);
  }

  #link(entry: Entry): void {
    this.#entries += 1;
    this.#bytes += entry.bytes;
    for (const label of entry.labels) {
      const entries = this.#byLabel.get(label) ?? new Set();
      this.#byLabel.set(label, entries.add(entry));
    }
  }

  #unlink(entry: Entry): void {
    this.#entries -= 1;
    this.#bytes -= entry.bytes;
    for (const label of entry.labels) {
      const entries = this.#byLabel.get(label);
      entries?.delete(entry);
      if (entries?.size === 0) this.#byLabel.delete(label);
    }
  }

  #goneAll(slot: Slot, isEvicted: boolean): void {
    if (isEvicted) this.#evictions += slot instanceof Entry ? 1 : slot.length;
    if (slot instanceof Entry) this.#gone(slot);
    else for (const entry of slot) this.#gone(entry);
  }

  #gone(entry: Entry): void {
    this.#unlink(entry);
    this.#memory.free(entry.body);
    if (entry.head instanceof Block) this.#memory.free(entry.head);
  }
}

const TOO_LARGE: CommitResult = { kind: 'refused', reason: 'too-large' };

function isSamePlace(one: Pick<StoredResponse, 'key' | 'variant'>, other: Pick<StoredResponse, 'key' | 'variant'>): boolean {
  return one.variant === other.variant && one.key === other.key;
}

function entriesOf(slot: Slot | undefined): readonly Entry[] {
  if (slot === undefined) return NO_ENTRIES;
  return slot instanceof Entry ? [slot] : slot;
}

const NO_ENTRIES: readonly Entry[] = [];

function keyOf({ head }: Entry): string {
  return head instanceof Block ? packedKey(head) : head.key;
}

function urlOf({ head }: Entry): string {
  return head instanceof Block ? packedUrl(head) : head.url;
}

const MODES: readonly CacheMode[] = ['private', 'shared'];

/** What it is to be found by besides its key: of most that says its URL too, and a set for each would be as large as the rest of what is known of it. */
function furtherLabels(stored: StoredResponse): readonly string[] {
  const { key, url, tags, groups } = stored;
  const isPlain = isPlainKey(key, url, 'private') || isPlainKey(key, url, 'shared');
  if (isPlain && tags.length === 0 && groups.length === 0) return NO_LABELS;
  return isPlain ? labelsOf(stored).filter((label) => label !== labelOf({ kind: 'url', url })) : labelsOf(stored);
}

function isPlainKey(key: string, url: string, mode: CacheMode): boolean {
  // A part of it is compared in a third of the time that `endsWith` takes.
  return key.length === mode.length + 1 + url.length && key.startsWith(mode) && key.slice(mode.length + 1) === url;
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
    return this.#store.commit(stored, body);
  }

  abort(): void {
    this.#buffer.finish();
  }
}
