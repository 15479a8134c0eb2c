import type { Clock } from '@roundtripper/core';
import type { DatabaseSync } from 'node:sqlite';

import type { Answer } from '../store.ts';
import { StoreError } from '../store-error.ts';
import { inodeOf, logBytes, MOST_LOG_BYTES, openDatabase, OtherVersion, setAside, touchFile, type OldFile } from './open-database.ts';
import { asStoreError, faultOf } from './sqlite-fault.ts';
import { statementsOf, type Statements } from './statements.ts';
import { isFileUseless } from './useless-file.ts';

/** Which file, and what to do with it. */
export interface CacheFileOptions {
  readonly path: string;
  /** Whether a file that cannot be read is begun anew. */
  readonly recreates: boolean;
  /** How long a write waits for other processes. */
  readonly busyTimeoutMs: number;
  readonly clock: Clock;
  readonly owed: OwedWork;
}

/** What a transaction has to do before anything else. */
export interface OwedWork {
  settle(statements: Statements): void;
  /** The transaction has succeeded. */
  settled(): void;
}

interface Connection {
  readonly database: DatabaseSync;
  readonly statements: Statements;
}

/** How often it is asked whether the path still names the file that is open, and whether one that cannot be opened can be by now, in milliseconds. */
const SAME_FILE_MS = 1_000;
/** An attempt costs some microseconds, and those who write all the time leave little room between. */
const LONGEST_PAUSE_MS = 4;

/** How long an attempt to cut the log waits for others, in milliseconds, during which this thread does nothing else. No other call waits at all. */
const CUT_WAIT_MS = 10;

/** How long after an attempt in vain the next one may follow, in milliseconds, twice as long each time: with somebody who reads for long all of them are. */
const FIRST_CUT_PAUSE_MS = 5;
const LONGEST_CUT_PAUSE_MS = 1_000;

/** How long others are waited for when a store is made, in milliseconds: they may be making the file too, or repairing it. */
const MAKING_WAIT_MS = 1_000;

/** A cache file and the connection to it: reads and writes are short calls, none of which waits for another process, and what is wrong with the file is put right between them. */
export class CacheFile {
  readonly #options: CacheFileOptions;
  #connection: Connection | undefined;
  /** Of the file that was opened last, also where that has failed. */
  #inode: number | undefined;
  #generation = 0;
  #isClosed = false;
  #sameUntilMs = 0;
  /** When the log may be cut again, and how long the last attempt has put that off. */
  #cut = { pauseMs: FIRST_CUT_PAUSE_MS, againMs: 0 };
  /** What was found out when nobody was there to hear it; the next call says it. */
  #unsaid: StoreError | undefined;
  /** Why the file could not be opened, and how long that is taken for granted. */
  #failure: { readonly error: unknown; readonly untilMs: number } | undefined;

  /** @throws StoreError where the file cannot be opened or made; not where others only keep it locked: the calls to come try again. */
  constructor(options: CacheFileOptions) {
    this.#options = options;
    try {
      this.#open(MAKING_WAIT_MS);
    } catch (error) {
      if (faultOf(error) === 'busy') return;
      const isUseless = isFileUseless(error) || error instanceof OtherVersion;
      if (!isUseless || !options.recreates) throw asStoreError(error);
      this.#unsaid = this.#anew(error);
    }
  }

  /** Another one for every file that was opened: what is known of rows holds for one file only. To be asked within a read or a write. */
  get generation(): number {
    return this.#generation;
  }

  /** Calls `work`, which only reads. Tries again, by promise, while other processes keep the file to themselves, which is rare. @throws StoreError */
  read<T>(work: (statements: Statements) => T): Answer<T> {
    try {
      return work(this.#connected(false).statements);
    } catch (error) {
      return this.#again(error, () => work(this.#connected(false).statements));
    }
  }

  /** As {@link read}, now or not at all. @throws StoreError */
  readNow<T>(work: (statements: Statements) => T): T {
    try {
      return work(this.#connected(false).statements);
    } catch (error) {
      throw this.#judged(error);
    }
  }

  /** Calls `work` in a transaction of its own: all of it happens, or nothing. Tries again, by promise, while other processes write. @throws StoreError */
  write<T>(work: (statements: Statements) => T): Answer<T> {
    try {
      return this.#transaction(work);
    } catch (error) {
      return this.#again(error, () => this.#transaction(work));
    }
  }

  /** As {@link write}, now or not at all. @throws StoreError */
  writeNow<T>(work: (statements: Statements) => T): T {
    try {
      return this.#transaction(work);
    } catch (error) {
      throw this.#judged(error);
    }
  }

  /** Forgets everything by beginning a new file with the next call: what is left to do where a deletion finds no room on the disk to be written down. @param old What becomes of the file that there is. @returns false where another process prevents it. @throws StoreError */
  beginAnew(old: OldFile): boolean {
    this.#close();
    this.#failure = undefined;
    try {
      return setAside(this.#options.path, this.#inode, old);
    } catch (error) {
      throw asStoreError(error);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#close();
  }

  #transaction<T>(work: (statements: Statements) => T): T {
    const connection = this.#connected(true);
    const { statements } = connection;
    statements('begin').run();
    let result: T;
    try {
      this.#options.owed.settle(statements);
      result = work(statements);
      statements('commit').run();
    } catch (error) {
      rollBack(statements);
      throw error;
    }
    this.#options.owed.settled();
    this.#cutLog(connection);
    return result;
  }

  /** SQLite writes its log back by itself, but begins it anew only where nobody else reads or writes just then, which with several writers may be never. */
  #cutLog({ database }: Connection): void {
    if (logBytes(this.#options.path) <= MOST_LOG_BYTES) return;
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs < this.#cut.againMs) return;
    let isCut = false;
    try {
      database.exec(`PRAGMA busy_timeout = ${CUT_WAIT_MS}`);
      isCut = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy'] === 0;
    } catch {
      // It is tried again.
    } finally {
      // As text, since it would be done no second time once it is prepared.
      database.exec('PRAGMA busy_timeout = 0');
    }
    const pauseMs = isCut ? FIRST_CUT_PAUSE_MS : Math.min(2 * this.#cut.pauseMs, LONGEST_CUT_PAUSE_MS);
    this.#cut = { pauseMs, againMs: isCut ? 0 : nowMs + pauseMs };
  }

  #again<T>(error: unknown, attempt: () => T): Promise<T> {
    if (faultOf(error) !== 'busy') throw this.#judged(error);
    return this.#insist(attempt);
  }

  async #insist<T>(attempt: () => T): Promise<T> {
    const { clock, busyTimeoutMs } = this.#options;
    const limitMs = clock.monotonicMs() + busyTimeoutMs;
    for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      await new Promise<void>((resolve) => void clock.after(pauseMs, resolve));
      try {
        return attempt();
      } catch (error) {
        if (faultOf(error) !== 'busy' || clock.monotonicMs() >= limitMs) throw this.#judged(error);
      }
    }
  }

  /** Another process may have begun the file anew; whoever writes to the old one talks to himself. */
  #connected(isWrite: boolean): Connection {
    if (this.#isClosed) throw new StoreError('unavailable', 'the store is closed');
    const unsaid = this.#unsaid;
    this.#unsaid = undefined;
    if (unsaid !== undefined) throw unsaid;
    const nowMs = this.#options.clock.monotonicMs();
    if (isWrite || nowMs >= this.#sameUntilMs) {
      this.#sameUntilMs = nowMs + SAME_FILE_MS;
      if (this.#inode !== inodeOf(this.#options.path)) this.#close();
    }
    return this.#connection ?? this.#open(0);
  }

  #open(waitMs: number): Connection {
    const { path } = this.#options;
    // Before it is opened: a file that takes its place just now is taken for another, and not for this one.
    this.#inode = touchFile(path);
    const database = this.#opened(path, waitMs);
    this.#connection = { database, statements: statementsOf(database) };
    this.#generation += 1;
    return this.#connection;
  }

  /** What was in vain is not tried again at once: it takes longer than any other call. */
  #opened(path: string, waitMs: number): DatabaseSync {
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#failure !== undefined && nowMs < this.#failure.untilMs) throw this.#failure.error;
    this.#failure = undefined;
    try {
      return openDatabase(path, waitMs);
    } catch (error) {
      if (faultOf(error) !== 'busy') this.#failure = { error, untilMs: nowMs + SAME_FILE_MS };
      throw error;
    }
  }

  #close(): void {
    this.#connection?.database.close();
    this.#connection = undefined;
  }

  /** The error to throw; a file that cannot be read, or is of an older version, is begun anew before that. One of a newer version is left to those who know it. */
  #judged(error: unknown): unknown {
    const isUseless = isFileUseless(error) || (error instanceof OtherVersion && !error.isNewer);
    return this.#options.recreates && isUseless ? this.#anew(error) : asStoreError(error);
  }

  #anew(cause: unknown): StoreError {
    this.beginAnew('kept');
    return new StoreError('corrupt', 'the cache file could not be read: it was set aside, and is begun anew', { cause });
  }
}

function rollBack(statements: Statements): void {
  try {
    statements('rollback').run();
  } catch {
    // SQLite has done it already, as it does when the disk is full.
  }
}
