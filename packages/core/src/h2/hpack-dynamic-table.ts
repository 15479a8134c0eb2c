import { compressionError } from './hpack-error.ts';
import type { ConnectionError } from './http2-error.ts';

/** What an entry of a table counts (RFC 7541 §4.1), and a field of a list (RFC 9113 §6.5.2). The characters of both strings are a byte each. */
export function entryBytes(name: string, value: string): number {
  return name.length + value.length + 32;
}

/** As long as nothing was said, both sides count with a table of so many bytes (RFC 9113 §6.5.2). */
export const DEFAULT_TABLE_BYTES = 4_096;

const FIRST_SLOTS = 8;

/** A decoder's dynamic table (RFC 7541 §2.3.2): the entries by their age. It takes no memory before there is one. */
export class HpackDynamicTable {
  /** A ring of names and values; always a power of two. */
  #fields: string[] = [];
  #slots = 0;
  /** The slot of the next entry. */
  #next = 0;
  #count = 0;
  #bytes = 0;
  /** What the encoder says that it uses, and what it may use. */
  #maxBytes: number;
  #limit: number;
  /** The encoder must say that it uses no more than this before it says anything else. */
  #owed: number | undefined;
  #revision = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#limit = maxBytes;
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether the next block must begin with a size update. */
  get isUpdateOwed(): boolean {
    return this.#owed !== undefined;
  }

  /** How often what is in it has changed. */
  get revision(): number {
    return this.#revision;
  }

  /** @param age 0 for the newest; less than {@link count}. */
  nameAt(age: number): string {
    return this.#fields[this.#slotAt(age) * 2] ?? '';
  }

  /** @param age 0 for the newest; less than {@link count}. */
  valueAt(age: number): string {
    return this.#fields[this.#slotAt(age) * 2 + 1] ?? '';
  }

  /** Adds an entry and drops the oldest for it. One that is larger than the whole table empties it, which is no error (RFC 7541 §4.4). */
  insert(name: string, value: string): void {
    const bytes = entryBytes(name, value);
    this.#evictTo(this.#maxBytes - bytes);
    if (bytes > this.#maxBytes) return;
    if (this.#count === this.#slots) this.#grow();
    this.#fields[this.#next * 2] = name;
    this.#fields[this.#next * 2 + 1] = value;
    this.#next = (this.#next + 1) & (this.#slots - 1);
    this.#count += 1;
    this.#bytes += bytes;
    this.#revision += 1;
  }

  /** What the encoder may use from its next block on. Where that is less than it uses, the block must begin by saying so (RFC 7541 §4.2). */
  setLimit(bytes: number): void {
    this.#limit = bytes;
    if (bytes < (this.#owed ?? this.#maxBytes)) this.#owed = bytes;
  }

  /**
   * The encoder says what it uses (RFC 7541 §6.3), and what no longer fits is dropped.
   * @throws ConnectionError COMPRESSION_ERROR where that is more than it may use.
   */
  resize(bytes: number): void {
    if (bytes > this.#limit) {
      throw compressionError(`a table size update is of ${bytes} bytes, and the limit is ${this.#limit}`);
    }
    if (this.#owed !== undefined && bytes > this.#owed) throw owedFault(this.#owed);
    this.#owed = undefined;
    this.#maxBytes = bytes;
    this.#evictTo(bytes);
  }

  /** @throws ConnectionError COMPRESSION_ERROR where a block has come to its fields and a size update is owed. */
  expectNoneOwed(): void {
    if (this.#owed !== undefined) throw owedFault(this.#owed);
  }

  #evictTo(bytes: number): void {
    while (this.#bytes > bytes && this.#count > 0) {
      const oldest = this.#slotAt(this.#count - 1) * 2;
      this.#bytes -= entryBytes(this.#fields[oldest] ?? '', this.#fields[oldest + 1] ?? '');
      this.#fields[oldest] = '';
      this.#fields[oldest + 1] = '';
      this.#count -= 1;
      this.#revision += 1;
    }
  }

  #slotAt(age: number): number {
    return (this.#next - 1 - age) & (this.#slots - 1);
  }

  #grow(): void {
    const slots = Math.max(FIRST_SLOTS, this.#slots * 2);
    // Of its size at once: an array that is pushed to sets aside half as much again.
    const fields = Array.from({ length: slots * 2 }, () => '');
    for (let age = 0; age < this.#count; age++) {
      const at = (this.#count - 1 - age) * 2;
      fields[at] = this.nameAt(age);
      fields[at + 1] = this.valueAt(age);
    }
    this.#slots = slots;
    this.#fields = fields;
    this.#next = this.#count;
  }
}

function owedFault(bytes: number): ConnectionError {
  return compressionError(`the header block does not begin with a table size update to ${bytes} bytes or less, which the limit is now`);
}
