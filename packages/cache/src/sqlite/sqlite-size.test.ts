import { statSync } from 'node:fs';

import { HttpHeaders } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { exampleBytes, exampleEntry, put, putSurely, type Special } from '../../test/example-entry.ts';
import { makeSqliteStore } from '../../test/sqlite-file.ts';
import type { CacheStore } from '../store.ts';
import type { StoredResponse } from '../stored-response.ts';

const MAX_BYTES = 2_097_152;

const KINDS: readonly { fact: string; bodyBytes: number; make: (index: number) => Special }[] = [
  { fact: 'nothing special', bodyBytes: 1_000, make: (index) => ({ path: `/${index}` }) },
  { fact: 'a URL of 4 KB', bodyBytes: 10, make: (index) => ({ path: `/${index}${'u'.repeat(4_000)}` }) },
  { fact: 'a URL of 1 KB', bodyBytes: 10, make: (index) => ({ path: `/${index}${'u'.repeat(1_000)}` }) },
  {
    fact: 'a head of more bytes than characters',
    bodyBytes: 10,
    make: (index) => ({ path: `/${index}`, headers: [['X', 'é'.repeat(3_000)]] }),
  },
  { fact: 'a body of half a page', bodyBytes: 2_100, make: (index) => ({ path: `/${index}` }) },
  {
    fact: 'many tags',
    bodyBytes: 10,
    make: (index) => ({ path: `/${index}`, tags: Array.from({ length: 100 }, (_, number) => `user:${index}:${number}`) }),
  },
  { fact: 'long variants', bodyBytes: 10, make: (index) => ({ path: `/${index >> 4}`, variant: `${'v'.repeat(2_000)}${index}` }) },
];

test.for(KINDS)('a file of responses with $fact is hardly larger than it is to be', async ({ bodyBytes, make }) => {
  const { path, store } = await makeSqliteStore({ maxBytes: MAX_BYTES });
  for (let index = 0, evictions = 0; evictions < 150; index += 1) {
    await put(store, exampleEntry(make(index)), exampleBytes(bodyBytes));
    if (index % 50 === 0) ({ evictions } = await store.stats());
  }
  await store[Symbol.asyncDispose]();
  expect(statSync(path).size).toBeLessThan(1.3 * MAX_BYTES);
  expect(statSync(path).size).toBeGreaterThan(0.6 * MAX_BYTES);
});

function withField(stored: StoredResponse, bytes: number): StoredResponse {
  return { ...stored, headers: new HttpHeaders([...stored.headers.fields(), ['X-Large', 'x'.repeat(bytes)]]) };
}

async function isThere(store: CacheStore, { key }: StoredResponse): Promise<boolean> {
  return (await store.lookup(key)).length === 1;
}

test('makes room for what a freshened head takes', async () => {
  const { store } = await makeSqliteStore({ maxBytes: 1_048_576 });
  const all: StoredResponse[] = [];
  for (let index = 0; index < 200; index += 1) all.push(await putSurely(store, exampleEntry({ path: `/${index}` })));
  for (const stored of all.toReversed()) {
    const isUpdated = await store.update(stored, withField(stored, 16_000));
    expect(isUpdated).toBe(await isThere(store, stored));
    expect((await store.stats()).bytes).toBeLessThanOrEqual(1_048_576);
  }
  const { entries, evictions } = await store.stats();
  expect(entries).toBeGreaterThan(50);
  expect(entries + evictions).toBe(200);
});

test('removes a response that a freshened head makes larger than there is room for', async () => {
  const { store } = await makeSqliteStore({ maxBytes: 65_536 });
  const stored = await putSurely(store, exampleEntry());
  const other = await putSurely(store, exampleEntry({ path: '/other' }));
  expect(await store.update(stored, withField(stored, 70_000))).toBe(false);
  expect([await isThere(store, stored), await isThere(store, other)]).toEqual([false, true]);
  expect(await store.stats()).toMatchObject({ entries: 1, evictions: 0 });
});
