import { HeaderDecoder } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { cpuRatio } from '../../test/hostile/cpu-ratio.ts';
import { Random } from '../../test/hostile/fuzz/random.ts';
import { blockOf, huffman, raw, type HpackInstruction } from '../../test/hpack-instructions.ts';
import { HpackDecoder } from './hpack-decoder.ts';
import { StringCache } from './hpack-string-cache.ts';
import { ConnectionError } from './http2-error.ts';

interface List {
  readonly fields: readonly string[];
  readonly isTooLarge: boolean;
}

const MAX_LIST_BYTES = 65_536;

function newDecoder(): HpackDecoder<List> {
  return new HpackDecoder({ maxListBytes: MAX_LIST_BYTES, interpret: (fields, isTooLarge) => ({ fields, isTooLarge }) });
}

function decode(decoder: HpackDecoder<List>, block: Buffer): List {
  return decoder.decode(block, 0, block.byteLength);
}

/** RFC 7541 §7.3 turned about: an entry of nearly the whole table, and a byte for each time that it is asked for. */
function bomb(references: number): Buffer {
  const entry: HpackInstruction = { kind: 'indexing', name: raw('x-bomb'), value: raw('b'.repeat(4_000)) };
  return Buffer.concat([blockOf([entry]), Buffer.alloc(references, 0xbe)]);
}

/** What a block is after so many bytes of it: each kind of field that there is, coded and not. */
const GOOD_BLOCK = blockOf([
  { kind: 'update', bytes: 2_000 },
  { kind: 'indexed', index: 8 },
  { kind: 'indexing', name: 54, value: huffman('nginx/1.22.1') },
  { kind: 'indexing', name: huffman('x-request-id'), value: raw('0123-4567') },
  { kind: 'indexed', index: 62 },
  { kind: 'plain', name: 28, value: raw('1024') },
  { kind: 'plain', name: 63, value: huffman('another') },
  { kind: 'never', name: 55, value: huffman('session=secret') },
  { kind: 'never', name: raw('x-key'), value: raw('k') },
  { kind: 'indexing', name: 62, value: raw('v'.repeat(200)) },
]);

describe('a bomb', () => {
  test('is cut at the limit of a list, and leaves a connection that works', () => {
    const decoder = newDecoder();
    const { fields, isTooLarge } = decode(decoder, bomb(4_096));
    expect(isTooLarge).toBe(true);
    expect(fields).toHaveLength(2 * Math.floor(MAX_LIST_BYTES / 4_038));
    expect(decoder.tableBytes).toBe(4_038);
    expect(decode(decoder, Buffer.of(0x88)).fields).toEqual([':status', '200']);
    expect(decode(decoder, Buffer.of(0xbe)).fields[0]).toBe('x-bomb');
  });

  test('of 100 000 small fields is cut likewise', () => {
    const { fields, isTooLarge } = decode(newDecoder(), Buffer.alloc(100_000, 0x84));
    expect(isTooLarge).toBe(true);
    // `:path: /` counts 38 bytes.
    expect(fields).toHaveLength(2 * Math.floor(MAX_LIST_BYTES / 38));
  });

  test('holds no more memory than its list and its table may', () => {
    const decoders = Array.from({ length: 20 }, newDecoder);
    const block = bomb(100_000);
    const lists = decoders.map((decoder) => decode(decoder, block));
    global.gc?.();
    const before = process.memoryUsage().heapUsed;
    for (const decoder of decoders) for (let time = 0; time < 10; time++) lists.push(decode(decoder, block));
    lists.length = decoders.length;
    global.gc?.();
    expect((process.memoryUsage().heapUsed - before) / decoders.length).toBeLessThan(2 * MAX_LIST_BYTES);
  });
});

describe('takes twice the time for twice the bytes:', () => {
  const decoding = (block: Buffer) => (): void => void decode(newDecoder(), block);
  test.for<{ fact: string; prepare: (size: number) => () => void }>([
    { fact: 'a bomb', prepare: (size) => decoding(bomb(size)) },
    { fact: 'small fields', prepare: (size) => decoding(Buffer.alloc(size, 0x84)) },
    { fact: 'empty literals', prepare: (size) => decoding(Buffer.alloc(size * 3)) },
    { fact: 'new entries that drive each other out', prepare: (size) => decoding(blockOf(entries(size))) },
    { fact: 'a long string', prepare: (size) => decoding(blockOf([{ kind: 'plain', name: 4, value: raw('x'.repeat(size)) }])) },
    { fact: 'a long coded string', prepare: (size) => decoding(blockOf([{ kind: 'plain', name: 4, value: huffman('x'.repeat(size)) }])) },
    { fact: 'strings that are all new', prepare: (size) => decoding(blockOf(entries(size, 'plain'))) },
  ])('$fact', ({ prepare }) => {
    expect(cpuRatio(prepare, 2_000)).toBeLessThan(3);
  });
});

function entries(count: number, kind: 'indexing' | 'plain' = 'indexing'): HpackInstruction[] {
  return Array.from({ length: count }, (_, at) => ({ kind, name: huffman(`x-${at}`), value: huffman(`value ${at * 7}`) }));
}

test('what peers send does not make the reused strings more than they may be', () => {
  const cache = new StringCache();
  const bytes = Buffer.alloc(64);
  const fill = (from: number): void => {
    for (let number = from; number < from + 20_000; number++) {
      bytes.write(`${number}`.padStart(64, 'x'), 'latin1');
      for (let time = 0; time < 3; time++) cache.decode(bytes, 0, 64, false);
    }
  };
  fill(0);
  global.gc?.();
  const before = process.memoryUsage().heapUsed;
  fill(20_000);
  fill(40_000);
  global.gc?.();
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(100_000);
});

describe('a block with one byte changed', () => {
  /** What another decoder makes of it, which asks for less: it knows no limits. */
  function theirs(block: Buffer): readonly string[] | undefined {
    try {
      return new HeaderDecoder().decode(block).fields.flat();
    } catch {
      return undefined;
    }
  }

  function isRefused(block: Buffer): boolean {
    const decoder = newDecoder();
    try {
      const { fields } = decode(decoder, block);
      expect(fields).toEqual(theirs(block));
      // And as it was, once more, whatever is kept by now.
      expect(decode(decoder, block).fields).toHaveLength(fields.length);
      return false;
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      expect(error.code).toBe('COMPRESSION_ERROR');
      return true;
    }
  }

  test('is a block or a compression error, whichever byte it is', () => {
    let refused = 0;
    let tried = 0;
    for (let at = 0; at < GOOD_BLOCK.byteLength; at += at < 80 ? 1 : 40) {
      for (let byte = 0; byte < 256; byte++) {
        const block = Buffer.from(GOOD_BLOCK);
        block[at] = byte;
        tried += 1;
        if (isRefused(block)) refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(tried / 20);
    expect(refused).toBeLessThan(tried * 0.95);
  });

  test('is refused wherever it is cut within a field, and never with another error', () => {
    const ends = Array.from({ length: GOOD_BLOCK.byteLength + 1 }, (_, end) => end).filter(
      (end) => !isRefused(GOOD_BLOCK.subarray(0, end)),
    );
    // After the size update, and after each of the nine fields.
    expect(ends).toHaveLength(11);
  });

  test('nor do bytes that nobody wrote make anything else of it', () => {
    const random = new Random(20_260_101);
    for (let count = 0; count < 5_000; count++) {
      isRefused(Buffer.from(Array.from({ length: random.below(40) }, () => random.below(256))));
    }
  });
});
