import type { ByteWriter } from './byte-writer.ts';
import { DEFAULT_TABLE_BYTES, entryBytes } from './hpack-dynamic-table.ts';
import { HpackEncoderTable, type EncoderEntry } from './hpack-encoder-table.ts';
import { knownName, whenToIndex, type Indexing, type KnownName } from './hpack-indexing.ts';
import { writeInteger } from './hpack-integer.ts';
import { RepeatFilter } from './hpack-repeat-filter.ts';
import { writeString } from './hpack-string.ts';

export interface HpackEncoderOptions {
  /** How much of the peer's table it uses at most, in bytes; 4,096 where it is not given, and never more than the peer allows. */
  readonly maxTableBytes?: number;
  /** Names of fields, in lower case, that are never to be indexed, besides `authorization`, `proxy-authorization` and short cookies. */
  readonly sensitiveNames?: ReadonlySet<string>;
}

/** The header blocks of a connection (RFC 7541 §3), to be sent in the order in which they were encoded. */
export class HpackEncoder {
  readonly #cap: number;
  readonly #sensitiveNames: ReadonlySet<string>;
  readonly #table = new HpackEncoderTable(DEFAULT_TABLE_BYTES);
  readonly #seen = new RepeatFilter();
  /** What the peer allows, by its SETTINGS. */
  #peerTableBytes = DEFAULT_TABLE_BYTES;
  /** The smallest size since the last block, where the next must begin with a size update (RFC 7541 §4.2). */
  #smallest: number | undefined;
  #changes = 0;
  /** Whether the block under way holds no value that would be indexed if it came again. */
  #isSettled = true;

  constructor({ maxTableBytes = DEFAULT_TABLE_BYTES, sensitiveNames = NO_NAMES }: HpackEncoderOptions = {}) {
    this.#cap = maxTableBytes;
    this.#sensitiveNames = sensitiveNames;
    if (maxTableBytes < DEFAULT_TABLE_BYTES) this.#smallest = maxTableBytes;
  }

  /** Grows whenever a block that was encoded before may no longer stand for its fields. */
  get revision(): number {
    return this.#changes + this.#table.revision;
  }

  /** The peer's SETTINGS_HEADER_TABLE_SIZE, in the order in which they come. What changes is said at the beginning of the next block. */
  setPeerTableBytes(bytes: number): void {
    const isLowered = bytes < this.#peerTableBytes;
    this.#peerTableBytes = bytes;
    const size = Math.min(bytes, this.#cap);
    // A peer may ask for an update whenever it has lowered its limit (RFC 9113 §4.3.1), even where we use less already.
    if (!isLowered && size === this.#table.maxBytes && this.#smallest === undefined) return;
    this.#smallest = Math.min(size, this.#smallest ?? size);
    this.#changes += 1;
  }

  /**
   * Writes the block of these fields: `[name, value, name, value …]`, names in lower case, all of the characters U+0000–U+00FF.
   * @returns whether the same bytes may be sent for the same fields again, as long as {@link revision} is what it is now.
   */
  encode(fields: readonly string[], writer: ByteWriter): boolean {
    const { revision } = this;
    this.#isSettled = true;
    if (this.#smallest !== undefined) this.#writeUpdates(this.#smallest, writer);
    for (let at = 0; at < fields.length; at += 2) {
      const name = fields[at] ?? '';
      const value = fields[at + 1] ?? '';
      const known = knownName(name);
      if (value.length < known.secretBelow || this.#sensitiveNames.has(name)) this.#writeSecret(known, name, value, writer);
      else this.#writeField(known, name, value, writer);
    }
    return this.#isSettled && revision === this.revision;
  }

  #writeUpdates(smallest: number, writer: ByteWriter): void {
    const size = Math.min(this.#peerTableBytes, this.#cap);
    if (smallest < size) this.#writeUpdate(smallest, writer);
    this.#writeUpdate(size, writer);
    this.#smallest = undefined;
    this.#changes += 1;
  }

  #writeUpdate(bytes: number, writer: ByteWriter): void {
    writeInteger(bytes, 0x20, 0x1f, writer);
    this.#table.resize(bytes);
  }

  #writeSecret(known: KnownName, name: string, value: string, writer: ByteWriter): void {
    const nameIndex = this.#nameIndex(known, this.#table.newest(name));
    writeInteger(nameIndex, NEVER_INDEXED, 0x0f, writer);
    if (nameIndex === 0) writeString(name, writer);
    writeString(value, writer);
  }

  #writeField(known: KnownName, name: string, value: string, writer: ByteWriter): void {
    const { values } = known;
    for (let at = 0; at < values.length; at++) {
      if (values[at] !== value) continue;
      writer.byte(INDEXED | (known.index + at));
      return;
    }
    const newest = this.#table.newest(name);
    for (let entry = newest; entry !== undefined; entry = entry.older) {
      if (entry.value !== value) continue;
      if (newest !== undefined) newest.strays = 0;
      writeInteger(this.#table.indexOf(entry), INDEXED, 0x7f, writer);
      return;
    }
    const nameIndex = this.#nameIndex(known, newest);
    const isIndexed = this.#isWorthAnEntry(known.indexing, newest, name, value);
    if (isIndexed) writeInteger(nameIndex, WITH_INDEXING, 0x3f, writer);
    else writeInteger(nameIndex, WITHOUT_INDEXING, 0x0f, writer);
    if (nameIndex === 0) writeString(name, writer);
    writeString(value, writer);
    if (isIndexed) this.#table.insert(name, value, newest);
  }

  #nameIndex(known: KnownName, newest: EncoderEntry | undefined): number {
    if (known.index !== 0) return known.index;
    return newest === undefined ? 0 : this.#table.indexOf(newest);
  }

  #isWorthAnEntry(indexing: Indexing, newest: EncoderEntry | undefined, name: string, value: string): boolean {
    const when = whenToIndex(indexing, entryBytes(name, value), this.#table.maxBytes, newest === undefined ? 0 : newest.strays);
    if (when !== 'when-repeated') return when === 'at-once';
    const isRepeated = this.#seen.see(name, value);
    if (!isRepeated) this.#isSettled = false;
    return isRepeated;
  }
}

const NO_NAMES: ReadonlySet<string> = new Set();
const INDEXED = 0x80;
const WITH_INDEXING = 0x40;
const WITHOUT_INDEXING = 0x00;
const NEVER_INDEXED = 0x10;
