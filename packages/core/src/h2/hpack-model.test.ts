import { HeaderDecoder } from '@roundtripper/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { blockOf, type CodedText, type HpackInstruction } from '../../test/hpack-instructions.ts';
import { ByteWriter } from './byte-writer.ts';
import { HpackDecoder } from './hpack-decoder.ts';
import { HpackEncoder } from './hpack-encoder.ts';
import { huffmanLength, writeHuffman } from './hpack-huffman.ts';
import { StringCache } from './hpack-string-cache.ts';
import { ConnectionError } from './http2-error.ts';

/** `HPACK_RUNS=100000 HPACK_SEED=7 vitest run packages/core/src/h2/hpack-model.test.ts` runs it for longer, and elsewhere. */
const RUNS = Number(process.env['HPACK_RUNS'] ?? 300);
const SEED = Number(process.env['HPACK_SEED'] ?? 20_260_101);
const PARAMETERS = { seed: SEED, numRuns: RUNS };
const TIMEOUT_MS = 30_000 + 20 * RUNS;

interface List {
  readonly fields: readonly string[];
  readonly isTooLarge: boolean;
}

/** Of few characters, so that many are alike, and now and then of any. */
const text = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 4 }) },
  { weight: 2, arbitrary: fc.array(fc.nat({ max: 255 }), { maxLength: 20 }).map((bytes) => String.fromCharCode(...bytes)) },
  { weight: 1, arbitrary: fc.nat({ max: 120 }).map((length) => 'v'.repeat(length)) },
);
const coded: fc.Arbitrary<CodedText> = fc.record({ text, isHuffman: fc.boolean() });
const tableBytes = fc.constantFrom(0, 40, 80, 120, 200, 4_096, 8_192);

/** The first entries of the dynamic table are asked for most; those beyond it are an error. */
const index = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 61 }) },
  { weight: 2, arbitrary: fc.integer({ min: 62, max: 64 }) },
);
const instruction: fc.Arbitrary<HpackInstruction> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('indexed' as const), index }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('indexing' as const, 'indexing' as const, 'plain' as const, 'never' as const),
      name: fc.oneof(index, coded),
      value: coded,
    }),
  },
);
const update: fc.Arbitrary<HpackInstruction> = fc.record({ kind: fc.constant('update' as const), bytes: tableBytes });
const block = fc
  .tuple(fc.oneof({ weight: 5, arbitrary: fc.constant([]) }, fc.array(update, { maxLength: 3 })), fc.array(instruction, { maxLength: 6 }))
  .map((parts) => parts.flat());

/** What happens next: a block of a few that come again and again, or a new limit. */
const step = fc.oneof({ weight: 12, arbitrary: fc.nat({ max: 3 }) }, { weight: 1, arbitrary: fc.record({ limit: tableBytes }) });

/** The rules about size updates (RFC 7541 §4.2), in terms of what stands in a block. */
class UpdateRules {
  #limit = 4_096;
  #used = 4_096;
  #owed = Infinity;

  setLimit(limit: number): void {
    this.#limit = limit;
    if (limit < Math.min(this.#owed, this.#used)) this.#owed = limit;
  }

  allow(instructions: readonly HpackInstruction[]): boolean {
    // There is nothing to begin.
    if (instructions.length === 0) return true;
    const sizes = instructions.flatMap((each) => (each.kind === 'update' ? [each.bytes] : []));
    const [first = Infinity] = sizes;
    if (sizes.length > 2 || sizes.some((size) => size > this.#limit)) return false;
    if (this.#owed !== Infinity && first > this.#owed) return false;
    this.#owed = Infinity;
    this.#used = sizes.at(-1) ?? this.#used;
    return true;
  }
}

/** As many of the fields as make no more than `maxBytes`. */
function cut(fields: readonly string[], maxBytes: number): List {
  let bytes = 0;
  for (let at = 0; at < fields.length; at += 2) {
    bytes += (fields[at] ?? '').length + (fields[at + 1] ?? '').length + 32;
    if (bytes > maxBytes) return { fields: fields.slice(0, at), isTooLarge: true };
  }
  return { fields, isTooLarge: false };
}

/** What the block is by a decoder that keeps nothing but its table. @returns undefined where it is none. */
function modelList(model: HeaderDecoder, bytes: Uint8Array, maxListBytes: number): List | undefined {
  try {
    return cut(model.decode(bytes).fields.flat(), maxListBytes);
  } catch {
    return undefined;
  }
}

function decoded(decoder: HpackDecoder<List>, bytes: Buffer): List | undefined {
  try {
    return decoder.decode(bytes, 0, bytes.byteLength);
  } catch (error) {
    if (error instanceof ConnectionError && error.code === 'COMPRESSION_ERROR') return undefined;
    throw error;
  }
}

/** A connection that decodes, and its model; another one begins where a block was refused. */
class Decoding {
  readonly #maxListBytes: number;
  readonly #rules = new UpdateRules();
  readonly #model = new HeaderDecoder();
  readonly #decoder: HpackDecoder<List>;

  constructor(maxListBytes: number) {
    this.#maxListBytes = maxListBytes;
    this.#decoder = new HpackDecoder({ maxListBytes, interpret: (list, isTooLarge) => ({ fields: list, isTooLarge }) });
  }

  setLimit(bytes: number): void {
    this.#decoder.setMaxTableBytes(bytes);
    this.#rules.setLimit(bytes);
  }

  /** Whether it was a block. */
  take(instructions: readonly HpackInstruction[]): boolean {
    const bytes = blockOf(instructions);
    const expected = this.#rules.allow(instructions) ? modelList(this.#model, bytes, this.#maxListBytes) : undefined;
    expect(decoded(this.#decoder, bytes)).toEqual(expected);
    return expected !== undefined;
  }
}

test('blocks that come again, among changes of the table, are always what they are without a cache', { timeout: TIMEOUT_MS }, () => {
  const pools = fc.array(block, { minLength: 4, maxLength: 4 });
  let [right, wrong] = [0, 0];
  fc.assert(
    fc.property(
      pools,
      fc.array(step, { minLength: 20, maxLength: 60 }),
      fc.constantFrom(100, 65_536, 65_536),
      (pool, steps, maxListBytes) => {
        let decoding = new Decoding(maxListBytes);
        for (const next of steps) {
          if (typeof next !== 'number') {
            decoding.setLimit(next.limit);
          } else if (decoding.take(pool[next] ?? [])) {
            right += 1;
          } else {
            wrong += 1;
            decoding = new Decoding(maxListBytes);
          }
        }
      },
    ),
    PARAMETERS,
  );
  // Else they prove little.
  expect(right).toBeGreaterThan(RUNS * 10);
  expect(wrong).toBeGreaterThan(RUNS);
});

const NAMES = [':path', ':authority', 'accept', 'cookie', 'authorization', 'content-length', 'x-a', 'x-b', 'x-secret'];
const field = fc.tuple(fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...NAMES) }, text), text);
const fields = fc.array(field, { maxLength: 8 }).map((pairs) => pairs.flat());

interface KeptBlock {
  readonly fields: readonly string[];
  readonly bytes: Buffer;
  readonly revision: number;
}

/** Two decoders at the other end: ours, which is strict about size updates, and one that is none of ours. */
class OtherEnd {
  readonly #ours = new HpackDecoder<List>({ maxListBytes: 1_048_576, interpret: (list, isTooLarge) => ({ fields: list, isTooLarge }) });
  readonly #theirs = new HeaderDecoder();

  setMaxTableBytes(bytes: number): void {
    this.#ours.setMaxTableBytes(bytes);
  }

  /** @returns the names of the fields that are never to be indexed. */
  take(bytes: Buffer, sent: readonly string[]): readonly string[] {
    expect(this.#ours.decode(bytes, 0, bytes.byteLength)).toEqual({ fields: sent, isTooLarge: false });
    const theirs = this.#theirs.decode(bytes);
    expect(theirs.fields.flat()).toEqual(sent);
    return theirs.neverIndexed;
  }
}

test('what is encoded is decoded as what it was, with any table, and so are bytes that were kept', { timeout: TIMEOUT_MS }, () => {
  let [kept, sentAgain] = [0, 0];
  const steps = fc.array(step, { minLength: 20, maxLength: 60 });
  fc.assert(
    fc.property(
      fc.array(fields, { minLength: 4, maxLength: 4 }),
      steps,
      fc.constantFrom(0, 100, 4_096, 4_096, 8_192),
      (pool, commands, maxTableBytes) => {
        const encoder = new HpackEncoder({ maxTableBytes, sensitiveNames: new Set(['x-secret']) });
        const otherEnd = new OtherEnd();
        const keptBlocks = new Map<number, KeptBlock>();
        for (const command of commands) {
          if (typeof command !== 'number') {
            encoder.setPeerTableBytes(command.limit);
            otherEnd.setMaxTableBytes(command.limit);
            continue;
          }
          const sent = pool[command] ?? [];
          const before = keptBlocks.get(command);
          if (before !== undefined && before.revision === encoder.revision) {
            otherEnd.take(before.bytes, sent);
            sentAgain += 1;
          }
          const writer = new ByteWriter();
          const isRepeatable = encoder.encode(sent, writer);
          const bytes = writer.take();
          const secrets = otherEnd.take(bytes, sent);
          expect(secrets).toEqual(namesOfSecrets(sent));
          if (!isRepeatable) continue;
          kept += 1;
          keptBlocks.set(command, { fields: sent, bytes, revision: encoder.revision });
        }
      },
    ),
    PARAMETERS,
  );
  expect(kept).toBeGreaterThan(RUNS);
  expect(sentAgain).toBeGreaterThan(RUNS);
});

function namesOfSecrets(sent: readonly string[]): string[] {
  return sent.filter((name, at) => {
    if (at % 2 === 1) return false;
    return name === 'authorization' || name === 'x-secret' || (name === 'cookie' && (sent[at + 1] ?? '').length < 20);
  });
}

/** The bytes of a string on the wire. */
function stringBytes({ text: characters, isHuffman }: CodedText): Buffer {
  if (!isHuffman) return Buffer.from(characters, 'latin1');
  const writer = new ByteWriter();
  writeHuffman(characters, huffmanLength(characters), writer);
  return writer.take();
}

test('strings that are reused are always the ones that the bytes stand for', { timeout: TIMEOUT_MS }, () => {
  const cache = new StringCache();
  // Of the same length, and of a few characters: many have the same hash.
  const similar = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 13, maxLength: 13 }).map((each) => `0123${each.join('')}4567`);
  const string: fc.Arbitrary<CodedText> = fc.record({ text: fc.oneof(text, similar), isHuffman: fc.boolean() });
  fc.assert(
    fc.property(fc.array(string, { maxLength: 50 }), (strings) => {
      for (const each of [...strings, ...strings, ...strings]) {
        const bytes = Buffer.concat([Buffer.of(0x01), stringBytes(each), Buffer.of(0x02)]);
        expect(cache.decode(bytes, 1, bytes.byteLength - 1, each.isHuffman)).toBe(each.text);
      }
    }),
    PARAMETERS,
  );
});

test('the same bytes coded and not coded are two strings', () => {
  const cache = new StringCache();
  const bytes = stringBytes({ text: 'no-cache', isHuffman: true });
  for (let time = 0; time < 4; time++) {
    expect(cache.decode(bytes, 0, bytes.byteLength, true)).toBe('no-cache');
    expect(cache.decode(bytes, 0, bytes.byteLength, false)).toBe(bytes.toString('latin1'));
  }
});

test('bytes that are no string are refused as often as they come', () => {
  const cache = new StringCache();
  for (let time = 0; time < 4; time++) expect(() => cache.decode(Buffer.of(0x18), 0, 1, true)).toThrow(ConnectionError);
});
