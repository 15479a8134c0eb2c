import { entryBytes } from './hpack-dynamic-table.ts';
import { STATIC_ENTRIES } from './hpack-static-table.ts';

/** An entry of an encoder's table. */
export interface EncoderEntry {
  readonly name: string;
  readonly value: string;
  /** How many there were with it, those that are gone counted too. */
  readonly serial: number;
  /** How many entries of its name in a row, it being the last, were not sent again. */
  strays: number;
  /** Of the same name. */
  older: EncoderEntry | undefined;
  newer: EncoderEntry | undefined;
  /** Of any name, the one that came after it. */
  next: EncoderEntry | undefined;
}

/**
 * An encoder's dynamic table: the decoder's one, to be asked by name. Entries of one name are a chain, from the newest on: few names have more than two values,
 * and comparing with these is faster than a second look-up by name and value.
 */
export class HpackEncoderTable {
  readonly #newest = new Map<string, EncoderEntry>();
  #first: EncoderEntry | undefined;
  #last: EncoderEntry | undefined;
  #inserted = 0;
  #bytes = 0;
  #maxBytes: number;
  #revision = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get maxBytes(): number {
    return this.#maxBytes;
  }

  /** How often what is in it has changed. */
  get revision(): number {
    return this.#revision;
  }

  newest(name: string): EncoderEntry | undefined {
    return this.#newest.get(name);
  }

  /** What the decoder calls an entry (RFC 7541 §2.3.3). */
  indexOf(entry: EncoderEntry): number {
    return STATIC_ENTRIES + 1 + this.#inserted - entry.serial;
  }

  /** Adds an entry, for which there is room once the oldest are gone. @param newest Of that name. */
  insert(name: string, value: string, newest: EncoderEntry | undefined): void {
    const bytes = entryBytes(name, value);
    this.#evictTo(this.#maxBytes - bytes);
    this.#bytes += bytes;
    this.#inserted += 1;
    this.#revision += 1;
    // What was the newest may be gone by now.
    const older = this.#newest.get(name);
    const strays = (newest === undefined ? 0 : newest.strays) + 1;
    const entry: EncoderEntry = { name, value, serial: this.#inserted, strays, older, newer: undefined, next: undefined };
    if (older !== undefined) older.newer = entry;
    this.#newest.set(name, entry);
    if (this.#last === undefined) this.#first = entry;
    else this.#last.next = entry;
    this.#last = entry;
  }

  /** Drops what no longer fits (RFC 7541 §4.3). */
  resize(maxBytes: number): void {
    this.#maxBytes = maxBytes;
    this.#evictTo(maxBytes);
  }

  #evictTo(bytes: number): void {
    for (let entry = this.#first; entry !== undefined && this.#bytes > bytes; entry = entry.next) {
      this.#bytes -= entryBytes(entry.name, entry.value);
      this.#revision += 1;
      this.#first = entry.next;
      if (entry.newer === undefined) this.#newest.delete(entry.name);
      else entry.newer.older = undefined;
    }
    if (this.#first === undefined) this.#last = undefined;
  }
}
