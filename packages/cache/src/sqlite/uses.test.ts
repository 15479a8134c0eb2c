import { DatabaseSync } from 'node:sqlite';

import { expect, onTestFinished, test } from 'vitest';

import { bodyOf, exampleBytes, exampleEntry, putSurely } from '../../test/example-entry.ts';
import { makeSqliteStore } from '../../test/sqlite-file.ts';
import type { CacheStore } from '../store.ts';
import type { StoredResponse } from '../stored-response.ts';

const BODY = exampleBytes(10);

async function fill(store: CacheStore, from: number, to: number): Promise<readonly StoredResponse[]> {
  const stored: StoredResponse[] = [];
  for (let number = from; number < to; number += 1) stored.push(await putSurely(store, exampleEntry({ path: `/${number}` }), BODY));
  return stored;
}

/** The paths of `stored`, those that go first first, as the file has it. */
function orderIn(path: string): readonly string[] {
  const database = new DatabaseSync(path);
  onTestFinished(() => database.close());
  const rows = database.prepare('SELECT url FROM entries WHERE key IS NOT NULL ORDER BY used').all();
  return rows.map(({ url }) => new URL(String(url)).pathname);
}

async function useAll(store: CacheStore, stored: readonly StoredResponse[]): Promise<void> {
  for (const each of stored) await bodyOf(store, each);
}

test('of few responses each use counts, one after the other', async () => {
  const { store, path } = await makeSqliteStore();
  const stored = await fill(store, 0, 20);
  await useAll(store, stored.slice(3, 20).toReversed());
  await store[Symbol.asyncDispose]();
  const used = Array.from({ length: 17 }, (_, index) => `/${19 - index}`);
  expect(orderIn(path)).toEqual(['/0', '/1', '/2', ...used]);
});

test('uses are written down while they go on, few as the responses may be', async () => {
  const { store, path } = await makeSqliteStore();
  const stored = await fill(store, 0, 5);
  for (let turn = 0; turn < 512; turn += 1) await useAll(store, stored.slice(0, 2));
  expect(orderIn(path)).toEqual(['/2', '/3', '/4', '/0', '/1']);
});

test('of many responses a use of what would go soon counts, and one of what would not is not written down', async () => {
  const { store, path } = await makeSqliteStore();
  const stored = await fill(store, 0, 2_024);
  const before = orderIn(path);
  // The newest 750 are recent.
  await useAll(
    store,
    [1_274, 1_500, 2_000, 0, 1_273, 1_600].map((number) => at(stored, number)),
  );
  store.touch?.(at(stored, 1_700));
  await store[Symbol.asyncDispose]();
  const unmoved = before.filter((url) => url !== '/0' && url !== '/1273');
  expect(orderIn(path)).toEqual([...unmoved, '/0', '/1273']);
});

test('what is used now and then never goes, however many others come', async () => {
  const { store } = await makeSqliteStore({ maxBytes: 2_000_000 });
  const [first] = await fill(store, 0, 1);
  if (first === undefined) throw new Error('nothing is stored');
  for (let from = 1; from < 6_001; from += 250) {
    await fill(store, from, from + 250);
    expect(await bodyOf(store, first)).toHaveLength(BODY.byteLength);
  }
  const { entries, evictions } = await store.stats();
  expect(entries + evictions).toBe(6_001);
  expect(entries).toBeGreaterThan(1_500);
  expect(evictions).toBeGreaterThan(2_000);
});

test('finds out what is not recent any more since another process has stored much', async () => {
  const { store, again, path } = await makeSqliteStore();
  const last = at(await fill(store, 0, 1_100), 1_099);
  await bodyOf(store, last);
  await fill(await again(), 1_100, 1_600);
  for (let count = 0; count <= 1_024; count += 1) await bodyOf(store, last);
  await store[Symbol.asyncDispose]();
  expect(orderIn(path).at(-1)).toBe('/1099');
});

function at(stored: readonly StoredResponse[], number: number): StoredResponse {
  const found = stored[number];
  if (found === undefined) throw new Error(`there is no response ${number}`);
  return found;
}
