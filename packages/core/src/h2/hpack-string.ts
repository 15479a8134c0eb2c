import type { ByteWriter } from './byte-writer.ts';
import { decodeHuffman, huffmanLength, mostHuffmanDecoded, writeHuffman } from './hpack-huffman.ts';
import { writeInteger } from './hpack-integer.ts';

const HUFFMAN = 0x80;
/** For what is decoded; a longer string has a buffer of its own. */
const SCRATCH_BYTES = 4_096;

/** The characters that the bytes of a string (RFC 7541 §5.2) stand for. @throws ConnectionError as {@link decodeHuffman}. */
export function decodeString(bytes: Buffer, start: number, end: number, isHuffman: boolean): string {
  if (!isHuffman) return bytes.toString('latin1', start, end);
  const most = mostHuffmanDecoded(end - start);
  const decoded = most <= SCRATCH_BYTES ? (scratch ??= Buffer.allocUnsafeSlow(SCRATCH_BYTES)) : Buffer.allocUnsafe(most);
  return decoded.toString('latin1', 0, decodeHuffman(bytes, start, end, decoded));
}

let scratch: Buffer | undefined;

/** Writes a string (RFC 7541 §5.2), Huffman-coded where that is shorter. */
export function writeString(text: string, writer: ByteWriter): void {
  const coded = huffmanLength(text);
  if (coded < text.length) {
    writeInteger(coded, HUFFMAN, 0x7f, writer);
    writeHuffman(text, coded, writer);
    return;
  }
  writeInteger(text.length, 0, 0x7f, writer);
  writer.latin1(text);
}
