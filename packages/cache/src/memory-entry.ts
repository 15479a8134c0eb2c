import type { Block } from './body-memory.ts';
import type { CacheMode } from './cache-options.ts';
import { labelOf, labelsOf } from './labels.ts';
import type { Newcomer } from './newcomers.ts';
import { headBytes, type StoredResponse } from './stored-response.ts';

/** A stored response that was used, or cannot be packed. */
export class MemoryEntry {
  readonly head: StoredResponse;
  readonly body: Block;
  /** What it is found by besides its key. */
  readonly labels: readonly string[];
  readonly bytes: number;
  usedAt: number;

  /** @param before What it was until now: it counts for as much as before, and is found by its key alone. */
  constructor(head: StoredResponse, body: Block, before?: Pick<Newcomer, 'bytes' | 'cameAt'>) {
    this.head = head;
    this.body = body;
    this.labels = before === undefined ? furtherLabels(head) : NO_LABELS;
    this.bytes = before?.bytes ?? headBytes(head) + body.capacity;
    this.usedAt = before?.cameAt ?? 0;
  }

  get entries(): readonly MemoryEntry[] {
    return [this];
  }

  lookup(key: string): readonly StoredResponse[] {
    return this.head.key === key ? [this.head] : [];
  }

  find({ id }: Pick<StoredResponse, 'id'>): MemoryEntry | undefined {
    return this.head.id === id ? this : undefined;
  }
}

/** Several of keys that have one hash, in the order in which they came. */
class MemoryEntries {
  entries: readonly MemoryEntry[];
  usedAt: number;

  constructor(entries: readonly MemoryEntry[], usedAt: number) {
    this.entries = entries;
    this.usedAt = usedAt;
  }

  lookup(key: string): readonly StoredResponse[] {
    return this.entries.flatMap((entry) => entry.lookup(key));
  }

  find(stored: Pick<StoredResponse, 'id'>): MemoryEntry | undefined {
    return this.entries.find((entry) => entry.find(stored));
  }
}

/** All that is stored under keys of one hash: nearly always one response. */
export type Slot = MemoryEntry | MemoryEntries;

/** @param entries One at least. */
export function slotOf(entries: readonly MemoryEntry[], usedAt: number): Slot {
  const [only] = entries;
  if (only === undefined || entries.length > 1) return new MemoryEntries(entries, usedAt);
  only.usedAt = usedAt;
  return only;
}

/** What a slot is once an entry has gone; undefined where that was all. */
export function without(slot: Slot, entry: MemoryEntry): Slot | undefined {
  if (slot instanceof MemoryEntry || slot.entries.length === 1) return undefined;
  slot.entries = slot.entries.filter((other) => other !== entry);
  return slot;
}

/** What it is to be found by besides its key: of most that says its URL too, and a set for each would be as large as the rest of what is known of it. */
function furtherLabels(stored: StoredResponse): readonly string[] {
  const { url, tags, groups } = stored;
  const isPlain = isPlainKey(stored);
  if (isPlain && tags.length === 0 && groups.length === 0) return NO_LABELS;
  return isPlain ? labelsOf(stored).filter((label) => label !== labelOf({ kind: 'url', url })) : labelsOf(stored);
}

/** Whether its key says its URL. */
export function isPlainKey({ key, url }: StoredResponse): boolean {
  return isKeyOf('private', key, url) || isKeyOf('shared', key, url);
}

function isKeyOf(mode: CacheMode, key: string, url: string): boolean {
  // A part of it is compared in a third of the time that `endsWith` takes.
  return key.length === mode.length + 1 + url.length && key.startsWith(mode) && key.slice(mode.length + 1) === url;
}

const NO_LABELS: readonly string[] = [];
