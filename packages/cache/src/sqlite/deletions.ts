import { labelsOf } from '../labels.ts';
import type { NewEntry } from '../store.ts';
import { integerIn, textIn } from './row.ts';
import type { Statements } from './statements.ts';

/** How many are remembered. An entry that was begun longer ago than that is refused: nobody knows any more whether it was deleted. */
const REMEMBERED = 1_024;

/** What a deletion names, as it is written down; a label never begins so. */
export const EVERYTHING = 'all';
const PREFIX = 'prefix ';

/** A deletion of all URLs that begin so. */
export function prefixTarget(prefix: string): string {
  return PREFIX + prefix;
}

/** The last deletion so far: what an entry remembers that is begun. */
export function lastDeletion(statements: Statements): number {
  return integerIn(statements('lastDeletion').get(), 'seq');
}

/** Writes a deletion down, for entries that were begun before it and are not there yet. */
export function rememberDeletion(statements: Statements, target: string): void {
  statements('addDeletion').run(target);
  statements('forgetDeletions').run(lastDeletion(statements) - REMEMBERED);
}

/** Whether an entry was deleted between its beginning, when `begun` was the last deletion, and now. */
export function isDeletedSince(statements: Statements, begun: number, entry: NewEntry): boolean {
  const [first, ...later] = statements('deletionsAfter').all(begun);
  if (first === undefined) return false;
  if (integerIn(first, 'seq') !== begun + 1) return true;
  const labels = new Set(labelsOf(entry));
  return [first, ...later].some((row) => {
    const target = textIn(row, 'target');
    return target === EVERYTHING || labels.has(target) || (target.startsWith(PREFIX) && entry.url.startsWith(target.slice(PREFIX.length)));
  });
}
