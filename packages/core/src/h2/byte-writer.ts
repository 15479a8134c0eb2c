import { giveBackBuffer, takeBuffer } from '../contract/buffer-pool.ts';

/** Up to here a buffer is cut from Node's slab, which costs nothing to set aside, and is not pooled: a thousand connections that open at once would fill the pool. */
const SLAB_BYTES = 2_048;

/** Bytes in the making: what is to be sent is written one behind the other and taken in one piece. Its memory is pooled: fresh memory was half of what a large upload cost. */
export class ByteWriter {
  /** Its first {@link length} bytes are written. It is another one after each {@link reserve}. */
  buffer: Buffer<ArrayBuffer> = EMPTY;
  length = 0;

  /** Makes room for so many bytes more. */
  reserve(bytes: number): void {
    const needed = this.length + bytes;
    if (needed <= this.buffer.byteLength) return;
    const grown = needed <= SLAB_BYTES ? Buffer.allocUnsafe(SLAB_BYTES) : takeBuffer(Math.max(needed, this.buffer.byteLength * 2));
    this.buffer.copy(grown, 0, 0, this.length);
    recycle(this.buffer);
    this.buffer = grown;
  }

  byte(value: number): void {
    this.reserve(1);
    this.buffer[this.length] = value;
    this.length += 1;
  }

  uint16(value: number): void {
    this.reserve(2);
    this.length = this.buffer.writeUInt16BE(value, this.length);
  }

  uint32(value: number): void {
    this.reserve(4);
    this.length = this.buffer.writeUInt32BE(value, this.length);
  }

  /** Text of the characters U+0000–U+00FF, one byte each. */
  latin1(text: string): void {
    this.reserve(text.length);
    this.length += this.buffer.write(text, this.length, 'latin1');
  }

  bytes(bytes: Uint8Array): void {
    this.reserve(bytes.byteLength);
    this.buffer.set(bytes, this.length);
    this.length += bytes.byteLength;
  }

  /** What was written, which is the caller's from now on; so is {@link buffer}, which it may {@link recycle}. */
  take(): Buffer<ArrayBuffer> {
    const taken = this.buffer.subarray(0, this.length);
    this.buffer = EMPTY;
    this.length = 0;
    return taken;
  }
}

/** Returns the {@link ByteWriter.buffer} of what was taken. Nobody may use it any more. */
export function recycle(buffer: Buffer<ArrayBuffer>): void {
  if (buffer.byteLength > SLAB_BYTES) giveBackBuffer(buffer);
}

const EMPTY: Buffer<ArrayBuffer> = Buffer.alloc(0);
