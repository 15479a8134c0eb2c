import { labelsOf } from '../labels.ts';
import { MAX_VARIANTS } from '../store.ts';
import type { StoredResponse } from '../stored-response.ts';
import { HOLD_MS } from './holds.ts';
import { integerIn, type Row } from './row.ts';
import type { Statements } from './statements.ts';

/** What an entry takes in the file besides its head and its body, in bytes: its places in the indices. */
const ROW_BYTES = 512;

/** What a head counts for, in bytes. */
export function headBytesOf(head: string): number {
  return ROW_BYTES + head.length;
}

/** Removes entries in a transaction. One that somebody is reading only becomes unseen, until it is swept. @returns how many were seen before. */
export function removeRows(statements: Statements, rows: readonly Row[], nowMs: number): number {
  let seen = 0;
  let freed = 0;
  for (const row of rows) {
    const seq = integerIn(row, 'seq');
    if (row['key'] !== null) seen += 1;
    statements('removeLabels').run(seq);
    if (integerIn(row, 'held_until_ms') > nowMs) statements('unname').run(nowMs + HOLD_MS, seq);
    else {
      statements('removeChunks').run(seq);
      statements('removeEntry').run(seq);
      freed += integerIn(row, 'bytes');
    }
  }
  if (rows.length > 0) statements('addTotals').run(-seen, -freed);
  return seen;
}

/** So much room is made in one step at most, in bytes and in responses: a file may be much larger than it is to be from now on. */
const LARGEST_STEP_BYTES = 8_388_608;
const LARGEST_STEP = 256;

/**
 * Removes what was used longest ago until all that is there fits, but not `except`, and no more than a step's worth: the next ones go on. @returns how many went, or `undefined` where nothing
 * can go: readers and writers hold what is left.
 */
export function makeRoom(
  statements: Statements,
  limits: { readonly maxBytes: number; readonly nowMs: number; readonly except: number },
): number | undefined {
  const { maxBytes, nowMs, except } = limits;
  statements('cutHolds').run(nowMs + HOLD_MS);
  removeRows(statements, statements('unheld').all(nowMs), nowMs);
  let excess = integerIn(statements('totals').get(), 'bytes') - maxBytes;
  const enough = Math.max(0, excess - LARGEST_STEP_BYTES);
  let evicted = 0;
  while (excess > enough && evicted < LARGEST_STEP) {
    const victims: Row[] = [];
    const candidates = statements('leastUsed').all(except);
    for (const row of candidates) {
      if (excess <= enough) break;
      if (integerIn(row, 'held_until_ms') <= nowMs) excess -= integerIn(row, 'bytes');
      victims.push(row);
    }
    if (victims.length === 0) return undefined;
    evicted += removeRows(statements, victims, nowMs);
  }
  return evicted;
}

/** Removes the oldest of one key, beyond {@link MAX_VARIANTS}. */
export function boundVariants(statements: Statements, key: string, nowMs: number): number {
  return removeRows(statements, statements('oldestVariants').all(key, MAX_VARIANTS), nowMs);
}

/** What an entry is called by besides its URL, for which there is an index. */
export function addLabels(statements: Statements, seq: number, stored: StoredResponse): void {
  for (const label of labelsOf(stored).slice(1)) statements('addLabel').run(label, seq);
}

/** The next place in the order of use, which all processes share. */
export function nextUse(statements: Statements): number {
  return Number(statements('lastUsed').get()?.['used'] ?? 0) + 1;
}
