import { DatabaseSync } from 'node:sqlite';

import { TestClock } from '@roundtripper/testing';
import { expect, onTestFinished, test } from 'vitest';

import { bodyOf, exampleEntry, put, putSurely } from '../../test/example-entry.ts';
import { makeSqliteStore, type MadeSqliteStore } from '../../test/sqlite-file.ts';
import type { CacheStore, DeleteTarget } from '../store.ts';

const SITE = 'https://example.com';
const key = `private ${SITE}/`;
const special = { headers: [['Cache-Groups', '"g"']], tags: ['t'] } as const;

interface Lockable extends MadeSqliteStore {
  readonly clock: TestClock;
  /** Somebody else writes, until `release`. */
  readonly lock: () => void;
  readonly release: () => void;
  /** Does something that is given up, since the lock is held for longer than is waited. */
  readonly failing: (work: () => unknown) => Promise<void>;
}

async function lockable(): Promise<Lockable> {
  const clock = new TestClock(Date.now());
  const made = await makeSqliteStore({ clock, busyTimeout: 100 });
  const database = new DatabaseSync(made.path);
  onTestFinished(() => database.close());
  const failing = async (work: () => unknown): Promise<void> => {
    const failed = expect(work()).rejects.toMatchObject({ code: 'busy' });
    await clock.advance(200);
    await failed;
  };
  return { ...made, clock, lock: () => database.exec('BEGIN IMMEDIATE'), release: () => database.exec('COMMIT'), failing };
}

const TARGETS: readonly { fact: string; remove: (store: CacheStore, id: string) => unknown }[] = [
  { fact: 'its URL', remove: (store) => store.delete({ kind: 'url', url: `${SITE}/` }) },
  { fact: 'its group', remove: (store) => store.delete({ kind: 'group', origin: SITE, group: 'g' }) },
  { fact: 'its tag', remove: (store) => store.delete({ kind: 'tag', tag: 't' }) },
  { fact: 'the beginning of its URL', remove: (store) => store.delete({ kind: 'prefix', prefix: SITE }) },
  { fact: 'it alone', remove: (store, id) => store.delete({ kind: 'id', key, id }) },
  { fact: 'everything', remove: (store) => store.clear() },
];

test.for(TARGETS)(
  'a deletion of $fact that others’ locks hold up for too long is in force at once, and made up for',
  async ({ remove }) => {
    const { store, again, failing, release, lock } = await lockable();
    const stored = await putSurely(store, exampleEntry(special));
    lock();
    await failing(() => remove(store, stored.id));
    expect(await store.lookup(key)).toEqual([]);
    expect(await bodyOf(store, stored)).toBeUndefined();
    release();
    expect(await store.lookup(key)).toEqual([]);
    expect(await (await again()).lookup(key)).toEqual([]);
    expect(await put(store, exampleEntry(special))).toMatchObject({ kind: 'stored' });
    expect(await store.lookup(key)).toHaveLength(1);
  },
);

test('hides what a deletion names while it is waited for', async () => {
  const { store, clock, release, lock } = await lockable();
  await putSurely(store, exampleEntry(special));
  lock();
  const deletion = store.delete({ kind: 'tag', tag: 't' });
  expect(await store.lookup(key)).toEqual([]);
  release();
  await clock.advance(50);
  expect(await deletion).toBe(1);
});

test('leaves alone what a deletion that is owed does not name', async () => {
  const { store, failing, release, lock } = await lockable();
  await putSurely(store, exampleEntry(special));
  await putSurely(store, exampleEntry({ path: '/other' }));
  lock();
  await failing(() => store.delete({ kind: 'tag', tag: 't' }));
  expect(await store.lookup(`private ${SITE}/other`)).toHaveLength(1);
  release();
  expect(await store.lookup(`private ${SITE}/other`)).toHaveLength(1);
});

test('refuses what was asked for before a deletion that is owed, and joins nobody to it', async () => {
  const { store, failing, release, lock } = await lockable();
  const mark = store.mark?.() ?? '';
  lock();
  await failing(() => store.delete({ kind: 'tag', tag: 't' }));
  expect(store.isCurrent?.(mark, `${SITE}/`)).toBe(false);
  release();
  expect(await put(store, exampleEntry({ ...special, mark }))).toEqual({ kind: 'refused', reason: 'deleted-meanwhile' });
  expect(await put(store, exampleEntry({ ...special, mark: store.mark?.() }))).toMatchObject({ kind: 'stored' });
});

test('does not freshen what a deletion that is owed names', async () => {
  const { store, failing, release, lock } = await lockable();
  const stored = await putSurely(store, exampleEntry(special));
  lock();
  await failing(() => store.delete({ kind: 'tag', tag: 't' }));
  release();
  expect(await store.update(stored, { ...stored, tags: [] })).toBe(false);
  expect(await store.lookup(key)).toEqual([]);
});

test('removes what could not be made stale', async () => {
  const { store, failing, release, lock } = await lockable();
  const stored = await putSurely(store, exampleEntry());
  lock();
  await failing(() => store.update(stored, { ...stored, isInvalidated: true }));
  expect(await store.lookup(key)).toEqual([]);
  release();
  expect(await store.lookup(key)).toEqual([]);
});

test('carries out what is owed before it is closed', async () => {
  const { store, again, failing, release, lock } = await lockable();
  await putSurely(store, exampleEntry(special));
  lock();
  await failing(() => store.delete({ kind: 'tag', tag: 't' }));
  release();
  await store[Symbol.asyncDispose]();
  expect(await (await again()).lookup(key)).toEqual([]);
});

test('owes no more than some hundred deletions: everything goes where there are more', async () => {
  const { store, failing, release, lock } = await lockable();
  await putSurely(store, exampleEntry());
  lock();
  const targets = Array.from({ length: 300 }, (_, index): DeleteTarget => ({ kind: 'tag', tag: `${index}` }));
  await failing(() => Promise.all(targets.map(async (target) => store.delete(target))));
  expect(await store.lookup(key)).toEqual([]);
  release();
  expect(await store.lookup(key)).toEqual([]);
  await putSurely(store, exampleEntry());
  expect(await store.lookup(key)).toHaveLength(1);
});
