/** Up to here a text is cut at every place; a longer one costs its square. */
const EVERY_PLACE_BYTES = 400;
/** Up to here one is cut around the ends of some of its lines. */
const LINE_PLACES_BYTES = 100_000;
/** Up to here it comes byte by byte too, and beyond in pieces of a prime length. */
const SINGLE_BYTES = 20_000;
const PIECE_BYTES = 997;

/** The ways in which bytes may arrive: in two pieces cut at every place (at each line's end where there are many), and byte by byte. */
export function splitsOf(text: string): readonly (readonly string[])[] {
  const places = placesOf(text);
  const pieceBytes = text.length <= SINGLE_BYTES ? 1 : PIECE_BYTES;
  return [...places.map((at) => [text.slice(0, at), text.slice(at)]), piecesOf(text, pieceBytes)];
}

function placesOf(text: string): number[] {
  if (text.length <= EVERY_PLACE_BYTES) return Array.from({ length: Math.max(0, text.length - 1) }, (_, at) => at + 1);
  return text.length <= LINE_PLACES_BYTES ? linePlaces(text) : [];
}

/** Around the first and the last CRs, and just before the end. */
function linePlaces(text: string): number[] {
  const returns = [...text.matchAll(/\r/g)].map(({ index }) => index);
  const chosen = new Set([...returns.slice(0, 8), ...returns.slice(-8), text.length - 2]);
  return [...chosen].flatMap((at) => [at - 1, at, at + 1, at + 2]).filter((at) => at > 0 && at < text.length);
}

function piecesOf(text: string, bytes: number): string[] {
  return Array.from({ length: Math.ceil(text.length / bytes) }, (_, at) => text.slice(at * bytes, (at + 1) * bytes));
}
