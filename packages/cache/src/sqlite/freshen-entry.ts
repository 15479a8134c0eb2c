import { serialiseStored } from '../stored-form.ts';
import type { StoredResponse } from '../stored-response.ts';
import { isDeletedSince } from './deletions.ts';
import { headBytesOf } from './entry-bytes.ts';
import { addLabels, makeRoom, nextUse, removeRows } from './entry-rows.ts';
import type { KnownHeads } from './known-heads.ts';
import { headIn, headSum } from './read-entry.ts';
import { isBeingSwept, sweepsIn } from './removal.ts';
import { integerIn, numberIn, type Row } from './row.ts';
import type { Statements } from './statements.ts';

/** Where a head is put in place of another. */
export interface FreshenContext {
  readonly heads: KnownHeads;
  readonly maxBytes: number;
  readonly nowMs: number;
  /** Of the file. */
  readonly generation: number;
}

/** A head that is to take the place of another, as `CacheStore.update` says. */
export interface Freshening {
  readonly stored: StoredResponse;
  readonly head: StoredResponse;
  readonly mark: string | undefined;
}

/** What has come of it. */
export interface Freshened {
  readonly isThere: boolean;
  readonly evicted: number;
}

const GONE: Freshened = { isThere: false, evicted: 0 };

/** Puts a head in place of another in a transaction, unless what is there is gone already: a sweep that has not come to it yet knows it by its old labels only. */
export function freshenEntry(statements: Statements, context: FreshenContext, { stored, head, mark }: Freshening): Freshened {
  const { heads, maxBytes, nowMs, generation } = context;
  const row = statements('before').get(stored.id);
  if (row === undefined) return GONE;
  const seq = integerIn(row, 'seq');
  const before = headIn(row, stored.key, heads);
  if (before === undefined || isBeingSwept(sweepsIn(statements), seq, before)) return removed(statements, row, nowMs);
  const isDeleted = mark !== undefined && [before, head].some((each) => isDeletedSince(statements, generation, { mark, head: each }));
  if (isDeleted) return GONE;
  const text = serialiseStored(head);
  const bytes = headBytesOf(head, text) + stored.bodyBytes;
  if (bytes > maxBytes) return removed(statements, row, nowMs);
  const rivals = statements('byVariant').all(head.key, head.variant);
  removeRows(
    statements,
    rivals.filter((rival) => rival['seq'] !== seq),
    nowMs,
  );
  statements('update').run(bytes, nextUse(statements), headSum(text), head.variant, text, seq);
  const bytesBefore = numberIn(row, 'bytes');
  if (bytesBefore === undefined) statements('recount').run();
  else statements('addTotals').run(0, bytes - bytesBefore);
  statements('removeLabels').run(seq);
  addLabels(statements, seq, head);
  const evicted = makeRoom(statements, { maxBytes, nowMs, except: seq });
  return evicted === undefined ? removed(statements, { ...row, bytes }, nowMs) : { isThere: true, evicted };
}

function removed(statements: Statements, row: Row, nowMs: number): Freshened {
  removeRows(statements, [row], nowMs);
  return GONE;
}
