import { closeSync, existsSync, fstatSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';

import { StoreError } from '../store-error.ts';
import { faultOf } from './sqlite-fault.ts';
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION } from './schema.ts';
import { integerIn, type Row } from './row.ts';

/** The write-ahead log is cut to this after it was written back, in bytes. */
const LOG_BYTES = 4_194_304;

/** A log that has grown beyond this is written back and begun anew at the first opportunity. */
export const MOST_LOG_BYTES = 8_388_608;

/** The file is a cache of another version of this package. */
export class OtherVersion extends StoreError {
  readonly isNewer: boolean;

  constructor(version: number) {
    super('unsupported', `the cache file is of version ${version}, and not ${SCHEMA_VERSION}`);
    this.isNewer = version > SCHEMA_VERSION;
  }
}

/** @throws StoreError `unsupported` where this Node has no node:sqlite. */
function databaseClass(): typeof DatabaseSync {
  // Not an import: a Node without it would not even load this package.
  const sqlite = process.getBuiltinModule('node:sqlite');
  if (sqlite === undefined) {
    throw new StoreError(
      'unsupported',
      `sqliteStore needs node:sqlite, which Node ${process.version} does not offer (22.13 and later do, without a flag)`,
    );
  }
  return sqlite.DatabaseSync;
}

/** Makes a file where there is none, readable for this user only: SQLite gives its log and index the same rights. @returns which file it is. @throws an error of node:fs. */
export function touchFile(path: string): number {
  databaseClass();
  const file = openSync(path, 'a', 0o600);
  try {
    return fstatSync(file).ino;
  } finally {
    closeSync(file);
  }
}

/**
 * Opens a cache file, and makes its tables where there are none.
 * @param waitMs How long others are waited for, during which this thread does nothing else. No later call waits at all.
 * @throws StoreError, or an error of node:sqlite.
 */
export function openDatabase(path: string, waitMs: number): DatabaseSync {
  const Database = databaseClass();
  const database = new Database(path);
  try {
    setUp(database, waitMs);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function setUp(database: DatabaseSync, waitMs: number): void {
  const pragma = (name: string): Row | undefined => database.prepare(`PRAGMA ${name}`).get();
  const versionOf = (): number => integerIn(pragma('user_version'), 'user_version');
  database.exec(`PRAGMA busy_timeout = ${waitMs}`);
  const hasTables = integerIn(database.prepare('SELECT count(*) AS count FROM sqlite_schema').get(), 'count') > 0;
  if (hasTables && integerIn(pragma('application_id'), 'application_id') !== APPLICATION_ID) {
    throw new StoreError('not-a-cache', 'the file of sqliteStore is another program’s database');
  }
  if (!isInWalMode(database, waitMs)) throw new StoreError('unsupported', 'SQLite cannot keep a write-ahead log on this file system');
  // What is committed survives the end of the process; the end of the machine may cost the last commits, but not the file.
  database.exec(`PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = ${LOG_BYTES}; PRAGMA cache_size = -8192`);
  if (versionOf() === 0) {
    // Another process may be about to do the same.
    database.exec('BEGIN IMMEDIATE');
    if (versionOf() === 0) database.exec(SCHEMA);
    database.exec('COMMIT');
  }
  const version = versionOf();
  if (version !== SCHEMA_VERSION) throw new OtherVersion(version);
  database.exec('PRAGMA busy_timeout = 0');
}

/** The one statement that does not wait for others by itself: of several processes that make the file at once, one does it for all. */
function isInWalMode(database: DatabaseSync, waitMs: number): boolean {
  const limitMs = performance.now() + waitMs;
  for (;;) {
    try {
      return database.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode'] === 'wal';
    } catch (error) {
      if (faultOf(error) !== 'busy' || performance.now() >= limitMs) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** Which file a path names now; `undefined` where it names none. */
export function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

/** How large the log of a cache file is. */
export function logBytes(path: string): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}

/** What becomes of a file in whose place a new one comes. */
export type OldFile = 'kept' | 'removed';

/**
 * Sets a cache file aside, as `<path>.corrupt`, in place of the last one: it may be somebody's data after all, given by mistake. Where it has to go since the disk is full it is
 * removed: under another name it would free nothing. One process does so at a time, and only
 * while the path still names the file that is useless: else it would take away the log of a new one that others have begun to write.
 * @param inode Of that file. @returns whether the path names it no longer.
 */
export function setAside(path: string, inode: number | undefined, old: OldFile): boolean {
  const lock = repairLock(path);
  if (lock === 'held') return inode !== inodeOf(path);
  try {
    if (inode !== inodeOf(path)) return true;
    // The log belongs to the file: a new one must not find it.
    for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
    if (old === 'removed') rmSync(path, { force: true });
    else if (existsSync(path)) renameSync(path, `${path}.corrupt`);
    return true;
  } finally {
    lock?.close();
  }
}

/** An empty database: what SQLite locks is let go by the system however a process ends. @returns undefined where it cannot be locked, which is no reason to keep a useless file. */
function repairLock(path: string): DatabaseSync | 'held' | undefined {
  const Database = databaseClass();
  let lock: DatabaseSync | undefined;
  try {
    touchFile(`${path}-lock`);
    lock = new Database(`${path}-lock`);
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    return faultOf(error) === 'busy' ? 'held' : undefined;
  }
}
