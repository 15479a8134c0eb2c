import { aClock, integerBetween, numberBetween, OptionReader, systemClock, type Clock, type OptionCheck } from '@roundtripper/core';

/** How a {@link sqliteStore} keeps what it stores. All but `path` may be left out. */
export interface SqliteStoreOptions {
  /**
   * The file; its folder must be there. It is made where it is not, readable for this user only. Beside it lie `<path>-wal` and `<path>-shm`, and an empty `<path>-lock` once it had to be begun anew. Several processes of one machine may
   * use it at once; a network file system will not do.
   */
  readonly path: string;
  /**
   * Bytes of all that is stored: bodies, heads, and what each response takes besides: 256 for its bookkeeping, its key, URL and variant twice more, since they are indexed, its tags and groups,
   * and what remains empty of the last page of a body. What was used longest ago goes for what is new: exactly so among about a thousand responses, and
   * roughly among more, where to be used moves only those to the end of the line that are next to go, a quarter of them. Default 1 073 741 824 (1 GiB); at least 65 536.
   * The file may be some percent larger, and its log takes up to 8 MB more, for moments some times that where several processes write at once. A file that is larger than it is to be comes
   * down step by step, as something is stored. It never gets smaller: what is free is used again.
   */
  readonly maxBytes?: number | undefined;
  /**
   * How long a call waits for other processes that keep the file locked, in milliseconds; the event loop goes on meanwhile. It fails after that. A deletion is in force in this process from the
   * first moment, and is made up for with the next call that finds the file unlocked, as far as this process lives so long. Default 1 000; 0 and more.
   */
  readonly busyTimeout?: number | undefined;
  /**
   * What becomes of a file that cannot be read, lacks what it needs, or was written by another version of this package. `recreate`: it is set aside as `<path>.corrupt`, in place of the last such one, and a new
   * one begun; but a file that a newer version begins while this store is open is left to that one, and every call fails. `throw`: every call fails. Another program's database is never
   * touched. Where a deletion finds no room on the disk to be written down, the file is removed in either case. A response that is damaged by itself goes alone. Default `recreate`.
   */
  readonly onCorrupt?: 'recreate' | 'throw' | undefined;
  /** For tests. Default `systemClock`. */
  readonly clock?: Clock | undefined;
}

/** Options as they are used: checked, with every default filled in. */
export interface ResolvedSqliteOptions {
  readonly path: string;
  readonly maxBytes: number;
  readonly busyTimeoutMs: number;
  readonly recreates: boolean;
  readonly clock: Clock;
}

/** @throws TypeError naming each option that is unknown or invalid. */
export function resolveSqliteOptions(options: SqliteStoreOptions): ResolvedSqliteOptions {
  const reader = new OptionReader('sqliteStore', options);
  const resolved = {
    // A path that is missing is as wrong as an empty one.
    path: reader.read('path', '', aPath),
    maxBytes: reader.read('maxBytes', 1_073_741_824, integerBetween(65_536, Number.MAX_SAFE_INTEGER)),
    busyTimeoutMs: reader.read('busyTimeout', 1_000, numberBetween(0, 2_147_483_647)),
    recreates: reader.read<'recreate' | 'throw'>('onCorrupt', 'recreate', recreateOrThrow) === 'recreate',
    clock: reader.read('clock', systemClock, aClock),
  };
  reader.finish();
  if (resolved.path === '') throw new TypeError('invalid sqliteStore options: path: expected the name of a file');
  return resolved;
}

const aPath: OptionCheck<string> = {
  // SQLite takes these for a database in memory, or for an URI with options of its own.
  isValid: (value): value is string =>
    typeof value === 'string' && value !== '' && value !== ':memory:' && !value.startsWith('file:') && !value.includes('\0'),
  expected: 'the name of a file',
};

const recreateOrThrow: OptionCheck<'recreate' | 'throw'> = {
  isValid: (value): value is 'recreate' | 'throw' => value === 'recreate' || value === 'throw',
  expected: '"recreate" or "throw"',
};
