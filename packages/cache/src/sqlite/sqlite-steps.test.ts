import { DatabaseSync } from 'node:sqlite';

import { expect, onTestFinished, test } from 'vitest';

import { expectSame } from '../../test/describe-store.ts';
import { begin, bodyOf, exampleBytes, exampleEntry, put, putSurely } from '../../test/example-entry.ts';
import { makeSqliteStore } from '../../test/sqlite-file.ts';
import type { CacheStore } from '../store.ts';
import { sqliteStore } from './index.ts';

const ORIGIN = 'https://example.com';
const MANY = 700;

/** Stores many small responses, and one of an origin that nobody deletes. */
async function fill(store: CacheStore): Promise<void> {
  for (let index = 0; index < MANY; index += 1) {
    await putSurely(store, exampleEntry({ path: `/many/${index}`, tags: ['t'], headers: [['Cache-Groups', '"g"']] }), exampleBytes(10));
  }
  await putSurely(store, exampleEntry({ url: 'https://example.org/' }));
}

async function countSeen(store: CacheStore): Promise<number> {
  let count = 0;
  for (let index = 0; index < MANY; index += 1) count += (await store.lookup(`private ${ORIGIN}/many/${index}`)).length;
  return count;
}

test.for<{ fact: string; left: number; remove: (store: CacheStore) => unknown }>([
  { fact: 'a tag', left: 1, remove: (store) => store.delete({ kind: 'tag', tag: 't' }) },
  { fact: 'a group', left: 1, remove: (store) => store.delete({ kind: 'group', origin: ORIGIN, group: 'g' }) },
  { fact: 'a prefix', left: 1, remove: (store) => store.delete({ kind: 'prefix', prefix: `${ORIGIN}/many/` }) },
  { fact: 'everything', left: 0, remove: (store) => store.clear() },
])('deletes $fact of many responses in steps, of which nobody sees any', async ({ left, remove }) => {
  const { store, again } = await makeSqliteStore();
  const other = await again();
  await fill(store);
  const removed = remove(store);
  expect(removed).toBeInstanceOf(Promise);
  expect((await store.stats()).entries).toBe(MANY + 1);
  expect([await countSeen(store), await countSeen(other)]).toEqual([0, 0]);
  const late = exampleEntry({ path: '/many/3', tags: ['t'], headers: [['Cache-Groups', '"g"']] });
  await putSurely(other, late);
  expect(await removed).toBe(left === 0 ? undefined : MANY);
  expect(await store.stats()).toMatchObject({ entries: left + 1 });
  expect(await countSeen(store)).toBe(1);
});

test('deletes in steps what is large, though it is not many', async () => {
  const { store } = await makeSqliteStore();
  const body = exampleBytes(3_000_000);
  for (let index = 0; index < 5; index += 1) await putSurely(store, exampleEntry({ path: `/${index}`, tags: ['t'] }), body);
  const removed = store.delete({ kind: 'tag', tag: 't' });
  expect(removed).toBeInstanceOf(Promise);
  for (let index = 0; index < 5; index += 1) expect(await store.lookup(`private ${ORIGIN}/${index}`)).toEqual([]);
  expect(await removed).toBe(5);
  expect(await store.stats()).toMatchObject({ entries: 0, bytes: 0 });
});

test('whoever stores something removes what is left of a deletion whose process has died', async () => {
  const { path, store } = await makeSqliteStore();
  await fill(store);
  const database = new DatabaseSync(path);
  onTestFinished(() => database.close());
  // What a process has written down that was killed before the first step.
  database.exec("INSERT INTO sweeps (target, last) SELECT 'tag t', max(seq) FROM entries");
  expect(await countSeen(store)).toBe(0);
  for (let index = 0; index < 10; index += 1) await putSurely(store, exampleEntry({ path: '/new', tags: ['t'] }));
  expect(await store.stats()).toMatchObject({ entries: 2 });
  expect(database.prepare('SELECT count(*) AS count FROM sweeps').get()).toEqual({ count: 0 });
});

test('refuses what was begun before a deletion in steps, and keeps its pieces out of the way', async () => {
  const { store, again } = await makeSqliteStore();
  await fill(store);
  const writer = await begin(store, exampleEntry({ tags: ['t'] }), exampleBytes(100_000));
  const removed = (await again()).delete({ kind: 'tag', tag: 't' });
  expect(await writer.commit(100_000)).toEqual({ kind: 'refused', reason: 'deleted-meanwhile' });
  expect(await removed).toBe(MANY);
});

test('is closed in the middle of a deletion: nobody sees what was deleted after it was opened again', async () => {
  const { store, again } = await makeSqliteStore();
  await fill(store);
  const removed = store.delete({ kind: 'tag', tag: 't' });
  await store[Symbol.asyncDispose]();
  expect(await removed).toBe(MANY);
  expect(await countSeen(await again())).toBe(0);
});

test('comes down to a smaller size by and by', async () => {
  const { store, path, again } = await makeSqliteStore({ maxBytes: 10_000_000 });
  await fill(store);
  await store[Symbol.asyncDispose]();
  const database = new DatabaseSync(path);
  onTestFinished(() => database.close());
  const small = sqliteStore({ path, maxBytes: 65_536 });
  onTestFinished(() => small[Symbol.asyncDispose]());
  const entries: number[] = [];
  for (let turn = 0; turn < 4; turn += 1) {
    expect(await put(small, exampleEntry({ path: `/${turn}` }))).toMatchObject({ kind: 'stored' });
    entries.push((await small.stats()).entries);
  }
  expect(entries[0]).toBeGreaterThan(400);
  expect((await small.stats()).bytes).toBeLessThanOrEqual(65_536);
  expect((await (await again()).lookup(`private ${ORIGIN}/3`)).length).toBe(1);
});

test('writes a large chunk in steps, and leaves nothing of it where it is given up between them', async () => {
  const { store } = await makeSqliteStore();
  const body = exampleBytes(8_000_000);
  const given = await store.create(exampleEntry());
  const half = given?.write(body);
  await given?.abort();
  expect(await half).toBe('no-room');
  expect(await store.stats()).toMatchObject({ entries: 0, bytes: 0 });
  const writer = await store.create(exampleEntry());
  const written = writer?.write(body);
  let turns = 0;
  const count = (): void => {
    turns += 1;
    immediate = setImmediate(count);
  };
  let immediate = setImmediate(count);
  expect(await written).toBeUndefined();
  clearImmediate(immediate);
  expect(turns).toBeGreaterThan(4);
  expect(await writer?.commit(body.byteLength)).toMatchObject({ kind: 'stored' });
  const [stored] = await store.lookup(`private ${ORIGIN}/`);
  expectSame(stored === undefined ? undefined : await bodyOf(store, stored), body);
});

test('does not freshen what a deletion in steps has named, though it has not come to it yet', async () => {
  const { store, again } = await makeSqliteStore();
  await fill(store);
  const stored = await putSurely(store, exampleEntry({ tags: ['t'] }));
  const mark = store.mark?.();
  const removed = (await again()).delete({ kind: 'tag', tag: 't' });
  for (const each of [mark, undefined, store.mark?.()]) {
    expect(await store.update(stored, { ...stored, tags: ['other'] }, each)).toBe(false);
  }
  await removed;
  expect(await store.lookup(stored.key)).toEqual([]);
  expect(await store.stats()).toMatchObject({ entries: 1 });
});

test('does not freshen by an answer that was asked for before a deletion what belonged to that before', async () => {
  const { store, again } = await makeSqliteStore();
  const other = await again();
  const stored = await putSurely(store, exampleEntry());
  const mark = store.mark?.();
  await other.delete({ kind: 'tag', tag: 't' });
  expect(await other.update(stored, { ...stored, tags: ['t'] }, other.mark?.())).toBe(true);
  expect(await store.update(stored, { ...stored, tags: [] }, mark)).toBe(false);
  expect(await store.lookup(stored.key)).toMatchObject([{ tags: ['t'] }]);
});
