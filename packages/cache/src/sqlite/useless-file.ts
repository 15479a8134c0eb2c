import { faultOf } from './sqlite-fault.ts';
import { UnreadableValue } from './row.ts';

/** SQLITE_CONSTRAINT_DATATYPE: a sum has left the integers, which only a value does that nobody has written. */
const NO_INTEGER = 3_091;

/**
 * Whether an error says that the file is not as this package has made it: it cannot be read, a table has gone, or what all entries stand on (totals, deletions, sweeps, numbers
 * of rows) has a value that it never has. Nothing can be stored then, nor deleted. A single entry that is damaged is none of these: its numbers come as NULL, and it alone is removed.
 */
export function isFileUseless(error: unknown): boolean {
  if (faultOf(error) === 'corrupt' || error instanceof UnreadableValue) return true;
  if (!(error instanceof Error) || !('code' in error)) return false;
  // What node:sqlite throws for an integer that no number holds.
  if (error.code === 'ERR_OUT_OF_RANGE') return true;
  return 'errcode' in error && (error.errcode === NO_INTEGER || /^no such (?:table|column)/.test(error.message));
}
