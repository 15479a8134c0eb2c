import { BlockCache } from './hpack-block-cache.ts';
import { BlockReading } from './hpack-block-reading.ts';
import { DEFAULT_TABLE_BYTES, HpackDynamicTable } from './hpack-dynamic-table.ts';

export interface HpackDecoderOptions<Section> {
  /** What the peer's table may take from the beginning, in bytes: HTTP/2's 4,096, until it acknowledges something else. */
  readonly maxTableBytes?: number;
  /** How large a list of fields may be, as RFC 9113 §6.5.2 counts: names, values, and 32 bytes a field. */
  readonly maxListBytes: number;
  /**
   * Makes of the fields of a block what its reader wants: `[name, value, name, value …]`, a character a byte, in an array that is its own.
   * The same block may be answered with the same section again, so nobody may change that. What it throws is thrown when the whole block is decoded.
   * @param isTooLarge There were more fields than these, beyond `maxListBytes`.
   */
  readonly interpret: (fields: readonly string[], isTooLarge: boolean) => Section;
}

/** The header blocks of a connection (RFC 7541 §3), to be decoded in the order in which they came. */
export class HpackDecoder<Section> {
  readonly #interpret: (fields: readonly string[], isTooLarge: boolean) => Section;
  readonly #maxListBytes: number;
  readonly #table: HpackDynamicTable;
  #blocks: BlockCache<Section> | undefined;

  constructor({ maxTableBytes = DEFAULT_TABLE_BYTES, maxListBytes, interpret }: HpackDecoderOptions<Section>) {
    this.#interpret = interpret;
    this.#maxListBytes = maxListBytes;
    this.#table = new HpackDynamicTable(maxTableBytes);
  }

  /** What the table takes now. */
  get tableBytes(): number {
    return this.#table.bytes;
  }

  /** The peer has acknowledged this SETTINGS_HEADER_TABLE_SIZE; where that is less than it uses, its next block must say how it goes on (RFC 7541 §4.2). */
  setMaxTableBytes(bytes: number): void {
    this.#table.setLimit(bytes);
  }

  /**
   * Decodes a whole block. One that came before costs a look-up, and has the section that it had.
   * @throws ConnectionError COMPRESSION_ERROR, after which nothing can be decoded any more.
   */
  decode(buffer: Buffer, start: number, end: number): Section {
    const table = this.#table;
    const blocks = (this.#blocks ??= new BlockCache());
    // What is kept begins with no size update, and where one is owed that is an error.
    const key = table.isUpdateOwed ? undefined : blocks.keyOf(buffer, start, end);
    if (key === undefined) return this.#read(buffer, start, end, undefined);
    const known = blocks.find(key, table.revision);
    if (known === undefined) return this.#read(buffer, start, end, key);
    const { inserts } = known;
    for (let at = 0; at < inserts.length; at += 2) table.insert(inserts[at] ?? '', inserts[at + 1] ?? '');
    return known.section;
  }

  /** @param key What the block is called in the cache, where it may go there. */
  #read(buffer: Buffer, start: number, end: number, key: string | undefined): Section {
    const block = new BlockReading(this.#table, this.#maxListBytes);
    block.read(buffer, start, end);
    const section = this.#interpret(block.fields, block.isTooLarge);
    if (key !== undefined && block.isRepeatable) {
      this.#blocks?.keep(key, { section, isBound: block.refersToTable, inserts: block.inserts });
    }
    return section;
  }
}
