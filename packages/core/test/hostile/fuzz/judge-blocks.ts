import { HeaderDecoder } from '@roundtripper/testing';

import { ByteWriter } from '../../../src/h2/byte-writer.ts';
import { HpackDecoder } from '../../../src/h2/hpack-decoder.ts';
import { HpackEncoder } from '../../../src/h2/hpack-encoder.ts';
import { ConnectionError } from '../../../src/h2/http2-error.ts';
import { splitSteps } from './block-steps.ts';
import type { Judgement, Sample } from './judge.ts';

/** Little, so that it is met. */
const MAX_LIST_BYTES = 1_000;
/** One reading may take so long, for some thousands of bytes. */
const SLOW_MS = 1_000;

interface List {
  readonly fields: readonly string[];
  readonly isTooLarge: boolean;
}

/** What came of the blocks that there were up to the first that is none. Each comes twice. */
interface BlockReadings {
  readonly lists: readonly (readonly [first: List, second: List])[];
  readonly error: ConnectionError | undefined;
}

/** By our decoder. @throws what it throws, but for a compression error. */
export function readBlocks(bytes: string): BlockReadings {
  const decoder = new HpackDecoder<List>({ maxListBytes: MAX_LIST_BYTES, interpret: (fields, isTooLarge) => ({ fields, isTooLarge }) });
  const lists: [List, List][] = [];
  for (const step of splitSteps(bytes)) {
    if (step.kind === 'limit') {
      decoder.setMaxTableBytes(step.bytes);
      continue;
    }
    // The block lies in the middle of a buffer, as it comes.
    const buffer = Buffer.from(`\xff${step.block}\x82`, 'latin1');
    try {
      lists.push([decoder.decode(buffer, 1, buffer.length - 1), decoder.decode(buffer, 1, buffer.length - 1)]);
    } catch (error) {
      if (!(error instanceof ConnectionError) || error.code !== 'COMPRESSION_ERROR') throw error;
      return { lists, error };
    }
  }
  return { lists, error: undefined };
}

/**
 * What must hold of any blocks: the decoder throws nothing but a compression error, in no time, and finds the fields that a plain decoder finds, each time that a
 * block comes; and what it has found our encoder can send.
 */
export function judgeBlocks({ bytes }: Sample): Judgement {
  const startedMs = performance.now();
  let ours: BlockReadings;
  try {
    ours = readBlocks(bytes);
  } catch (error) {
    return faulty(`the decoder throws ${String(error)}`);
  }
  const tookMs = performance.now() - startedMs;
  if (tookMs > SLOW_MS) return faulty(`it takes ${Math.round(tookMs)} ms to read`);
  const { lists, error } = ours;
  if (error !== undefined && !/^[ -~]+$/.test(error.message)) return faulty(`the error says ${JSON.stringify(error.message)}`);
  const plain = readPlainly(bytes, lists.length);
  if (JSON.stringify(plain.lists) !== JSON.stringify(lists)) {
    return faulty(`it is read as ${shown(lists)}, and plainly as ${shown(plain.lists)}`);
  }
  if (plain.isRefused !== (error !== undefined) && !isOurLimit(error)) {
    return faulty(`it ends with ${error === undefined ? 'no error' : String(error)}, and plainly with ${plain.isRefused ? 'one' : 'none'}`);
  }
  const fault = sentOtherwise(lists);
  return fault === undefined ? { fault, signature: signatureOf(ours) } : faulty(fault);
}

function faulty(fault: string): Judgement {
  return { fault, signature: '' };
}

function shown(value: unknown): string {
  return JSON.stringify(value).slice(0, 2_000);
}

/** The plain decoder counts further. */
function isOurLimit(error: ConnectionError | undefined): boolean {
  return error !== undefined && /more than 2\^31-1|goes on after 5 bytes/.test(error.message);
}

/** By a decoder that keeps nothing but its table, with the rules about that table's size apart. @param most How many blocks ours has taken. */
function readPlainly(bytes: string, most: number): { lists: (readonly [List, List])[]; isRefused: boolean } {
  const decoder = new HeaderDecoder();
  const rules = new SizeRules();
  const lists: (readonly [List, List])[] = [];
  for (const step of splitSteps(bytes)) {
    if (step.kind === 'limit') {
      rules.setLimit(step.bytes);
      continue;
    }
    const block = Buffer.from(step.block, 'latin1');
    try {
      const list = (): List => {
        rules.check(block);
        return cut(decoder.decode(block).fields.flat());
      };
      const both = [list(), list()] as const;
      // What ours has refused by a limit of its own this one may take.
      if (lists.length === most) return { lists, isRefused: false };
      lists.push(both);
    } catch {
      return { lists, isRefused: true };
    }
  }
  return { lists, isRefused: false };
}

function cut(fields: readonly string[]): List {
  let bytes = 0;
  for (let at = 0; at < fields.length; at += 2) {
    bytes += (fields[at] ?? '').length + (fields[at + 1] ?? '').length + 32;
    if (bytes > MAX_LIST_BYTES) return { fields: fields.slice(0, at), isTooLarge: true };
  }
  return { fields, isTooLarge: false };
}

/** RFC 7541 §4.2 and §6.3. */
class SizeRules {
  #limit = 4_096;
  #used = 4_096;
  #owed = Infinity;

  setLimit(bytes: number): void {
    this.#limit = bytes;
    if (bytes < Math.min(this.#used, this.#owed)) this.#owed = bytes;
  }

  /** @throws Error where the block says too much of the size, or too little. */
  check(block: Buffer): void {
    if (block.length === 0) return;
    const sizes = sizesOf(block);
    if (sizes.length > 2) throw new Error('too many sizes');
    if (sizes.some((size) => size > this.#limit)) throw new Error('a size above the limit');
    if (this.#owed < Infinity && (sizes[0] ?? Infinity) > this.#owed) throw new Error('a size is owed');
    this.#owed = Infinity;
    this.#used = sizes.at(-1) ?? this.#used;
  }
}

/** Those at its beginning. */
function sizesOf(block: Buffer): number[] {
  const sizes: number[] = [];
  let at = 0;
  while (at < block.length && ((block[at] ?? 0) & 0xe0) === 0x20) {
    let size = (block[at++] ?? 0) & 0x1f;
    let goesOn = size === 0x1f;
    for (let scale = 1; goesOn; scale *= 128) {
      const byte = block[at++] ?? 0;
      size += (byte & 0x7f) * scale;
      goesOn = byte >= 0x80;
    }
    sizes.push(size);
  }
  return sizes;
}

/** Sends what was found, over one connection. @returns what is wrong with that. */
function sentOtherwise(lists: BlockReadings['lists']): string | undefined {
  const encoder = new HpackEncoder();
  const decoder = new HeaderDecoder();
  for (const { fields } of lists.flat()) {
    const writer = new ByteWriter();
    encoder.encode(fields, writer);
    const arrived = decoder.decode(writer.take()).fields.flat();
    if (JSON.stringify(arrived) !== JSON.stringify(fields)) return `${shown(fields)} is sent as ${shown(arrived)}`;
  }
  return undefined;
}

/** What the last block was, and the end. */
function signatureOf({ lists, error }: BlockReadings): string {
  const [first, second] = lists.at(-1) ?? [];
  const count = Math.min((first?.fields.length ?? 0) / 2, 5);
  return [Math.min(lists.length, 5), count, first?.isTooLarge, first === second, error?.message.replaceAll(/\d+/g, '#')].join('|');
}
