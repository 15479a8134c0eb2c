import { HUFFMAN_LENGTHS } from './hpack-tables.ts';

const END_OF_STRING = 256;

/** The text that a Huffman code stands for (RFC 7541 §5.2), as latin1. Bit by bit: it is to be right, not fast. @throws Error for a code that is not one. */
export function decodeHuffman(bytes: Uint8Array): string {
  const symbols = symbolsByCode();
  const decoded: number[] = [];
  let code = 1;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      code = code * 2 + ((byte >> bit) & 1);
      const symbol = symbols.get(code);
      if (symbol === undefined) continue;
      if (symbol === END_OF_STRING) throw new Error('a Huffman code has the end of the string in it');
      decoded.push(symbol);
      code = 1;
    }
  }
  // What is left is padding: the beginning of the end, shorter than a byte, and all ones.
  if (code >= 256 || ((code + 1) & code) !== 0) throw new Error('a Huffman code is not padded with less than 8 ones');
  return Buffer.from(decoded).toString('latin1');
}

/** A code has a one before it here, so that its leading zeros count. */
function symbolsByCode(): ReadonlyMap<number, number> {
  if (table !== undefined) return table;
  const inOrder = [...HUFFMAN_LENGTHS.entries()].toSorted(
    ([one, oneLength], [other, otherLength]) => oneLength - otherLength || one - other,
  );
  table = new Map();
  let code = 0;
  let length = 0;
  for (const [symbol, symbolLength] of inOrder) {
    code *= 2 ** (symbolLength - length);
    length = symbolLength;
    table.set(2 ** length + code, symbol);
    code += 1;
  }
  return table;
}

/** Made when it is first needed. */
let table: Map<number, number> | undefined;
