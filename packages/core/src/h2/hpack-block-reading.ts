import { entryBytes, type HpackDynamicTable } from './hpack-dynamic-table.ts';
import { BlockCursor } from './hpack-integer.ts';
import { STATIC_ENTRIES, STATIC_FIELDS } from './hpack-static-table.ts';
import { decodeString } from './hpack-string.ts';
import { StringCache } from './hpack-string-cache.ts';
import { compressionError } from './hpack-error.ts';

/** The smallest size since the last block and the one that counts from now on: more make no sense (RFC 7541 §4.2). */
const MOST_UPDATES = 2;

const INDEXED = 0x80;
const WITH_INDEXING = 0x40;
const SIZE_UPDATE = 0x20;
const NEVER_INDEXED = 0x10;
const HUFFMAN = 0x80;

/** A header block on its way to be a list of fields (RFC 7541 §6). */
export class BlockReading {
  /** Name, value, name, value … */
  readonly fields: string[] = [];
  /** What the block added to the table, even where it found no room; name and value each. */
  inserts: string[] = NOTHING;
  /** There are more fields, which only the table was told of. */
  isTooLarge = false;
  /** The same bytes may mean something else for another table. */
  refersToTable = false;
  readonly #table: HpackDynamicTable;
  readonly #maxListBytes: number;
  #listBytes = 0;
  #isRepeatable = true;

  constructor(table: HpackDynamicTable, maxListBytes: number) {
    this.#table = table;
    this.#maxListBytes = maxListBytes;
  }

  /** Whether what was made of this block may be kept for its bytes. */
  get isRepeatable(): boolean {
    return this.#isRepeatable && !this.isTooLarge;
  }

  /** @throws ConnectionError COMPRESSION_ERROR */
  read(bytes: Buffer, start: number, end: number): void {
    cursor.open(bytes, start, end);
    try {
      this.#readUpdates();
      while (cursor.at < cursor.end) this.#readField(cursor.byte());
    } finally {
      cursor.close();
    }
  }

  #readUpdates(): void {
    for (let count = 0; cursor.at < cursor.end && isUpdate(cursor.peek()); count++) {
      if (count === MOST_UPDATES) throw compressionError(`the header block begins with more than ${MOST_UPDATES} table size updates`);
      this.#isRepeatable = false;
      this.#table.resize(cursor.integer(cursor.byte(), 0x1f));
    }
    if (cursor.at < cursor.end) this.#table.expectNoneOwed();
  }

  #readField(first: number): void {
    if (first >= INDEXED) this.#readIndexed(cursor.integer(first, 0x7f));
    else if (first >= WITH_INDEXING) this.#readIndexing(cursor.integer(first, 0x3f));
    else if (first >= SIZE_UPDATE) throw compressionError('a table size update comes after the first field of its block');
    else this.#readLiteral(cursor.integer(first, 0x0f), first < NEVER_INDEXED);
  }

  #readIndexed(index: number): void {
    if (index === 0) throw compressionError('a field has the index 0');
    if (index <= STATIC_ENTRIES) {
      this.#add(STATIC_FIELDS[index * 2 - 2] ?? '', STATIC_FIELDS[index * 2 - 1] ?? '');
      return;
    }
    const age = this.#ageOf(index);
    this.#add(this.#table.nameAt(age), this.#table.valueAt(age));
  }

  #readIndexing(nameIndex: number): void {
    const name = this.#readName(nameIndex, true);
    const value = readString(true);
    this.#table.insert(name, value);
    if (this.inserts === NOTHING) this.inserts = [name, value];
    else this.inserts.push(name, value);
    this.#add(name, value);
  }

  #readLiteral(nameIndex: number, isReusable: boolean): void {
    // What is never to be indexed is to be remembered nowhere else either (RFC 7541 §7.1.3).
    if (!isReusable) this.#isRepeatable = false;
    const name = this.#readName(nameIndex, isReusable);
    this.#add(name, readString(isReusable));
  }

  #readName(index: number, isReusable: boolean): string {
    if (index === 0) return readString(isReusable);
    if (index <= STATIC_ENTRIES) return STATIC_FIELDS[index * 2 - 2] ?? '';
    return this.#table.nameAt(this.#ageOf(index));
  }

  #ageOf(index: number): number {
    this.refersToTable = true;
    const age = index - STATIC_ENTRIES - 1;
    if (age < this.#table.count) return age;
    throw compressionError(`a field has the index ${index}, and the tables end at ${STATIC_ENTRIES + this.#table.count}`);
  }

  /** What does not fit is neither counted nor stored: a few bytes on the wire can stand for megabytes (RFC 7541 §7.3). */
  #add(name: string, value: string): void {
    if (this.isTooLarge) return;
    this.#listBytes += entryBytes(name, value);
    if (this.#listBytes <= this.#maxListBytes) this.fields.push(name, value);
    else this.isTooLarge = true;
  }
}

function isUpdate(first: number): boolean {
  return (first & 0xe0) === SIZE_UPDATE;
}

/** @param isReusable Whether it may be remembered. */
function readString(isReusable: boolean): string {
  const first = cursor.byte();
  const length = cursor.integer(first, 0x7f);
  const { bytes, at, end } = cursor;
  if (length > end - at) throw compressionError(`a string has ${length} bytes, and the header block ${end - at} more`);
  cursor.at = at + length;
  return isReusable ? strings.decode(bytes, at, at + length, first >= HUFFMAN) : decodeString(bytes, at, at + length, first >= HUFFMAN);
}

/** One for the thread: blocks are read whole, one after the other. */
const cursor = new BlockCursor();
const strings = new StringCache();
const NOTHING: string[] = [];
