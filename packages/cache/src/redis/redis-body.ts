import { CHUNK_BYTES, within, type ChunkSpan } from '../external/chunks.ts';
import { StoreError } from '../store-error.ts';
import type { StoredResponse } from '../stored-response.ts';
import { unsealed } from './sealed.ts';

/** So many pieces are asked for in one command, and sent in one: 256 KiB. */
export const PIECES_AT_ONCE = 4;

/** So many are read before a body is given out: with a body of up to 1 MiB nothing can go wrong any more once its reader has it, whatever becomes of Redis. */
export const PIECES_AHEAD = 16;

/** The pieces from number `first` on, what of them belongs to the span; `undefined` where one of them is corrupt. */
export function openPieces(
  values: readonly unknown[],
  first: number,
  stored: StoredResponse,
  span: ChunkSpan,
): readonly Uint8Array[] | undefined {
  const pieces: Uint8Array[] = [];
  for (const [index, value] of values.entries()) {
    const number = first + index;
    const piece = unsealed(stored.id, number, value);
    if (piece?.byteLength !== Math.min(CHUNK_BYTES, stored.bodyBytes - number * CHUNK_BYTES)) return undefined;
    pieces.push(within(span, number, piece));
  }
  return pieces;
}

/** A body that is too large to be read at once. */
export interface LargeBody {
  readonly stored: StoredResponse;
  readonly span: ChunkSpan;
  /** The first of its pieces, opened. */
  readonly firstPieces: readonly Uint8Array[];
  /** The values of more pieces; `undefined` where the body has gone. */
  readonly more: (first: number, last: number) => Promise<readonly unknown[] | undefined>;
  /** A piece is corrupt: throws, whatever else it does. */
  readonly throwOut: () => Promise<never>;
}

/** Reads a large body some pieces at a time. Redis keeps it meanwhile, and for a minute after the last ones, whatever becomes of its response. */
export async function* largeBody({ stored, span, firstPieces, more, throwOut }: LargeBody): AsyncGenerator<Uint8Array> {
  yield* firstPieces;
  for (let first = span.first + firstPieces.length; first <= span.last; first += PIECES_AT_ONCE) {
    const values = await more(first, Math.min(span.last, first + PIECES_AT_ONCE - 1));
    if (values === undefined) throw new StoreError('unavailable', 'a stored body has gone while it was being read');
    yield* openPieces(values, first, stored, span) ?? (await throwOut());
  }
}
