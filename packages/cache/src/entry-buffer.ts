import { capacityFor, type Block, type BodyMemory } from './body-memory.ts';

/** Who says whether there is room for more. */
export interface Room {
  /** @returns whether so many bytes more may be held. */
  reserve(bytes: number): boolean;
  release(bytes: number): void;
}

/** A declared length is believed up to here, and the memory made in one piece. For more the server must send the bytes first. */
const BELIEVED_BYTES = 65_536;
const LEAST_BYTES = 1_024;

/** The chunks of a body, put together as they come, in memory that was another's before: of 64 KiB in four chunks that takes a quarter of what memory of its own does, which V8 has to clear and to collect. */
export class EntryBuffer {
  readonly #expectedBytes: number | undefined;
  readonly #room: Room;
  readonly #memory: BodyMemory;
  #block: Block | undefined;
  #reserved = 0;
  #length = 0;

  constructor(expectedBytes: number | undefined, room: Room, memory: BodyMemory) {
    this.#expectedBytes = expectedBytes;
    this.#room = room;
    this.#memory = memory;
  }

  /** @returns false where there is no room for it: what there was is given up. */
  append(chunk: Uint8Array): boolean {
    const needed = this.#length + chunk.byteLength;
    const block = this.#block === undefined || needed > this.#block.capacity ? this.#grow(needed) : this.#block;
    if (block === undefined) return false;
    block.memory.set(chunk, block.offset + this.#length);
    this.#length = needed;
    return true;
  }

  /** @returns all bytes so far, which are the caller's to keep; nothing is here after that. */
  finish(): Block {
    const block = this.#block ?? this.#memory.take(0);
    block.byteLength = this.#length;
    this.#leave();
    if (capacityFor(block.byteLength) === block.capacity) return block;
    // More than it has come to.
    const kept = this.#memory.keep(block.memory.subarray(block.offset, block.offset + block.byteLength));
    this.#memory.free(block);
    return kept;
  }

  /** What there was is given up. Idempotent. */
  abort(): void {
    const block = this.#block;
    this.#leave();
    if (block !== undefined) this.#memory.free(block);
  }

  /** @returns undefined where there is no room for it. */
  #grow(needed: number): Block | undefined {
    const before = this.#block;
    const bytes = this.#bytesFor(needed);
    if (!this.#room.reserve(bytes - this.#reserved)) {
      this.abort();
      return undefined;
    }
    this.#reserved = bytes;
    const grown = this.#memory.take(bytes);
    this.#block = grown;
    if (before === undefined) return grown;
    before.memory.copy(grown.memory, grown.offset, before.offset, before.offset + this.#length);
    this.#memory.free(before);
    return grown;
  }

  #bytesFor(needed: number): number {
    const expected = this.#expectedBytes ?? 0;
    if (needed <= expected && expected <= BELIEVED_BYTES) return expected;
    const doubled = Math.max(LEAST_BYTES, needed, this.#length * 2);
    return expected >= needed ? Math.min(doubled, expected) : doubled;
  }

  #leave(): void {
    this.#room.release(this.#reserved);
    this.#reserved = 0;
    this.#block = undefined;
    this.#length = 0;
  }
}
