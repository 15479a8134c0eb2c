import type { Clock } from '@roundtripper/core';
import type { DatabaseSync } from 'node:sqlite';

import type { Answer } from '../store.ts';
import { StoreError } from '../store-error.ts';
import { inodeOf, openDatabase, setAside } from './open-database.ts';
import { asStoreError, faultOf } from './sqlite-fault.ts';
import { statementsOf, type Statements } from './statements.ts';

/** Which file, and what to do with it. */
export interface CacheFileOptions {
  readonly path: string;
  /** Whether a file that cannot be read is begun anew. */
  readonly recreates: boolean;
  /** How long a write waits for other processes. */
  readonly busyTimeoutMs: number;
  readonly clock: Clock;
}

interface Connection {
  readonly database: DatabaseSync;
  readonly statements: Statements;
  readonly inode: number | undefined;
}

/** How often it is asked whether the path still names the file that is open, in milliseconds. */
const SAME_FILE_MS = 1_000;
const LONGEST_PAUSE_MS = 32;

/** A cache file and the connection to it: reads and writes are short calls, and what is wrong with the file is put right between them. */
export class CacheFile {
  readonly #options: CacheFileOptions;
  #connection: Connection | undefined;
  #generation = 0;
  #isClosed = false;
  #sameUntilMs = 0;
  /** What was found out when nobody was there to hear it; the next call says it. */
  #unsaid: StoreError | undefined;

  /** @throws StoreError, or an error of node:sqlite or node:fs, where the file cannot be opened or made. */
  constructor(options: CacheFileOptions) {
    this.#options = options;
    try {
      this.#open();
    } catch (error) {
      const isReadable = faultOf(error) !== 'corrupt' && !(error instanceof StoreError && error.code === 'corrupt');
      if (isReadable || !options.recreates) throw asStoreError(error);
      this.#unsaid = this.#anew(error);
    }
  }

  /** Another one for every file that was opened: what is known of rows holds for one file only. To be asked within a read or a write. */
  get generation(): number {
    return this.#generation;
  }

  /** Calls `work`, which only reads. @throws StoreError */
  read<T>(work: (statements: Statements) => T): T {
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
      if (faultOf(error) !== 'busy') throw this.#judged(error);
    }
    return this.#insist(work);
  }

  /** Forgets everything by beginning a new file: what is left to do where a deletion finds no room on the disk to be written down. @throws StoreError */
  beginAnew(): void {
    const { path } = this.#options;
    // Another process may have done it already, and this would throw its file away.
    const isOurs = this.#connection === undefined || this.#connection.inode === inodeOf(path);
    this.#close();
    if (isOurs) setAside(path);
    this.#open();
  }

  close(): void {
    this.#isClosed = true;
    this.#close();
  }

  #transaction<T>(work: (statements: Statements) => T): T {
    const { statements } = this.#connected(true);
    statements('begin').run();
    try {
      const result = work(statements);
      statements('commit').run();
      return result;
    } catch (error) {
      rollBack(statements);
      throw error;
    }
  }

  async #insist<T>(work: (statements: Statements) => T): Promise<T> {
    const { clock, busyTimeoutMs } = this.#options;
    const limitMs = clock.monotonicMs() + busyTimeoutMs;
    for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      await new Promise<void>((resolve) => void clock.after(pauseMs, resolve));
      try {
        return this.#transaction(work);
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
      if (this.#connection?.inode !== inodeOf(this.#options.path)) this.#close();
    }
    return this.#connection ?? this.#open();
  }

  #open(): Connection {
    const { path } = this.#options;
    const database = openDatabase(path);
    this.#connection = { database, statements: statementsOf(database), inode: inodeOf(path) };
    this.#generation += 1;
    return this.#connection;
  }

  #close(): void {
    this.#connection?.database.close();
    this.#connection = undefined;
  }

  /** The error to throw; a file that cannot be read is begun anew before that. */
  #judged(error: unknown): unknown {
    return this.#options.recreates && faultOf(error) === 'corrupt' ? this.#anew(error) : asStoreError(error);
  }

  #anew(cause: unknown): StoreError {
    this.beginAnew();
    return new StoreError('corrupt', 'the cache file could not be read: it was set aside, and begun anew', { cause });
  }
}

function rollBack(statements: Statements): void {
  try {
    statements('rollback').run();
  } catch {
    // SQLite has done it already, as it does when the disk is full.
  }
}
