import { crc32 } from 'node:zlib';

import type { ByteRange } from '../store.ts';

/** Stores outside the process keep bodies in pieces of this size, the last one shorter: a part of a body is found by division, and no call handles more than a few of them. */
export const CHUNK_BYTES = 65_536;

/** A checksum of a piece that holds for this place of this body only: a piece in the wrong place is as corrupt as one with a flipped bit. */
export function sumOf(id: string, number: number, bytes: Uint8Array): number {
  return crc32(bytes, crc32(`${number} ${id}`));
}

/** The pieces of a body that hold a part of it. */
export interface ChunkSpan {
  /** Offsets in the body. */
  readonly start: number;
  readonly end: number;
  /** Numbers of pieces, both included; `last` is below `first` where there are none. */
  readonly first: number;
  readonly last: number;
}

/** Where a part of a body lies; without a range, the whole. */
export function spanOf(bodyBytes: number, range: ByteRange | undefined): ChunkSpan {
  const end = Math.min(range?.end ?? bodyBytes, bodyBytes);
  const start = Math.min(range?.start ?? 0, end);
  const first = Math.floor(start / CHUNK_BYTES);
  return { start, end, first, last: start === end ? first - 1 : Math.floor((end - 1) / CHUNK_BYTES) };
}

/** How long a piece of a body must be. */
export function chunkLength(bodyBytes: number, number: number): number {
  return Math.min(CHUNK_BYTES, bodyBytes - number * CHUNK_BYTES);
}

/** What of a piece belongs to the span. */
export function within({ start, end }: ChunkSpan, number: number, bytes: Uint8Array): Uint8Array {
  const offset = number * CHUNK_BYTES;
  const from = Math.max(0, start - offset);
  const to = Math.min(bytes.byteLength, end - offset);
  return from === 0 && to === bytes.byteLength ? bytes : bytes.subarray(from, to);
}

const LEAST_BYTES = 1_024;
const NO_BYTES = new Uint8Array(0);

/** Makes pieces of {@link CHUNK_BYTES} out of chunks of any size. Holds one piece at most. */
export class Chunker {
  /** What the server has declared: a body that comes in one chunk is kept as it is, without a copy. */
  readonly #expectedBytes: number | undefined;
  #buffer: Uint8Array = NO_BYTES;
  #length = 0;

  constructor(expectedBytes: number | undefined) {
    this.#expectedBytes = expectedBytes;
  }

  /** @returns the pieces that are full now. They may share memory with `chunk`. */
  push(chunk: Uint8Array): readonly Uint8Array[] {
    if (this.#length === 0 && chunk.byteLength < CHUNK_BYTES && chunk.byteLength === this.#expectedBytes) {
      this.#buffer = chunk;
      this.#length = chunk.byteLength;
      return [];
    }
    const full: Uint8Array[] = [];
    let offset = 0;
    while (offset < chunk.byteLength) {
      const rest = chunk.byteLength - offset;
      const taken = Math.min(rest, CHUNK_BYTES - this.#length);
      const part = chunk.subarray(offset, offset + taken);
      offset += taken;
      if (taken === CHUNK_BYTES) full.push(part);
      else this.#append(part);
      if (this.#length === CHUNK_BYTES) full.push(this.rest());
    }
    return full;
  }

  /** What is left of the body: its last piece, empty where there is none. The chunker begins anew. */
  rest(): Uint8Array {
    const rest = this.#buffer.subarray(0, this.#length);
    this.#buffer = NO_BYTES;
    this.#length = 0;
    return rest;
  }

  #append(part: Uint8Array): void {
    const length = this.#length + part.byteLength;
    if (length > this.#buffer.byteLength) {
      const grown = new Uint8Array(Math.min(CHUNK_BYTES, Math.max(LEAST_BYTES, length, this.#buffer.byteLength * 2)));
      grown.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = grown;
    }
    this.#buffer.set(part, this.#length);
    this.#length = length;
  }
}

/** Chunks as one. */
export function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [only] = chunks;
  if (only === undefined) return NO_BYTES;
  return chunks.length === 1 ? only : Buffer.concat(chunks);
}
