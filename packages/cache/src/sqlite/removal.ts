import { labelOf, labelsOf } from '../labels.ts';
import type { DeleteTarget } from '../store.ts';
import type { StoredResponse } from '../stored-response.ts';
import { EVERYTHING, isNamedBy, nameOf, PREFIX, rememberDeletion } from './deletions.ts';
import { removeRows } from './entry-rows.ts';
import { integerIn, numberIn, textIn, type Row } from './row.ts';
import type { Statements } from './statements.ts';

/** Responses, and bytes, that go in one step: a few milliseconds. */
const AT_ONCE = 128;
const BYTES_AT_ONCE = 8_388_608;

/** No row comes after it. */
const LAST_OF_ALL = Number.MAX_SAFE_INTEGER;

/** A deletion of a name. */
export interface Removal {
  /** How many responses it names. */
  readonly count: number;
  /** The number of the sweep that has to follow; undefined where all of them went. */
  readonly sweep: number | undefined;
}

/** Removes one response. @returns how many went. */
export function removeId(statements: Statements, id: string, nowMs: number): number {
  return removeRows(statements, statements('byId').all(id), nowMs);
}

/**
 * Deletes what a target, or everything, names: few responses go at once. Of more than that it is only written down that they are gone, which {@link isBeingSwept} tells,
 * and they are removed by a sweep, step by step: a hundred thousand take more than a second, in which the program would do nothing else.
 */
export function beginRemoval(
  statements: Statements,
  target: Exclude<DeleteTarget, { readonly kind: 'id' }> | 'everything',
  nowMs: number,
): Removal {
  const name = target === 'everything' ? EVERYTHING : nameOf(target);
  rememberDeletion(statements, name);
  const { by, count, text } = queriesFor(name);
  const rows = statements(by).all(text, LAST_OF_ALL, AT_ONCE + 1);
  const isLittle = rows.length <= AT_ONCE && firstOf(rows).length === rows.length;
  if (isLittle) return { count: removeRows(statements, rows, nowMs), sweep: undefined };
  const sweep = Number(statements('addSweep').run(name).lastInsertRowid);
  return { count: integerIn(statements(count).get(text, LAST_OF_ALL), 'count'), sweep };
}

/** One step of the oldest sweep. @returns whether `awaited`, where it is given, is still not over. */
export function sweepSome(statements: Statements, nowMs: number, awaited?: number): boolean {
  const sweep = statements('oldestSweep').get();
  if (sweep === undefined) return false;
  const { by, text } = queriesFor(textIn(sweep, 'target'));
  const rows = firstOf(statements(by).all(text, integerIn(sweep, 'last'), AT_ONCE));
  removeRows(statements, rows, nowMs);
  if (rows.length === 0) statements('endSweep').run(integerIn(sweep, 'seq'));
  return awaited !== undefined && statements('sweep').get(awaited) !== undefined;
}

/** A sweep that is not over. */
export interface Sweep {
  readonly name: string;
  /** The youngest row that it names. */
  readonly last: number;
}

export function sweepsIn(statements: Statements): readonly Sweep[] {
  return statements('sweeps')
    .all()
    .map((row) => ({ name: textIn(row, 'target'), last: integerIn(row, 'last') }));
}

/** Whether a response is there although it is gone. */
export function isBeingSwept(sweeps: readonly Sweep[], seq: number, stored: StoredResponse): boolean {
  if (sweeps.length === 0) return false;
  const labels = labelsOf(stored);
  return sweeps.some(({ name, last }) => seq <= last && isNamedBy(name, labels));
}

/** Of rows, as many as go in one step; one at least. */
function firstOf(rows: readonly Row[]): readonly Row[] {
  let bytes = 0;
  const tooMany = rows.findIndex((row, index) => {
    bytes += numberIn(row, 'bytes') ?? 0;
    return index > 0 && bytes > BYTES_AT_ONCE;
  });
  return tooMany === -1 ? rows : rows.slice(0, tooMany);
}

/** How to find what a name names. */
function queriesFor(name: string) {
  if (name === EVERYTHING) return { by: 'oldest', count: 'countAll', text: '' } as const;
  if (name.startsWith(PREFIX)) return { by: 'byPrefix', count: 'countPrefix', text: urlIn(name.slice(PREFIX.length)) } as const;
  return name.startsWith(URL_LABEL)
    ? ({ by: 'byUrl', count: 'countUrl', text: urlIn(name) } as const)
    : ({ by: 'byLabel', count: 'countLabel', text: name } as const);
}

const URL_LABEL = labelOf({ kind: 'url', url: '' });

function urlIn(label: string): string {
  return label.slice(URL_LABEL.length);
}
