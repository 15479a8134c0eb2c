import { StoreError } from '../store-error.ts';

/** What SQLite fails by, as far as something can be done about it. */
export type SqliteFault = 'busy' | 'full' | 'corrupt' | 'other';

/** SQLite's primary result codes, the low byte of an extended one. */
const FAULTS: ReadonlyMap<number, SqliteFault> = new Map([
  [5, 'busy'],
  [6, 'busy'],
  [11, 'corrupt'],
  [13, 'full'],
  [15, 'busy'],
  [26, 'corrupt'],
]);

/** SQLITE_IOERR_SHMSIZE: the disk has no room for the index of the write-ahead log. */
const NO_ROOM_FOR_SHM = 4_874;

/** What an error of node:sqlite stands for. */
export function faultOf(error: unknown): SqliteFault {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return 'other';
  return error.errcode === NO_ROOM_FOR_SHM ? 'full' : (FAULTS.get(error.errcode & 0xff) ?? 'other');
}

/** An error of node:sqlite or node:fs in the words of a store; others as they are. */
export function asStoreError(error: unknown): unknown {
  if (error instanceof StoreError || !(error instanceof Error)) return error;
  if ('syscall' in error && 'code' in error) {
    return new StoreError('failed', `the cache file cannot be used (${String(error.code)})`, { cause: error });
  }
  if (!('errcode' in error)) return error;
  if (faultOf(error) === 'busy') return new StoreError('busy', 'other processes keep the cache file locked', { cause: error });
  return new StoreError('failed', 'SQLite has failed', { cause: error });
}

/** Whether a store has failed since there is no room on the disk, or in the file. */
export function isFull(error: unknown): boolean {
  return error instanceof StoreError && faultOf(error.cause) === 'full';
}
