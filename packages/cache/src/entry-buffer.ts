/** Who says whether there is room for more. */
export interface Room {
  /** @returns whether so many bytes more may be held. */
  reserve(bytes: number): boolean;
  release(bytes: number): void;
}

/** A declared length is believed up to here, and the memory made in one piece. For more the server must send the bytes first. */
const BELIEVED_BYTES = 65_536;
const LEAST_BYTES = 1_024;

/** The chunks of a body, put together in memory as they come. A body that comes in one chunk is kept as it is. */
export class EntryBuffer {
  readonly #expectedBytes: number | undefined;
  readonly #room: Room;
  #buffer: Uint8Array = NO_BYTES;
  #length = 0;

  constructor(expectedBytes: number | undefined, room: Room) {
    this.#expectedBytes = expectedBytes;
    this.#room = room;
  }

  /** @returns false where there is no room for it: what there was is given up. */
  append(chunk: Uint8Array): boolean {
    const needed = this.#length + chunk.byteLength;
    if (this.#length === 0 && chunk.byteLength === this.#expectedBytes && isAlone(chunk)) return this.#replace(chunk, needed);
    if (needed > this.#buffer.byteLength) {
      const grown = new Uint8Array(this.#capacityFor(needed));
      grown.set(this.#buffer.subarray(0, this.#length));
      if (!this.#replace(grown, this.#length)) return false;
    }
    this.#buffer.set(chunk, this.#length);
    this.#length = needed;
    return true;
  }

  /** @returns all bytes so far; the buffer is empty after that. */
  finish(): Uint8Array {
    const buffer = this.#buffer;
    const length = this.#length;
    this.#room.release(buffer.byteLength);
    this.#buffer = NO_BYTES;
    this.#length = 0;
    return buffer.byteLength === length ? buffer : buffer.slice(0, length);
  }

  #replace(buffer: Uint8Array, length: number): boolean {
    if (!this.#room.reserve(buffer.byteLength - this.#buffer.byteLength)) {
      this.finish();
      return false;
    }
    this.#buffer = buffer;
    this.#length = length;
    return true;
  }

  #capacityFor(needed: number): number {
    const expected = this.#expectedBytes ?? 0;
    if (needed <= expected && expected <= BELIEVED_BYTES) return expected;
    const doubled = Math.max(LEAST_BYTES, needed, this.#buffer.byteLength * 2);
    return expected >= needed ? Math.min(doubled, expected) : doubled;
  }
}

const NO_BYTES = new Uint8Array(0);

/** Whether no more memory hangs on a chunk than its own bytes. */
function isAlone(chunk: Uint8Array): boolean {
  return chunk.byteLength === chunk.buffer.byteLength;
}
