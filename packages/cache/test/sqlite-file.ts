import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

import { sqliteStore, type SqliteStoreOptions } from '../src/sqlite/index.ts';

type SqliteStore = ReturnType<typeof sqliteStore>;

/** A store in a folder of its own; both go after the test, and whatever `again` has opened. */
export interface MadeSqliteStore {
  readonly path: string;
  readonly store: SqliteStore;
  /** Opens the same file once more. */
  readonly again: () => Promise<SqliteStore>;
}

export async function temporaryFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'roundtripper-cache-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, 'cache.sqlite');
}

export async function makeSqliteStore(options: Omit<SqliteStoreOptions, 'path'> = {}): Promise<MadeSqliteStore> {
  const path = await temporaryFile();
  const again = async (): Promise<SqliteStore> => {
    const store = sqliteStore({ ...options, path });
    onTestFinished(() => store[Symbol.asyncDispose]());
    return store;
  };
  return { path, store: await again(), again };
}
