import { setImmediate } from 'node:timers/promises';

import { andThen, isLater } from '../answer.ts';
import { within, type ChunkSpan } from '../external/chunks.ts';
import type { Answer } from '../store.ts';
import { StoreError } from '../store-error.ts';
import type { StoredResponse } from '../stored-response.ts';
import type { CacheFile } from './cache-file.ts';
import { HOLD_MS, isHoldDue } from './holds.ts';
import { pieceIn } from './read-entry.ts';
import { PLACES } from './schema.ts';

/** Pieces after which other work gets its turn: who reads as fast as he can does not wait for anything else. */
const PIECES_A_TURN = 16;

/** A body that is too large to be read at once. */
export interface LargeBody {
  readonly file: CacheFile;
  readonly nowMs: () => number;
  readonly stored: StoredResponse;
  readonly span: ChunkSpan;
  readonly seq: number;
  readonly generation: number;
  /** The piece that was read with the row. */
  readonly firstPiece: Uint8Array;
  /** A piece is corrupt: throws, whatever else it does. */
  readonly throwOut: () => never;
  /** Until when somebody holds the row already. */
  readonly heldUntilMs: number;
}

/** Reads a large body piece by piece. The row is held meanwhile, so that a deletion, by whichever process, takes it out of sight only. */
export async function* largeBody(body: LargeBody): AsyncGenerator<Uint8Array> {
  const { file, nowMs, span, seq, firstPiece, heldUntilMs } = body;
  let untilMs = await hold(file, seq, { untilMs: heldUntilMs, nowMs: nowMs() });
  yield within(span, span.first, firstPiece);
  for (let number = span.first + 1; number <= span.last; number += 1) {
    if ((number - span.first) % PIECES_A_TURN === 0) {
      await setImmediate();
      untilMs = await hold(file, seq, { untilMs, nowMs: nowMs() });
    }
    const piece = readPiece(body, number);
    yield within(span, number, isLater(piece) ? await piece : piece);
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

/** @returns until when the row is held. Without a hold the body can be read too, as long as nobody deletes it. */
async function hold(file: CacheFile, seq: number, times: { readonly untilMs: number; readonly nowMs: number }): Promise<number> {
  const { untilMs, nowMs } = times;
  if (!isHoldDue(untilMs, nowMs)) return untilMs;
  try {
    await file.write((statements) => statements('hold').run(nowMs + HOLD_MS, seq));
    return nowMs + HOLD_MS;
  } catch {
    // The disk may be full: what could be done about it is done where something is to be stored.
    return untilMs;
  }
}
