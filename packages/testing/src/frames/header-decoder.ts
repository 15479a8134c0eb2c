import type { RecordedField } from '../recorded-request.ts';
import { STATIC_TABLE } from './hpack-tables.ts';
import { decodeHuffman } from './huffman.ts';

/** A header block as it was read. */
export interface DecodedFields {
  /** In their order and their case, whatever they are. */
  readonly fields: readonly RecordedField[];
  /** The names of those that no one on the way may put into a table (RFC 7541 §7.1.3). */
  readonly neverIndexed: readonly string[];
}

/** What RFC 7541 §4.1 adds to the bytes of a name and a value. */
const ENTRY_OVERHEAD = 32;

/** Reads the header blocks of one direction of a connection (RFC 7541), all of them in their order. It judges the encoding and nothing else. */
export class HeaderDecoder {
  /** The last that came is the first here. */
  readonly #dynamic: RecordedField[] = [];
  #capacity = 4_096;
  #bytes: Uint8Array = new Uint8Array();
  #at = 0;

  /** @throws Error where the block is not one. */
  decode(block: Uint8Array): DecodedFields {
    this.#bytes = block;
    this.#at = 0;
    const fields: RecordedField[] = [];
    const neverIndexed: string[] = [];
    while (this.#at < block.length) {
      const first = this.#peek();
      if ((first & 0xe0) === 0x20) {
        if (fields.length > 0) throw new Error('the size of the table changes after a field');
        this.#resize(this.#integer(5));
        continue;
      }
      const field = (first & 0x80) === 0 ? this.#literal(first) : this.#entry(this.#integer(7));
      fields.push(field);
      if ((first & 0xf0) === 0x10) neverIndexed.push(field[0]);
    }
    return { fields, neverIndexed };
  }

  /** RFC 7541 §6.2: with 01 it goes into the table, with 0000 and 0001 it does not. */
  #literal(first: number): RecordedField {
    const isIndexed = (first & 0x40) !== 0;
    const index = this.#integer(isIndexed ? 6 : 4);
    const name = index === 0 ? this.#text() : this.#entry(index)[0];
    const field: RecordedField = [name, this.#text()];
    if (isIndexed) {
      this.#dynamic.unshift(field);
      this.#evict();
    }
    return field;
  }

  #entry(index: number): RecordedField {
    const field = index > STATIC_TABLE.length ? this.#dynamic[index - STATIC_TABLE.length - 1] : STATIC_TABLE[index - 1];
    if (field === undefined) throw new Error(`there is no field with the index ${index}`);
    return field;
  }

  #resize(capacity: number): void {
    this.#capacity = capacity;
    this.#evict();
  }

  #evict(): void {
    let size = 0;
    const kept = this.#dynamic.findIndex(([name, value]) => {
      size += name.length + value.length + ENTRY_OVERHEAD;
      return size > this.#capacity;
    });
    if (kept !== -1) this.#dynamic.length = kept;
  }

  /** RFC 7541 §5.1. */
  #integer(prefixBits: number): number {
    const most = 2 ** prefixBits - 1;
    let value = this.#next() & most;
    if (value < most) return value;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#next();
      value += (byte & 0x7f) * scale;
      if (value > 2 ** 32) throw new Error('an integer is beyond all measure');
      if (byte < 128) return value;
    }
  }

  /** RFC 7541 §5.2. */
  #text(): string {
    const isHuffman = (this.#peek() & 0x80) !== 0;
    const length = this.#integer(7);
    if (this.#at + length > this.#bytes.length) throw new Error('a string is longer than its block');
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return isHuffman ? decodeHuffman(bytes) : Buffer.from(bytes).toString('latin1');
  }

  #peek(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new Error('a header block ends in the middle of a field');
    return byte;
  }

  #next(): number {
    const byte = this.#peek();
    this.#at += 1;
    return byte;
  }
}
