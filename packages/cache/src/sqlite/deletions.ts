import { labelOf, labelsOf } from '../labels.ts';
import type { DeleteTarget } from '../store.ts';
import type { StoredResponse } from '../stored-response.ts';
import { integerIn, textIn } from './row.ts';
import type { Statements } from './statements.ts';

/** How many are remembered. What was begun or asked for longer ago than that is refused: nobody knows any more whether it was deleted. */
const REMEMBERED = 1_024;

/** So much of a name is remembered, in characters. Names that begin alike are taken for the same, which refuses too much at worst. */
const LONGEST_NAME = 512;

/** What a deletion of everything is called; a label never begins so. */
export const EVERYTHING = 'all';
/** The beginning of what one of all URLs that begin so is called. */
export const PREFIX = 'prefix ';

/** What a deletion is called in the file. One response alone is not among them: what has an id is there already, and no entry can come later that it names. */
export function nameOf(target: Exclude<DeleteTarget, { readonly kind: 'id' }>): string {
  return target.kind === 'prefix' ? PREFIX + labelOf({ kind: 'url', url: target.prefix }) : labelOf(target);
}

/** Whether a deletion of that name names a response with these labels. */
export function isNamedBy(name: string, labels: readonly string[]): boolean {
  if (name === EVERYTHING) return true;
  return name.startsWith(PREFIX) ? labels.some((label) => label.startsWith(name.slice(PREFIX.length))) : labels.includes(name);
}

/** The deletions so far, as `CacheStore.mark` says them. */
export function markOf(statements: Statements, generation: number): string {
  return `${generation}:${lastDeletion(statements)}`;
}

/** The number of the last one. */
export function lastDeletion(statements: Statements): number {
  return integerIn(statements('lastDeletion').get(), 'seq');
}

/** Writes a deletion down, for what was begun or asked for before it and is not there yet. */
export function rememberDeletion(statements: Statements, name: string): void {
  statements('addDeletion').run(name.slice(0, LONGEST_NAME));
  statements('forgetDeletions').run(lastDeletion(statements) - REMEMBERED);
}

/** What is about to be put into the file. */
export interface Newcomer {
  /** From when it is, by {@link markOf}. */
  readonly mark: string;
  readonly head: Pick<StoredResponse, 'url' | 'origin' | 'groups' | 'tags'>;
}

/** Whether it was deleted since then. @param generation Of the file as it is now: in another one everything that was before is deleted. */
export function isDeletedSince(statements: Statements, generation: number, { mark, head }: Newcomer): boolean {
  const labels = labelsOf(head).map((label) => label.slice(0, LONGEST_NAME));
  return deletionsSince(statements, generation, mark).some((name) => isNamedBy(name, labels));
}

/** The same for what is not there yet: of an answer to come only the URL is known, and a deletion by anything else may name it. */
export function mayBeDeletedSince(
  statements: Statements,
  generation: number,
  { mark, url }: { readonly mark: string; readonly url: string },
): boolean {
  const labels = [labelOf({ kind: 'url', url }).slice(0, LONGEST_NAME)];
  const isByUrl = (name: string): boolean => name.startsWith(PREFIX) || name.startsWith(URL_LABEL);
  return deletionsSince(statements, generation, mark).some((name) => !isByUrl(name) || isNamedBy(name, labels));
}

const URL_LABEL = labelOf({ kind: 'url', url: '' });

/** Their names; that of everything where nobody knows any more. */
function deletionsSince(statements: Statements, generation: number, mark: string): readonly string[] {
  const [markedIn, marked = 0] = mark.split(':').map(Number);
  if (markedIn !== generation) return [EVERYTHING];
  const rows = statements('deletionsAfter').all(marked);
  const [first] = rows;
  if (first !== undefined && integerIn(first, 'seq') !== marked + 1) return [EVERYTHING];
  return rows.map((row) => textIn(row, 'target'));
}
