import { setImmediate } from 'node:timers/promises';

import { andThen, isLater } from '../answer.ts';
import { within, type ChunkSpan } from '../external/chunks.ts';
import type { Answer } from '../store.ts';
import { StoreError } from '../store-error.ts';
import type { StoredResponse } from '../stored-response.ts';
import type { BodyHolds } from './body-holds.ts';
import type { CacheFile } from './cache-file.ts';
import { pieceIn } from './read-entry.ts';
import { PLACES } from './schema.ts';

/** Pieces after which other work gets its turn: who reads as fast as he can does not wait for anything else. */
const PIECES_A_TURN = 16;

/** A body that is too large to be read at once. */
export interface LargeBody {
  readonly file: CacheFile;
  readonly holds: BodyHolds;
  readonly stored: StoredResponse;
  readonly span: ChunkSpan;
  readonly seq: number;
  readonly generation: number;
  /** The piece that was read with the row. */
  readonly firstPiece: Uint8Array;
  /** A piece is corrupt: throws, whatever else it does. */
  readonly throwOut: () => never;
}

/** Reads a large body piece by piece. The row is held meanwhile, so that a deletion, by whichever process, takes it out of sight only. */
export async function* largeBody(body: LargeBody): AsyncGenerator<Uint8Array> {
  const { holds, span, firstPiece } = body;
  holds.enter(body);
  try {
    await holds.keep(body);
    yield within(span, span.first, firstPiece);
    for (let number = span.first + 1; number <= span.last; number += 1) {
      if ((number - span.first) % PIECES_A_TURN === 0) {
        await setImmediate();
        await holds.keep(body);
      }
      const piece = readPiece(body, number);
      yield within(span, number, isLater(piece) ? await piece : piece);
    }
  } finally {
    holds.leave(body);
  }
}

function readPiece({ file, stored, seq, generation, throwOut }: LargeBody, number: number): Answer<Uint8Array> {
  const found = file.read((statements) => {
    const isSameFile = file.generation === generation;
    const row = isSameFile ? statements('chunk').get(seq * PLACES + number) : undefined;
    if (row === undefined && isSameFile && statements('entry').get(seq) !== undefined) throwOut();
    return row;
  });
  return andThen(found, (row) => {
    // It was deleted, and who read it was too slow for the hold.
    if (row === undefined) throw new StoreError('unavailable', 'a stored body has gone while it was being read');
    return pieceIn(row, stored, number) ?? throwOut();
  });
}
