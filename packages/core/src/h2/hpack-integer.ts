import type { ByteWriter } from './byte-writer.ts';
import { compressionError } from './hpack-error.ts';

const MAX_INTEGER = 2 ** 31 - 1;
const MOST_CONTINUATION_BYTES = 5;

/** A header block that is being read, and how far. */
export class BlockCursor {
  bytes: Buffer = NO_BYTES;
  at = 0;
  end = 0;

  /** Reads from here on. {@link close} lets go of the bytes. */
  open(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  close(): void {
    this.bytes = NO_BYTES;
  }

  /** The next byte, which there must be and which is still to be read. */
  peek(): number {
    return this.bytes[this.at] ?? 0;
  }

  byte(): number {
    if (this.at >= this.end) throw compressionError('the header block ends within a field');
    return this.bytes[this.at++] ?? 0;
  }

  /**
   * An integer (RFC 7541 §5.1), whose first byte was read.
   * @param mask The bits of its prefix.
   * @throws ConnectionError COMPRESSION_ERROR beyond 2³¹-1 or five bytes more: nobody counts that far, and zeros could go on for ever.
   */
  integer(first: number, mask: number): number {
    const prefix = first & mask;
    return prefix === mask ? this.#continued(mask) : prefix;
  }

  #continued(prefix: number): number {
    let value = prefix;
    let weight = 1;
    for (let count = 0; count < MOST_CONTINUATION_BYTES; count++) {
      const byte = this.byte();
      value += (byte & 0x7f) * weight;
      weight *= 0x80;
      if (byte >= 0x80) continue;
      if (value > MAX_INTEGER) throw compressionError(`an integer of the header block is ${value}, more than 2^31-1`);
      return value;
    }
    throw compressionError(`an integer of the header block goes on after ${MOST_CONTINUATION_BYTES} bytes`);
  }
}

const NO_BYTES: Buffer = Buffer.alloc(0);

/** Writes an integer (RFC 7541 §5.1). @param pattern The bits of its first byte that are not the prefix. */
export function writeInteger(value: number, pattern: number, mask: number, writer: ByteWriter): void {
  if (value < mask) {
    writer.byte(pattern | value);
    return;
  }
  writer.byte(pattern | mask);
  let rest = value - mask;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) writer.byte((rest & 0x7f) | 0x80);
  writer.byte(rest);
}
