import { labelsOf } from '../labels.ts';
import { MAX_VARIANTS } from '../store.ts';
import type { StoredResponse } from '../stored-response.ts';
import { HOLD_MS } from './holds.ts';
import { integerIn, numberIn, type Row } from './row.ts';
import type { Statements } from './statements.ts';

/** Removes entries in a transaction. One that somebody is reading only becomes unseen, until it is swept. @returns how many were seen before. */
export function removeRows(statements: Statements, rows: readonly Row[], nowMs: number): number {
  let seen = 0;
  let freed = 0;
  let isCounted = true;
  for (const row of rows) {
    const seq = integerIn(row, 'seq');
    if (row['key'] !== null) seen += 1;
    statements('removeLabels').run(seq);
    if ((numberIn(row, 'held_until_ms') ?? 0) > nowMs) statements('unname').run(nowMs + HOLD_MS, seq);
    else {
      statements('removeChunks').run(seq);
      statements('removeEntry').run(seq);
      const bytes = numberIn(row, 'bytes');
      freed += bytes ?? 0;
      isCounted &&= bytes !== undefined;
    }
  }
  // What a damaged row has counted for nobody knows.
  if (!isCounted) statements('recount').run();
  else if (rows.length > 0) statements('addTotals').run(-seen, -freed);
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
  let excess = totalBytes(statements) - maxBytes;
  const enough = Math.max(0, excess - LARGEST_STEP_BYTES);
  let evicted = 0;
  while (excess > enough && evicted < LARGEST_STEP) {
    const victims: Row[] = [];
    const candidates = statements('leastUsed').all(except);
    for (const row of candidates) {
      if (excess <= enough) break;
      if ((numberIn(row, 'held_until_ms') ?? 0) <= nowMs) excess -= numberIn(row, 'bytes') ?? 0;
      victims.push(row);
    }
    if (victims.length === 0) return recounted(statements) <= maxBytes ? evicted : undefined;
    evicted += removeRows(statements, victims, nowMs);
  }
  return evicted;
}

/** What all entries take. A damaged row takes more from the sum than it has added: without this nothing would ever be too much again. */
function totalBytes(statements: Statements): number {
  const bytes = integerIn(statements('totals').get(), 'bytes');
  return bytes < 0 ? recounted(statements) : bytes;
}

/** Takes long where there is much. */
function recounted(statements: Statements): number {
  statements('recount').run();
  return integerIn(statements('totals').get(), 'bytes');
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
