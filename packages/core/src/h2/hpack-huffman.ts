import type { ByteWriter } from './byte-writer.ts';
import { HUFFMAN_CODE_BITS } from './hpack-huffman-code.ts';
import { compressionError } from './hpack-error.ts';
import type { ConnectionError } from './http2-error.ts';

/** The shortest code has five bits. */
export function mostHuffmanDecoded(encodedBytes: number): number {
  return Math.ceil((encodedBytes * 8) / 5);
}

/**
 * Decodes a string (RFC 7541 §5.2) into `target`, which has room for {@link mostHuffmanDecoded}.
 * @returns how many bytes it wrote.
 * @throws ConnectionError COMPRESSION_ERROR where the string holds EOS or ends in anything but up to seven ones.
 */
export function decodeHuffman(bytes: Uint8Array, start: number, end: number, target: Uint8Array): number {
  const steps = (decoding ??= buildDecoding()).steps;
  let step = 0;
  let written = 0;
  // Half a byte at a time, which ends one code at the most: 16 KiB of table. By whole bytes it is a third faster, and the table is of 256 KiB.
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    step = steps[(step & STATE_MASK) | (byte >>> 4)] ?? 0;
    if (step >= EMITS) target[written++] = step >>> SYMBOL_SHIFT;
    step = steps[(step & STATE_MASK) | (byte & 0x0f)] ?? 0;
    if (step >= EMITS) target[written++] = step >>> SYMBOL_SHIFT;
  }
  const state = (step & STATE_MASK) >>> 4;
  if (decoding.mayEnd[state] !== 1) throw endFault(state);
  return written;
}

function endFault(state: number): ConnectionError {
  return compressionError(
    state === AFTER_EOS ? 'a Huffman-coded string holds EOS' : 'a Huffman-coded string does not end in up to seven ones',
  );
}

/** How many bytes {@link writeHuffman} would write. */
export function huffmanLength(text: string): number {
  let bits = 7;
  for (let at = 0; at < text.length; at++) bits += HUFFMAN_CODE_BITS[text.charCodeAt(at) & 0xff] ?? 0;
  return bits >>> 3;
}

/** Writes a string's bytes, Huffman-coded. @param length What {@link huffmanLength} says. */
export function writeHuffman(text: string, length: number, writer: ByteWriter): void {
  codes ??= buildCodes();
  writer.reserve(length);
  const { buffer } = writer;
  let written = writer.length;
  let held = 0;
  let heldBits = 0;
  for (let at = 0; at < text.length; at++) {
    const byte = text.charCodeAt(at) & 0xff;
    let code = codes[byte] ?? 0;
    let bits = HUFFMAN_CODE_BITS[byte] ?? 0;
    if (bits > MOST_BITS_AT_ONCE) {
      bits -= 8;
      held = (held << bits) | (code >>> 8);
      for (heldBits += bits; heldBits >= 8; heldBits -= 8) buffer[written++] = held >>> (heldBits - 8);
      code &= 0xff;
      bits = 8;
    }
    held = (held << bits) | code;
    for (heldBits += bits; heldBits >= 8; heldBits -= 8) buffer[written++] = held >>> (heldBits - 8);
  }
  if (heldBits > 0) buffer[written++] = (held << (8 - heldBits)) | (0xff >>> heldBits);
  writer.length = written;
}

/** Up to seven bits wait for their byte to be full, and there is room for 32. */
const MOST_BITS_AT_ONCE = 25;

/** What a step of decoding comes to: the state it leads to, sixteen times (so that half a byte can be added), and the byte it found. */
const STATE_MASK = 0x1fff;
const SYMBOL_SHIFT = 16;
const EMITS = 0x0100_0000;

const EOS = 256;
/** No way leads on from here. The states before it are the 256 places where a code can branch. */
const AFTER_EOS = 256;
const MOST_PADDING_BITS = 7;

interface Decoding {
  /** By sixteen times a state, plus half a byte. */
  readonly steps: Uint32Array;
  /** 1 for the states that a string may end in. */
  readonly mayEnd: Uint8Array;
}

let decoding: Decoding | undefined;
let codes: Uint32Array | undefined;

/** Of codes of one length each is the one before plus 1; where the length grows, zeros follow. */
function buildCodes(): Uint32Array {
  const built = new Uint32Array(EOS + 1);
  let next = 0;
  for (let bits = 1; bits <= 30; bits++) {
    next *= 2;
    for (let symbol = 0; symbol <= EOS; symbol++) if (HUFFMAN_CODE_BITS[symbol] === bits) built[symbol] = next++;
  }
  return built;
}

function buildDecoding(): Decoding {
  const branches = buildTree((codes ??= buildCodes()));
  const steps = new Uint32Array((AFTER_EOS + 1) * 16);
  for (let state = 0; state <= AFTER_EOS; state++) {
    for (let half = 0; half < 16; half++) steps[state * 16 + half] = stepFrom(branches, state, half);
  }
  const mayEnd = new Uint8Array(AFTER_EOS + 1);
  let state = 0;
  for (let ones = 0; ones <= MOST_PADDING_BITS; ones++) {
    mayEnd[state] = 1;
    state = branches[state * 2 + 1] ?? 0;
  }
  return { steps, mayEnd };
}

/** For each state and bit the state that follows or, where a code ends, its byte as the complement. */
function buildTree(symbolCodes: Uint32Array): Int16Array {
  const branches = new Int16Array((AFTER_EOS + 1) * 2);
  let states = 1;
  for (let symbol = 0; symbol <= EOS; symbol++) {
    let state = 0;
    for (let bit = (HUFFMAN_CODE_BITS[symbol] ?? 0) - 1; bit >= 0; bit--) {
      const branch = state * 2 + (((symbolCodes[symbol] ?? 0) >>> bit) & 1);
      if (bit === 0) branches[branch] = symbol === EOS ? AFTER_EOS : ~symbol;
      else state = branches[branch] ||= states++;
    }
  }
  branches.fill(AFTER_EOS, AFTER_EOS * 2);
  return branches;
}

function stepFrom(branches: Int16Array, from: number, half: number): number {
  let state = from;
  let found = 0;
  for (let bit = 3; bit >= 0; bit--) {
    state = branches[state * 2 + ((half >>> bit) & 1)] ?? 0;
    if (state >= 0) continue;
    found = EMITS | (~state << SYMBOL_SHIFT);
    state = 0;
  }
  return found | (state * 16);
}
