/** A header block that was decoded. */
export interface DecodedBlock<Section> {
  readonly section: Section;
  /** Whether it refers to entries of the dynamic table, so that the same bytes mean something else once that has changed. */
  readonly isBound: boolean;
  /** The entries that it adds to the table, name and value each. */
  readonly inserts: readonly string[];
}

const MOST_BLOCKS = 32;
const LONGEST_BYTES = 512;
/** After {@link MOST_BLOCKS} that came only once so many are not looked up. */
const REST_BLOCKS = 256;

/** The last header blocks of a connection, by their bytes. */
export class BlockCache<Section> {
  readonly #blocks = new Map<string, DecodedBlock<Section>>();
  #bound = 0;
  /** Of the table, at the last look. */
  #revision = 0;
  #hits = 0;
  #kept = 0;
  #restsFor = 0;

  /** What a block is called here; undefined where it is not worth a look. */
  keyOf(bytes: Buffer, start: number, end: number): string | undefined {
    if (end - start > LONGEST_BYTES) return undefined;
    if (this.#restsFor === 0) return bytes.toString('latin1', start, end);
    this.#restsFor -= 1;
    return undefined;
  }

  /** @param revision What the table has now. */
  find(key: string, revision: number): DecodedBlock<Section> | undefined {
    if (revision !== this.#revision) this.#dropBound(revision);
    const block = this.#blocks.get(key);
    if (block !== undefined) this.#hits += 1;
    return block;
  }

  /** Keeps a block that was just not found. A bound one that has changed the table itself is dropped with the next look, and counts among those that did not come again. */
  keep(key: string, block: DecodedBlock<Section>): void {
    if (this.#kept === MOST_BLOCKS) this.#beginAnew();
    this.#kept += 1;
    if (block.isBound) this.#bound += 1;
    this.#blocks.set(key, block);
  }

  #dropBound(revision: number): void {
    this.#revision = revision;
    if (this.#bound === 0) return;
    for (const [key, { isBound }] of this.#blocks) if (isBound) this.#blocks.delete(key);
    this.#bound = 0;
  }

  #beginAnew(): void {
    if (this.#hits < this.#kept) this.#restsFor = REST_BLOCKS;
    this.#blocks.clear();
    this.#bound = 0;
    this.#hits = 0;
    this.#kept = 0;
  }
}
