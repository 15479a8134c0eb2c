import { framesOf } from './written-frames.ts';

/** Up to here bytes are cut all over, and beyond around the ends of frames and of their headers alone: the reader of frames is tested by itself with every place. */
const ALL_OVER_BYTES = 300;
const STEP_BYTES = 4;
/** Around the ends of so many frames at the beginning, and at the end. */
const FRAMES = 4;
/** Up to here they come byte by byte too, and beyond in pieces of a prime length. */
const SINGLE_BYTES = 3_000;
const PIECE_BYTES = 3_001;

/** The ways in which what a peer says may arrive: in two pieces, and in many. */
export function cutsOf(text: string): string[][] {
  const pieceBytes = text.length <= SINGLE_BYTES ? 1 : PIECE_BYTES;
  const pieces = Array.from({ length: Math.ceil(text.length / pieceBytes) }, (_, at) => text.slice(at * pieceBytes, (at + 1) * pieceBytes));
  return [...placesOf(text).map((at) => [text.slice(0, at), text.slice(at)]), pieces];
}

function placesOf(text: string): readonly number[] {
  let end = 0;
  const ends = framesOf(text).frames.map(({ payload }) => (end += 9 + payload.length));
  const chosen = [0, ...ends.slice(0, FRAMES), ...ends.slice(-FRAMES)].flatMap((at) => [at - 1, at, at + 1, at + 8, at + 9, at + 10]);
  const others = text.length > ALL_OVER_BYTES ? 0 : Math.ceil(text.length / STEP_BYTES);
  const places = new Set([...chosen, ...Array.from({ length: others }, (_, at) => at * STEP_BYTES + 2)]);
  return [...places].filter((at) => at > 0 && at < text.length);
}
