import { framesOf } from './written-frames.ts';

/** Up to here bytes are cut at every place, and beyond around the ends of frames and of their headers. */
const EVERY_PLACE_BYTES = 300;
/** Of so many frames at the beginning, and at the end. */
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

function placesOf(text: string): number[] {
  if (text.length <= EVERY_PLACE_BYTES) return Array.from({ length: Math.max(0, text.length - 1) }, (_, at) => at + 1);
  let end = 0;
  const ends = framesOf(text).frames.map(({ payload }) => (end += 9 + payload.length));
  const chosen = new Set([0, ...ends.slice(0, FRAMES), ...ends.slice(-FRAMES)]);
  const places = [...chosen].flatMap((at) => [at - 1, at, at + 1, at + 8, at + 9, at + 10]);
  return places.filter((at) => at > 0 && at < text.length);
}
