import { decodeString } from './hpack-string.ts';

/** Names and most values that come again are shorter than this as they stand on the wire. */
const LONGEST_BYTES = 64;
const SETS = 512;
const WAYS = 2;
const HUFFMAN_FLAG = 0x80;

/**
 * Strings of header blocks that were decoded before, by their bytes on the wire: finding one costs a third of making it anew, and what many connections
 * hold is there once.
 *
 * What peers send cannot make it grow, since it has two places for each of {@link SETS} hashes; nor get anybody a string that is not his, since bytes are compared
 * whole; nor slow it down, since what is not found in two places is decoded. A string is only kept when it comes a second time, so that what never comes again
 * drives out nothing.
 */
export class StringCache {
  #texts: string[] | undefined;
  /** How many bytes each has on the wire, with {@link HUFFMAN_FLAG} for those that are coded; 0 for a place that is free. */
  #kinds = NO_BYTES;
  #bytes = NO_BYTES;
  /** The hash that was last not found, by its set. */
  #missed = new Int32Array(0);
  #wayToReplace = 0;

  /** The string that the bytes stand for. @throws ConnectionError as {@link decodeString}. */
  decode(bytes: Buffer, start: number, end: number, isHuffman: boolean): string {
    const length = end - start;
    if (length > LONGEST_BYTES || length === 0) return decodeString(bytes, start, end, isHuffman);
    const texts = (this.#texts ??= this.#begin());
    const kind = isHuffman ? length | HUFFMAN_FLAG : length;
    const hash = sampleHash(bytes, start, length, kind);
    const set = hash & (SETS - 1);
    for (let place = set * WAYS; place < (set + 1) * WAYS; place++) {
      if (this.#kinds[place] === kind && this.#holds(place, bytes, start, length)) return texts[place] ?? '';
    }
    const text = decodeString(bytes, start, end, isHuffman);
    if (this.#missed[set] === hash) this.#keep(set, kind, bytes.subarray(start, end), text);
    else this.#missed[set] = hash;
    return text;
  }

  #begin(): string[] {
    this.#kinds = new Uint8Array(SETS * WAYS);
    this.#bytes = new Uint8Array(SETS * WAYS * LONGEST_BYTES);
    this.#missed = new Int32Array(SETS);
    return Array.from({ length: SETS * WAYS }, () => '');
  }

  #holds(place: number, bytes: Buffer, start: number, length: number): boolean {
    const kept = this.#bytes;
    const from = place * LONGEST_BYTES;
    for (let at = 0; at < length; at++) if (kept[from + at] !== bytes[start + at]) return false;
    return true;
  }

  #keep(set: number, kind: number, bytes: Uint8Array, text: string): void {
    this.#wayToReplace = (this.#wayToReplace + 1) % WAYS;
    const place = set * WAYS + this.#wayToReplace;
    this.#kinds[place] = kind;
    this.#bytes.set(bytes, place * LONGEST_BYTES);
    if (this.#texts !== undefined) this.#texts[place] = text;
  }
}

/** Of five bytes and the length: a hash of all takes as long as decoding, and where two strings share a set both have a place in it. */
function sampleHash(bytes: Buffer, start: number, length: number, kind: number): number {
  let hash = Math.imul(kind, 0x9e37_79b1);
  hash = Math.imul(hash ^ (bytes[start] ?? 0), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (bytes[start + (length >>> 2)] ?? 0), 0xc2b2_ae35);
  hash = Math.imul(hash ^ (bytes[start + (length >>> 1)] ?? 0), 0x27d4_eb2f);
  hash = Math.imul(hash ^ (bytes[start + ((length * 3) >>> 2)] ?? 0), 0x1656_67b1);
  hash = Math.imul(hash ^ (bytes[start + length - 1] ?? 0), 0x9e37_79b1);
  return hash ^ (hash >>> 15);
}

const NO_BYTES = new Uint8Array(0);
