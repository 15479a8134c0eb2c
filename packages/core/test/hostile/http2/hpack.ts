import { frames } from '@roundtripper/testing';

import { blockOf, huffman, raw, type HpackInstruction } from '../../hpack-instructions.ts';
import { answered, goAway, refused, reset, type FrameRow } from './row.ts';

const STATUS = 0x88;
const END = { endStream: true };
/** An answer whose head begins with `:status: 200` and goes on with this. */
const head = (...bytes: readonly number[]): Buffer => frames.headers(1, Buffer.from([STATUS, ...bytes]), END);
const literal = (text: string): number[] => [text.length, ...Buffer.from(text, 'latin1')];

const UNDECODABLE: readonly { readonly fact: string; readonly bytes: readonly number[] }[] = [
  { fact: 'the index 0', bytes: [0x80] },
  { fact: 'an index beyond the tables', bytes: [0xbe] },
  { fact: 'an index far beyond the tables', bytes: [0xff, 0x80, 0x80, 0x01] },
  { fact: 'a name with an index beyond the tables', bytes: [0x7e, 0x01, 0x61] },
  { fact: 'Huffman padding of zeros', bytes: [0x00, ...literal('a'), 0x81, 0x18] },
  { fact: 'Huffman padding of eight bits', bytes: [0x00, ...literal('a'), 0x82, 0x1f, 0xff] },
  { fact: 'Huffman EOS', bytes: [0x00, ...literal('a'), 0x84, 0xff, 0xff, 0xff, 0xff] },
  { fact: 'an index that is cut (ff)', bytes: [0xff] },
  { fact: 'a size update that is cut (3f)', bytes: [0x3f] },
  { fact: 'an integer of twelve bytes', bytes: [0xff, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01] },
  { fact: 'an integer of six more bytes', bytes: [0xff, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00] },
  { fact: 'a value longer than its block', bytes: [0x00, ...literal('a'), 0x05, 0x62] },
  { fact: 'a name longer than its block', bytes: [0x00, 0x7f, 0xff, 0x01, 0x61] },
  { fact: 'a literal without a value', bytes: [0x00, ...literal('a')] },
  { fact: 'a literal without a name', bytes: [0x40] },
  { fact: 'a size update after a field', bytes: [0x20] },
];

const UPDATES: readonly { readonly fact: string; readonly block: readonly HpackInstruction[] }[] = [
  { fact: 'a size update beyond the limit', block: [{ kind: 'update', bytes: 4_097 }] },
  { fact: 'a size update far beyond the limit', block: [{ kind: 'update', bytes: 2 ** 31 }] },
  { fact: 'three size updates', block: [0, 100, 4_096].map((bytes) => ({ kind: 'update', bytes })) },
  { fact: '1 000 size updates', block: Array.from({ length: 1_000 }, () => ({ kind: 'update', bytes: 0 })) },
];

const OK_FIELD: HpackInstruction = { kind: 'indexed', index: 8 };
const LARGE: HpackInstruction = { kind: 'indexing', name: raw('x-bomb'), value: raw('b'.repeat(4_000)) };

/** In frames of 16 KiB. */
function inFrames(block: Buffer): Buffer[] {
  const count = Math.ceil(block.length / 16_384);
  return Array.from({ length: count }, (_, at) => {
    const piece = block.subarray(at * 16_384, (at + 1) * 16_384);
    const endHeaders = at === count - 1;
    return at === 0 ? frames.headers(1, piece, { endHeaders, endStream: true }) : frames.continuation(1, piece, { endHeaders });
  });
}

/** RFC 7541: what cannot be decoded ends the connection, whatever stream it came on. */
export const HPACK: readonly FrameRow[] = [
  ...UNDECODABLE.map(({ fact, bytes }) => ({ fact, says: [head(...bytes)], becomes: goAway('COMPRESSION_ERROR') })),
  ...UNDECODABLE.map(({ fact, bytes }) => ({
    fact: `${fact}, in trailers`,
    says: [
      frames.headers(1, Buffer.of(STATUS)),
      frames.headers(1, Buffer.from(bytes[0] === 0x20 ? [0x00, 1, 97, 1, 98, 0x20] : bytes), END),
    ],
    becomes: bytes[0] === 0x3f ? goAway('COMPRESSION_ERROR', 'body') : goAway('COMPRESSION_ERROR', 'body'),
  })),
  ...UPDATES.map(({ fact, block }) => ({
    fact,
    says: [frames.headers(1, blockOf([...block, OK_FIELD]), END)],
    becomes: goAway('COMPRESSION_ERROR'),
  })),
  {
    fact: 'two size updates',
    says: [frames.headers(1, blockOf([{ kind: 'update', bytes: 0 }, { kind: 'update', bytes: 4_096 }, OK_FIELD]), END)],
    becomes: answered(''),
  },
  {
    fact: 'no size update where our limit is lower than before',
    options: { maxDecoderTableBytes: 100 },
    says: [frames.headers(1, blockOf([OK_FIELD]), END)],
    becomes: goAway('COMPRESSION_ERROR'),
  },
  {
    fact: 'a size update to more than our limit, which is lower than before',
    options: { maxDecoderTableBytes: 100 },
    says: [frames.headers(1, blockOf([{ kind: 'update', bytes: 101 }, OK_FIELD]), END)],
    becomes: goAway('COMPRESSION_ERROR'),
  },
  {
    fact: 'a bomb: an entry of 4 KiB that is asked for 4 096 times',
    says: [frames.headers(1, Buffer.concat([blockOf([OK_FIELD, LARGE]), Buffer.alloc(4_096, 0xbe)]), END)],
    becomes: reset('ENHANCE_YOUR_CALM'),
  },
  {
    fact: 'a bomb in trailers',
    says: [frames.headers(1, Buffer.of(STATUS)), frames.headers(1, Buffer.concat([blockOf([LARGE]), Buffer.alloc(4_096, 0xbe)]), END)],
    becomes: reset('ENHANCE_YOUR_CALM', 'body'),
  },
  {
    fact: 'a bomb of 60 000 fields of a byte each',
    says: inFrames(Buffer.concat([Buffer.of(STATUS), Buffer.alloc(60_000, 0x84)])),
    becomes: reset('ENHANCE_YOUR_CALM'),
  },
  {
    fact: 'a bomb of 100 000 fields of a byte each: more than a block may have',
    says: inFrames(Buffer.concat([Buffer.of(STATUS), Buffer.alloc(100_000, 0x84)])),
    becomes: goAway('ENHANCE_YOUR_CALM'),
  },
  {
    fact: 'a list of 1 MiB in 64 frames',
    says: inFrames(
      blockOf(Array.from({ length: 256 }, (_, at) => ({ kind: 'plain', name: raw(`x-${at}`), value: raw('y'.repeat(4_096)) }))),
    ),
    becomes: goAway('ENHANCE_YOUR_CALM'),
  },
  {
    fact: 'a bomb whose entry the next block uses',
    says: [
      frames.headers(1, Buffer.concat([blockOf([OK_FIELD, LARGE]), Buffer.alloc(100, 0xbe)]), END),
      frames.headers(3, Buffer.of(STATUS, 0xbe)),
      frames.data(3, 'ok', END),
    ],
    becomes: reset('ENHANCE_YOUR_CALM'),
  },
  {
    fact: 'an entry larger than the table, which empties it',
    says: [
      frames.headers(
        1,
        blockOf([
          OK_FIELD,
          { kind: 'indexing', name: raw('a'), value: raw('b') },
          { kind: 'indexing', name: raw('x'), value: huffman('y'.repeat(5_000)) },
        ]),
        END,
      ),
      frames.headers(3, Buffer.of(STATUS, 0xbe)),
    ],
    becomes: { ...goAway('COMPRESSION_ERROR'), seen: { kind: 'taken', body: '' }, other: refused('malformed-response') },
  },
];
