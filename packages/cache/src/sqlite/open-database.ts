import { closeSync, existsSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';

import { StoreError } from '../store-error.ts';
import { faultOf } from './sqlite-fault.ts';
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION } from './schema.ts';
import { integerIn, type Row } from './row.ts';

/** How long others are waited for while the file is opened, in milliseconds: they may be repairing it after a crash, or making its tables. */
const OPEN_WAIT_MS = 5_000;

/** How long a call waits for other processes without giving the event loop its turn, in milliseconds: a write takes them less. */
const CALL_WAIT_MS = 10;

/** The write-ahead log is cut to this after it was written back, in bytes. */
const LOG_BYTES = 4_194_304;

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

/** Opens a cache file, and makes it where there is none, readable for this user only. @throws StoreError, or an error of node:sqlite or node:fs. */
export function openDatabase(path: string): DatabaseSync {
  const Database = databaseClass();
  // SQLite gives its log and index the rights that the file has.
  closeSync(openSync(path, 'a', 0o600));
  const database = new Database(path);
  try {
    setUp(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function setUp(database: DatabaseSync): void {
  const pragma = (name: string): Row | undefined => database.prepare(`PRAGMA ${name}`).get();
  database.exec(`PRAGMA busy_timeout = ${OPEN_WAIT_MS}`);
  const hasTables = integerIn(database.prepare('SELECT count(*) AS count FROM sqlite_schema').get(), 'count') > 0;
  if (hasTables && integerIn(pragma('application_id'), 'application_id') !== APPLICATION_ID) {
    throw new StoreError('not-a-cache', 'the file of sqliteStore is another program’s database');
  }
  if (!isInWalMode(database)) throw new StoreError('unsupported', 'SQLite cannot keep a write-ahead log on this file system');
  // What is committed survives the end of the process; the end of the machine may cost the last commits, but not the file.
  database.exec(`PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = ${LOG_BYTES}; PRAGMA cache_size = -8192; BEGIN IMMEDIATE`);
  const version = integerIn(pragma('user_version'), 'user_version');
  if (version === 0) database.exec(SCHEMA);
  database.exec(`COMMIT; PRAGMA busy_timeout = ${CALL_WAIT_MS}`);
  if (version !== 0 && version !== SCHEMA_VERSION) throw new StoreError('corrupt', `the cache file is of version ${version}`);
}

/** The one statement that does not wait for others by itself: of several processes that make the file at once, one does it for all. */
function isInWalMode(database: DatabaseSync): boolean {
  const limitMs = performance.now() + OPEN_WAIT_MS;
  for (;;) {
    try {
      return database.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode'] === 'wal';
    } catch (error) {
      if (faultOf(error) !== 'busy' || performance.now() > limitMs) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** Which file a path names now; `undefined` where it names none. */
export function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

/** Sets a cache file aside, as `<path>.corrupt`, in place of the last one: it may be somebody's data after all, given by mistake. */
export function setAside(path: string): void {
  // The log belongs to the file: a new one must not find it.
  for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
  if (existsSync(path)) renameSync(path, `${path}.corrupt`);
}
