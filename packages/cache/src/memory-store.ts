import { integerBetween, OptionReader } from '@roundtripper/core';
import { LRUCache } from 'lru-cache';

import { Block, BodyMemory, capacityFor } from './body-memory.ts';
import type { CacheMode } from './cache-options.ts';
import { EntryBuffer } from './entry-buffer.ts';
import { labelOf } from './labels.ts';
import { isPlainKey, MemoryEntry, slotOf, without, type Slot } from './memory-entry.ts';
import { Newcomers, type Newcomer } from './newcomers.ts';
import { packedKey, packedUrl } from './packed-response.ts';
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

const NOTHING: readonly StoredResponse[] = [];
const NO_ENTRIES: readonly MemoryEntry[] = [];

/** Bodies up to here lie behind their heads; others would be copied for nothing. */
const BESIDE_HEAD_BYTES = 3_072;

/** What was used longest ago goes first, with all that is in its slot. */
class MemoryStore implements CacheStore {
  readonly #memory = new BodyMemory();
  /** What nobody has used since it came. No hash is in both this and the next. */
  #newcomers = new Newcomers(this.#memory);
  /** The rest, by the hash of the key. */
  readonly #used: LRUCache<number, Slot>;
  /** By what else the entries of the slots are deleted by. */
  readonly #byLabel = new Map<string, Set<MemoryEntry>>();
  readonly #maxBytes: number;
  /** How often anything was stored or used: what was used when. */
  #uses = 0;
  /** No slot was used longer ago: which one was is not looked up each time. */
  #usedSince = 0;
  #entries = 0;
  #bytes = 0;
  #evictions = 0;
  /** What the entries that are being written hold. */
  #pendingBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    // Only the order is its business: it has one size for all that is under a key.
    this.#used = new LRUCache({ maxSize: Number.MAX_SAFE_INTEGER, sizeCalculation: () => 1 });
  }

  lookup(key: string): readonly StoredResponse[] {
    const hash = hashOf(key);
    const slot = this.#used.peek(hash);
    if (slot !== undefined) return slot.lookup(key);
    const newcomer = this.#newcomers.find(hash);
    if (newcomer === undefined) return NOTHING;
    const head = this.#newcomers.headOf(newcomer);
    return head.key === key ? [head] : NOTHING;
  }

  read(stored: StoredResponse, range?: ByteRange): Uint8Array | undefined {
    const entry = this.#use(hashOf(stored.key))?.find(stored);
    return entry === undefined ? undefined : this.#memory.read(entry.body, range);
  }

  touch({ key }: StoredResponse): void {
    this.#use(hashOf(key));
  }

  put(stored: StoredResponse, bytes: Uint8Array): CommitResult {
    const { byteLength } = bytes;
    if (byteLength > this.#maxBytes) return this.#refuse(stored);
    return this.#add(stored, byteLength <= BESIDE_HEAD_BYTES ? bytes : this.#memory.keep(bytes));
  }

  create(entry: NewEntry): EntryWriter | undefined {
    return (entry.expectedBytes ?? 0) > this.#maxBytes ? undefined : new MemoryWriter(this, entry, this.#memory);
  }

  /** @param body The store's to keep. @internal */
  commit(stored: StoredResponse, body: Block): CommitResult {
    return this.#add(stored, body);
  }

  update(stored: StoredResponse, head: StoredResponse): boolean {
    const entry = this.#find(stored);
    if (entry === undefined) return false;
    const updated = new MemoryEntry(head, entry.body);
    if (updated.bytes > this.#maxBytes) {
      this.#remove(entry);
      return false;
    }
    this.#unlink(entry);
    this.#put(updated, entry);
    return true;
  }

  delete(target: DeleteTarget): number {
    const before = this.#entries;
    switch (target.kind) {
      case 'id':
        this.#removeOne(hashOf(target.key), ({ id }) => id === target.id);
        break;
      case 'prefix':
        for (const newcomer of this.#newcomers.all()) {
          if (packedUrl(newcomer.packed).startsWith(target.prefix)) this.#removeNewcomer(newcomer);
        }
        this.#removeAll(this.#allUsed().filter(({ head }) => head.url.startsWith(target.prefix)));
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
    for (const newcomer of this.#newcomers.all()) this.#removeNewcomer(newcomer);
    this.#newcomers = new Newcomers(this.#memory);
    this.#removeAll(this.#allUsed());
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

  /** @param body Bytes are lent. */
  #add(head: StoredResponse, body: Uint8Array | Block): CommitResult {
    const bytes = headBytes(head) + (body instanceof Block ? body.capacity : capacityFor(body.byteLength));
    if (bytes > this.#maxBytes) {
      if (body instanceof Block) this.#memory.free(body);
      return this.#refuse(head);
    }
    if (!this.#addNew(head, body, bytes)) this.#put(new MemoryEntry(head, body instanceof Block ? body : this.#memory.keep(body)));
    return { kind: 'stored', stored: head };
  }

  /** @returns false where there is something under its key, or it cannot be packed. */
  #addNew(head: StoredResponse, body: Uint8Array | Block, bytes: number): boolean {
    const hash = hashOf(head.key);
    if (!isPlainKey(head) || this.#newcomers.find(hash) !== undefined || this.#used.peek(hash) !== undefined) return false;
    if (this.#newcomers.add({ head, hash, body, bytes, cameAt: this.#uses + 1 }) === undefined) return false;
    this.#uses += 1;
    this.#entries += 1;
    this.#bytes += bytes;
    this.#makeRoom();
    return true;
  }

  /** What is under the hash of a key is used. */
  #use(hash: number): Slot | undefined {
    const slot = this.#used.get(hash) ?? this.#settle(this.#newcomers.find(hash));
    this.#uses += 1;
    if (slot !== undefined) slot.usedAt = this.#uses;
    return slot;
  }

  #settle(newcomer: Newcomer | undefined): Slot | undefined {
    if (newcomer === undefined) return undefined;
    const head = this.#newcomers.headOf(newcomer);
    const slot = new MemoryEntry(head, this.#newcomers.settle(newcomer), newcomer);
    this.#used.set(newcomer.hash, slot);
    return slot;
  }

  /** An entry that is there, which is about to be used. */
  #find(stored: StoredResponse): MemoryEntry | undefined {
    const hash = hashOf(stored.key);
    const newcomer = this.#newcomers.find(hash);
    if (newcomer === undefined) return this.#used.peek(hash)?.find(stored);
    return this.#newcomers.headOf(newcomer).id === stored.id ? this.#settle(newcomer)?.find(stored) : undefined;
  }

  #makeRoom(): void {
    while (this.#bytes > this.#maxBytes && this.#entries > 0) {
      const { oldest } = this.#newcomers;
      if (oldest !== undefined && this.#isOldest(oldest)) {
        this.#evictions += 1;
        this.#removeNewcomer(oldest);
      } else this.#evict(this.#used.pop());
    }
  }

  /** Whether it came before any slot was used last. */
  #isOldest({ cameAt }: Newcomer): boolean {
    if (this.#used.size === 0 || cameAt < this.#usedSince) return true;
    const { value } = this.#used.rvalues().next();
    this.#usedSince = value?.usedAt ?? 0;
    return cameAt < this.#usedSince;
  }

  #evict(slot: Slot | undefined): void {
    for (const entry of slot?.entries ?? NO_ENTRIES) {
      this.#evictions += 1;
      this.#gone(entry);
    }
  }

  /** What it would have taken the place of goes: it is out of date. */
  #refuse(head: StoredResponse): CommitResult {
    this.#removeOne(hashOf(head.key), (other) => isSamePlace(other, head));
    return TOO_LARGE;
  }

  /** What was under the key of an entry stays beside it, but for what that takes the place of, and for the oldest where there is no room. */
  #put(entry: MemoryEntry, before?: MemoryEntry): void {
    const hash = hashOf(entry.head.key);
    const slot = this.#use(hash);
    this.#link(entry);
    const kept: MemoryEntry[] = [entry];
    let room = this.#maxBytes - entry.bytes;
    for (const other of slot?.entries.toReversed() ?? NO_ENTRIES) {
      if (other === before) continue;
      const isReplaced = isSamePlace(other.head, entry.head);
      if (!isReplaced) room -= other.bytes;
      if (!isReplaced && room < 0) this.#evictions += 1;
      if (isReplaced || room < 0 || kept.length === MAX_VARIANTS) this.#gone(other);
      else kept.push(other);
    }
    this.#used.set(hash, slotOf(kept.toReversed(), this.#uses));
    this.#makeRoom();
  }

  #removeOne(hash: number, isIt: (head: StoredResponse) => boolean): void {
    const newcomer = this.#newcomers.find(hash);
    if (newcomer === undefined) this.#remove(this.#used.peek(hash)?.entries.find(({ head }) => isIt(head)));
    else if (isIt(this.#newcomers.headOf(newcomer))) this.#removeNewcomer(newcomer);
  }

  #removeKey(key: string): void {
    const hash = hashOf(key);
    const newcomer = this.#newcomers.find(hash);
    if (newcomer !== undefined && packedKey(newcomer.packed) === key) this.#removeNewcomer(newcomer);
    this.#removeAll(this.#used.peek(hash)?.entries.filter(({ head }) => head.key === key) ?? NO_ENTRIES);
  }

  #removeNewcomer(newcomer: Newcomer): void {
    this.#newcomers.remove(newcomer);
    this.#entries -= 1;
    this.#bytes -= newcomer.bytes;
  }

  /** What stays in its slot is not used by that. */
  #remove(entry: MemoryEntry | undefined): void {
    if (entry === undefined) return;
    const hash = hashOf(entry.head.key);
    const slot = this.#used.peek(hash);
    // Another in its place would count as used.
    if (slot === undefined || without(slot, entry) === undefined) this.#used.delete(hash);
    this.#gone(entry);
  }

  #removeAll(entries: readonly MemoryEntry[]): void {
    for (const entry of entries) this.#remove(entry);
  }

  #allUsed(): readonly MemoryEntry[] {
    return [...this.#used.values()].flatMap(({ entries }) => entries);
  }

  #link(entry: MemoryEntry): void {
    this.#entries += 1;
    this.#bytes += entry.bytes;
    for (const label of entry.labels) {
      const entries = this.#byLabel.get(label) ?? new Set();
      this.#byLabel.set(label, entries.add(entry));
    }
  }

  #unlink(entry: MemoryEntry): void {
    this.#entries -= 1;
    this.#bytes -= entry.bytes;
    for (const label of entry.labels) {
      const entries = this.#byLabel.get(label);
      entries?.delete(entry);
      if (entries?.size === 0) this.#byLabel.delete(label);
    }
  }

  #gone(entry: MemoryEntry): void {
    this.#unlink(entry);
    this.#memory.free(entry.body);
  }
}

const TOO_LARGE: CommitResult = { kind: 'refused', reason: 'too-large' };

function isSamePlace(one: Pick<StoredResponse, 'key' | 'variant'>, other: Pick<StoredResponse, 'key' | 'variant'>): boolean {
  return one.variant === other.variant && one.key === other.key;
}

const MODES: readonly CacheMode[] = ['private', 'shared'];

class MemoryWriter implements EntryWriter {
  readonly #store: MemoryStore;
  readonly #entry: NewEntry;
  readonly #buffer: EntryBuffer;

  constructor(store: MemoryStore, entry: NewEntry, memory: BodyMemory) {
    this.#store = store;
    this.#entry = entry;
    this.#buffer = new EntryBuffer(entry.expectedBytes, store, memory);
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
    this.#buffer.abort();
  }
}
