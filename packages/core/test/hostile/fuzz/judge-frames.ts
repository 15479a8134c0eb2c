import { frameCuts, readFrames, type FrameEvent, type ReadFrames } from '../../read-frames.ts';
import type { Judgement, Sample } from './judge.ts';
import type { Random } from './random.ts';
import { readFramesPlainly } from './read-frames-plainly.ts';

/** Little, so that it is met. */
export const MAX_BLOCK_BYTES = 400;

/** One reading may take so long, for some ten thousands of bytes. */
const SLOW_MS = 1_000;
const RANDOM_CUTS = 3;

/** What must hold of any bytes: the reader throws nothing but its own error, tells the same however they are cut, in no time, and tells what a plain reading finds. */
export function judgeFrames({ bytes }: Sample, random: Random): Judgement {
  const startedMs = performance.now();
  let ours: ReadFrames;
  try {
    ours = readFrames([bytes], MAX_BLOCK_BYTES);
    for (const pieces of waysToCut(bytes, random)) {
      const cut = readFrames(pieces, MAX_BLOCK_BYTES);
      if (!isSame(cut, ours)) return faulty(`whole it is read as ${shown(ours)}, as ${inPieces(pieces)} as ${shown(cut)}`);
    }
  } catch (error) {
    return faulty(`the reader throws ${String(error)}`);
  }
  const tookMs = performance.now() - startedMs;
  if (tookMs > SLOW_MS) return faulty(`it takes ${Math.round(tookMs)} ms to read`);
  const plain = readFramesPlainly(bytes, MAX_BLOCK_BYTES);
  const code = ours.error?.code;
  const isSameEnd = code === undefined ? plain.codes.length === 0 : plain.codes.includes(code);
  if (!isSameEnd || JSON.stringify(ours.events) !== JSON.stringify(plain.events)) {
    return faulty(`it is read as ${shown(ours)}, and plainly as ${JSON.stringify(plain).slice(0, 2_000)}`);
  }
  return { fault: undefined, signature: signatureOf(ours) };
}

function faulty(fault: string): Judgement {
  return { fault, signature: '' };
}

function waysToCut(bytes: string, random: Random): string[][] {
  const ways = Array.from({ length: RANDOM_CUTS }, () => {
    const [one = 0, two = 0] = [random.below(bytes.length + 1), random.below(bytes.length + 1)].toSorted((a, b) => a - b);
    return [bytes.slice(0, one), bytes.slice(one, two), bytes.slice(two)];
  });
  // The last of the ways is that in many pieces.
  return [...frameCuts(bytes).slice(-1), ...ways];
}

function isSame(one: ReadFrames, other: ReadFrames): boolean {
  return one.error?.code === other.error?.code && JSON.stringify(one.events) === JSON.stringify(other.events);
}

function inPieces(pieces: readonly string[]): string {
  return JSON.stringify(pieces).slice(0, 2_000);
}

function shown({ events, error }: ReadFrames): string {
  return `${JSON.stringify(events).slice(0, 2_000)} and ${error === undefined ? 'no error' : String(error)}`;
}

const SIGNED_EVENTS = 2;

/** Which kinds of frames came last before what end. */
function signatureOf({ events, error }: ReadFrames): string {
  const kinds = events.slice(-SIGNED_EVENTS).map(kindOf);
  return [...kinds, error?.code, error?.message.replaceAll(/"[^"]*"|0x[0-9a-f]+|\d+/g, '#')].join('|');
}

function kindOf(event: FrameEvent): string {
  switch (event.kind) {
    case 'data':
      return `data ${event.data === ''} ${event.end === undefined ? 'cut' : event.end.paddingBytes > 0}`;
    case 'headers':
      return `headers ${event.block === ''}`;
    default:
      return event.kind;
  }
}
