import type { Random } from './random.ts';

/** A frame in pieces: its length may be a lie, and the last one may be cut. */
interface Frame {
  length: number;
  type: number;
  flags: number;
  streamId: number;
  payload: string;
}

const LENGTHS = [
  0,
  1,
  3,
  4,
  5,
  6,
  7,
  8,
  9,
  12,
  100,
  128,
  129,
  137,
  138,
  192,
  198,
  255,
  256,
  257,
  399,
  400,
  401,
  16_383,
  16_384,
  16_385,
  2 ** 24 - 1,
];
const STREAM_IDS = [0, 1, 2, 3, 5, 7, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1];
const TYPES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 10, 12, 0xff];
const TEXTS = [
  'HTTP/1.1 400 Bad Request\r\n',
  'HTTP/1.',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  '\x15\x03\x01\0\x02\x02\x46',
  '\0',
  '\xff\xff\xff\xff',
];
/** A sample may not grow for ever, nor may a length that is filled. */
const MAX_BYTES = 20_000;

type Mutation = (frames: Frame[], at: number, random: Random) => void;

const MUTATIONS: readonly Mutation[] = [
  (frames, at, random) => change(frames, at, { type: random.pick(TYPES) }),
  (frames, at, random) => change(frames, at, { flags: (frames[at]?.flags ?? 0) ^ (1 << random.below(8)) }),
  (frames, at, random) => change(frames, at, { streamId: random.pick(STREAM_IDS) }),
  // Another length, with as much as it says, or a lie.
  (frames, at, random) => {
    const length = random.pick(LENGTHS);
    const { payload = '' } = frames[at] ?? {};
    change(frames, at, { length, payload: payload.padEnd(Math.min(length, MAX_BYTES), payload === '' ? '\0' : payload).slice(0, length) });
  },
  (frames, at, random) => change(frames, at, { length: random.pick(LENGTHS) }),
  // One byte of what it holds, or the first, which may be the length of its padding.
  (frames, at, random) => setByte(frames, at, random.below(frames[at]?.payload.length ?? 1), random.below(256)),
  (frames, at, random) => setByte(frames, at, 0, random.pick([0, 1, (frames[at]?.length ?? 1) - 1, frames[at]?.length ?? 0, 255]) & 0xff),
  // A frame goes, comes twice, or many times, or changes places.
  (frames, at) => void frames.splice(at, 1),
  (frames, at, random) => repeat(frames, at, 2, random),
  (frames, at, random) => repeat(frames, at, 2 + random.below(30), random),
  (frames, at, random) => void frames.splice(random.below(frames.length), 0, ...frames.splice(at, 1)),
];

/** Bytes with one to four changes. @param others What to take frames from. */
export function mutateFrames(bytes: string, random: Random, others: readonly string[]): string {
  const frames = split(bytes);
  for (let count = 1 + random.below(4); count > 0; count--) {
    const kind = random.below(MUTATIONS.length + 1);
    const mutation = MUTATIONS[kind];
    const at = random.below(Math.max(1, frames.length));
    if (mutation !== undefined) mutation(frames, at, random);
    else frames.splice(at, 0, ...split(random.pick(others)).slice(random.below(3), 1 + random.below(8)));
  }
  return spoil(frames.map(join).join(''), random).slice(0, MAX_BYTES);
}

/** Now and then what knows nothing of frames. */
function spoil(bytes: string, random: Random): string {
  const at = random.below(bytes.length + 1);
  switch (random.below(10)) {
    case 0:
      return bytes.slice(0, at);
    case 1:
      return bytes.slice(0, at) + String.fromCharCode(random.below(256)) + bytes.slice(at + random.below(2));
    case 2:
      return (random.below(2) === 0 ? '' : bytes.slice(0, at)) + random.pick(TEXTS) + bytes.slice(at);
    default:
      return bytes;
  }
}

function change(frames: Frame[], at: number, by: Partial<Frame>): void {
  const frame = frames[at];
  if (frame !== undefined) frames[at] = { ...frame, ...by };
}

function setByte(frames: Frame[], at: number, place: number, byte: number): void {
  const { payload = '' } = frames[at] ?? {};
  if (place >= payload.length) return;
  change(frames, at, { payload: payload.slice(0, place) + String.fromCharCode(byte) + payload.slice(place + 1) });
}

function repeat(frames: Frame[], at: number, times: number, random: Random): void {
  const frame = frames[at];
  if (frame === undefined || frame.payload.length * times > MAX_BYTES) return;
  // Often as the same block goes on.
  const type = random.below(3) === 0 ? 9 : frame.type;
  frames.splice(at + 1, 0, ...Array.from({ length: times - 1 }, () => ({ ...frame, type })));
}

function split(text: string): Frame[] {
  const bytes = Buffer.from(text, 'latin1');
  const frames: Frame[] = [];
  for (let at = 0; at + 9 <= bytes.length;) {
    const length = bytes.readUIntBE(at, 3);
    const [type = 0, flags = 0] = bytes.subarray(at + 3, at + 5);
    frames.push({ length, type, flags, streamId: bytes.readUInt32BE(at + 5), payload: text.slice(at + 9, at + 9 + length) });
    at += 9 + length;
  }
  return frames;
}

function join({ length, type, flags, streamId, payload }: Frame): string {
  const header = Buffer.alloc(9);
  header.writeUIntBE(length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(streamId, 5);
  return header.toString('latin1') + payload;
}
