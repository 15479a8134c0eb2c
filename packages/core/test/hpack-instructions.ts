import { ByteWriter } from '../src/h2/byte-writer.ts';
import { huffmanLength, writeHuffman } from '../src/h2/hpack-huffman.ts';
import { writeInteger } from '../src/h2/hpack-integer.ts';

/** A string on the wire, and whether it is Huffman-coded: our encoder only does so where it is shorter. */
export interface CodedText {
  readonly text: string;
  readonly isHuffman: boolean;
}

/** What stands in a header block (RFC 7541 §6), right or wrong. `name` is an index of the tables, or a string. */
export type HpackInstruction =
  | { readonly kind: 'indexed'; readonly index: number }
  | { readonly kind: 'indexing' | 'plain' | 'never'; readonly name: number | CodedText; readonly value: CodedText }
  | { readonly kind: 'update'; readonly bytes: number };

/** The block of these instructions. */
export function blockOf(instructions: readonly HpackInstruction[]): Buffer {
  const writer = new ByteWriter();
  for (const instruction of instructions) writeInstruction(instruction, writer);
  return writer.take();
}

function writeInstruction(instruction: HpackInstruction, writer: ByteWriter): void {
  if (instruction.kind === 'indexed') {
    writeInteger(instruction.index, 0x80, 0x7f, writer);
    return;
  }
  if (instruction.kind === 'update') {
    writeInteger(instruction.bytes, 0x20, 0x1f, writer);
    return;
  }
  const { kind, name, value } = instruction;
  const index = typeof name === 'number' ? name : 0;
  if (kind === 'indexing') writeInteger(index, 0x40, 0x3f, writer);
  else writeInteger(index, kind === 'plain' ? 0x00 : 0x10, 0x0f, writer);
  if (typeof name !== 'number') writeText(name, writer);
  writeText(value, writer);
}

function writeText({ text, isHuffman }: CodedText, writer: ByteWriter): void {
  if (isHuffman) {
    const length = huffmanLength(text);
    writeInteger(length, 0x80, 0x7f, writer);
    writeHuffman(text, length, writer);
  } else {
    writeInteger(text.length, 0, 0x7f, writer);
    writer.latin1(text);
  }
}

export function raw(text: string): CodedText {
  return { text, isHuffman: false };
}

export function huffman(text: string): CodedText {
  return { text, isHuffman: true };
}
