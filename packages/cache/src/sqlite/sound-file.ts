import { lastDeletion } from './deletions.ts';
import { PLACES } from './schema.ts';
import { sweepsIn } from './removal.ts';
import { integerIn, UnreadableValue } from './row.ts';
import type { Statements } from './statements.ts';

/** A row whose number is higher has pieces whose numbers are none of JavaScript's. */
const LAST_ROW = Math.floor(Number.MAX_SAFE_INTEGER / PLACES) - 1;

/** Reads what all entries stand on. @throws what says that the file is of no use, where one of its tables has gone or something in them is what no healthy file holds. */
export function checkSound(statements: Statements): void {
  const totals = statements('totals').get();
  for (const name of ['entries', 'bytes']) integerIn(totals, name);
  lastDeletion(statements);
  sweepsIn(statements);
  if (integerIn(statements('lastNumbers').get(), 'taken') > LAST_ROW) throw new UnreadableValue('seq');
}
