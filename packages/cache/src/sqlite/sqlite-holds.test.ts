import { TestClock } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { expectSame } from '../../test/describe-store.ts';
import { bodyOf, bytesOf, exampleBytes, exampleEntry, putSurely } from '../../test/example-entry.ts';
import { makeSqliteStore } from '../../test/sqlite-file.ts';
import type { CacheStore } from '../store.ts';
import type { StoredResponse } from '../stored-response.ts';

const BODY = exampleBytes(2_000_000);

/** A reader that has begun. */
async function reading(store: CacheStore, stored: StoredResponse): Promise<AsyncIterator<Uint8Array>> {
  const source = await store.read(stored);
  if (source === undefined || source instanceof Uint8Array) throw new Error('the body does not come in pieces');
  const iterator = source[Symbol.asyncIterator]();
  await iterator.next();
  return iterator;
}

async function readOn(iterator: AsyncIterator<Uint8Array>): Promise<number> {
  return (await bytesOf({ [Symbol.asyncIterator]: () => iterator })).byteLength;
}

const REST = BODY.byteLength - 65_536;

test('keeps nothing of a body that was read to its end and then replaced', async () => {
  const { store } = await makeSqliteStore({ maxBytes: 6_000_000 });
  for (let index = 0; index < 50; index += 1) await putSurely(store, exampleEntry({ path: `/${index}` }), exampleBytes(10_000));
  for (let turn = 0; turn < 6; turn += 1) {
    const stored = await putSurely(store, exampleEntry({ path: '/feed' }), BODY);
    expectSame(await bodyOf(store, stored), BODY);
  }
  expect(await store.stats()).toMatchObject({ entries: 51, evictions: 0 });
});

test.for<{ fact: string; end: (iterator: AsyncIterator<Uint8Array>) => unknown }>([
  { fact: 'reads it to the end', end: readOn },
  { fact: 'stops', end: (iterator) => iterator.return?.() },
])('removes what was deleted as soon as its last reader in this process $fact', async ({ end }) => {
  const { store } = await makeSqliteStore();
  const stored = await putSurely(store, exampleEntry(), BODY);
  const [one, other] = [await reading(store, stored), await reading(store, stored)];
  await store.clear();
  await end(one);
  expect((await store.stats()).bytes).toBeGreaterThan(2_000_000);
  expect(await readOn(other)).toBe(REST);
  expect(await store.stats()).toMatchObject({ entries: 0, bytes: 0 });
});

test.for([
  { fact: 'first', order: [0, 1] },
  { fact: 'last', order: [1, 0] },
] as const)('keeps a body for a reader in another process where the one that has begun $fact ends before it', async ({ order }) => {
  const clock = new TestClock(Date.now());
  const { store, again } = await makeSqliteStore({ clock });
  const stores = [store, await again()];
  const stored = await putSurely(store, exampleEntry(), BODY);
  const iterators: AsyncIterator<Uint8Array>[] = [];
  for (const each of stores) iterators.push(await reading(each, stored));
  const [early, late] = order.map((index) => iterators[index]);
  if (early === undefined || late === undefined) throw new Error('nobody reads');
  expect(await readOn(early)).toBe(REST);
  await store.clear();
  await putSurely(store, exampleEntry({ path: '/new' }));
  expect(await readOn(late)).toBe(REST);
  clock.jumpWallClock(60_001);
  await putSurely(store, exampleEntry({ path: '/new' }));
  expect((await store.stats()).bytes).toBeLessThan(10_000);
});

test('keeps a body for a reader in another process that has renewed its hold', async () => {
  const clock = new TestClock(Date.now());
  const { store, again } = await makeSqliteStore({ clock });
  const stored = await putSurely(store, exampleEntry(), BODY);
  const [one, other] = [await reading(store, stored), await reading(await again(), stored)];
  clock.jumpWallClock(40_000);
  for (let piece = 0; piece < 20; piece += 1) await one.next();
  await one.return?.();
  await store.clear();
  await putSurely(store, exampleEntry({ path: '/new' }));
  expect(await readOn(other)).toBe(REST);
});
