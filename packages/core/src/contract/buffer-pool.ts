/**
 * Memory for bodies that the library itself turns into text: taken, filled, decoded and given back, so that a busy process does not make
 * a fresh buffer for each response (measured: a 64 KiB body costs about half as much CPU this way). Bytes handed to a user are never from here.
 */
const SMALLEST_BYTES = 1_024;
const LARGEST_BYTES = 1_048_576;
/** Free buffers kept of each size, in bytes: 11 sizes, so 44 MiB at the very most and in practice what the largest burst used. */
const KEPT_BYTES_PER_SIZE = 4 * LARGEST_BYTES;

const freeBySize: Buffer<ArrayBuffer>[][] = [];

/** A buffer of at least `bytes`; what it holds is undefined. */
export function takeBuffer(bytes: number): Buffer<ArrayBuffer> {
  if (bytes > LARGEST_BYTES) return Buffer.allocUnsafeSlow(bytes);
  const size = sizeIndex(bytes);
  return freeBySize[size]?.pop() ?? Buffer.allocUnsafeSlow(SMALLEST_BYTES << size);
}

/** Returns a buffer of {@link takeBuffer}. Nobody may hold a view of it any more. */
export function giveBackBuffer(buffer: Buffer<ArrayBuffer>): void {
  const bytes = buffer.byteLength;
  if (bytes > LARGEST_BYTES) return;
  const size = sizeIndex(bytes);
  const free = (freeBySize[size] ??= []);
  if (free.length * bytes < KEPT_BYTES_PER_SIZE) free.push(buffer);
}

/** 0 for up to 1 KiB, 1 for up to 2 KiB, 2 for up to 4 KiB … */
function sizeIndex(bytes: number): number {
  return bytes <= SMALLEST_BYTES ? 0 : 32 - Math.clz32((bytes - 1) >> 10);
}
