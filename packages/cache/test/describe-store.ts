import { describe, expect, test } from 'vitest';

import { MAX_VARIANTS, type CacheStore, type DeleteTarget } from '../src/store.ts';
import { serialiseStored } from '../src/stored-form.ts';
import type { StoredResponse } from '../src/stored-response.ts';
import { begin, bodyOf, bytesOf, exampleBytes, exampleEntry, putSurely } from './example-entry.ts';

/** What a store is made with for a test. */
export interface StoreBounds {
  /** Bytes of all that is stored. Undefined for plenty. */
  readonly maxBytes: number | undefined;
}

/** An empty store, and what opens the same data again, as another process would. */
export interface MadeStore {
  readonly store: CacheStore;
  readonly again?: () => Promise<CacheStore>;
}

/** Makes an empty store. What it makes, it ends after the test by itself (`onTestFinished`). */
export type MakeStore = (bounds: StoreBounds) => Promise<MadeStore>;

export interface StoreTraits {
  /** Whether it evicts by itself what was used longest ago. */
  readonly evicts: boolean;
}

const PLENTY: StoreBounds = { maxBytes: undefined };

/** What every store must do, whatever it stands on. */
export function describeStore(name: string, make: MakeStore, { evicts }: StoreTraits): void {
  describe(name, () => {
    describeEntries(make);
    describeBodies(make);
    describeDeletion(make);
    describeRefusal(make);
    if (evicts) describeEviction(make);
  });
}

const key = 'private https://example.com/';

function describeEntries(make: MakeStore): void {
  test('finds nothing where nothing is stored', async () => {
    const { store } = await make(PLENTY);
    expect(await store.lookup(key)).toEqual([]);
    expect(await store.stats()).toEqual({ entries: 0, bytes: 0, evictions: 0 });
  });

  test('shows nothing of an entry before it is committed, and all of it afterwards', async () => {
    const { store } = await make(PLENTY);
    const special = {
      variant: 'en',
      selecting: [
        ['accept-language', 'en'],
        ['x-none', null],
      ],
      status: 206,
      statusText: 'Partial Content',
      part: { start: 10, total: 500 },
      headers: [
        ['ETag', '"a"'],
        ['Last-Modified', 'Sat, 01 Jan 2022 00:00:00 GMT'],
        ['X-Latin', 'caf\u00e9'],
        ['X-Twice', '1'],
        ['X-Twice', '2'],
        ['Cache-Groups', '"one"'],
      ],
      tags: ['tag'],
      isInvalidated: true,
    } as const;
    const body = exampleBytes(100);
    const entry = exampleEntry(special);
    const writer = await begin(store, entry, body, 30);
    expect(await store.lookup(key)).toEqual([]);
    const result = await writer.commit(100);
    expect(result.kind).toBe('stored');
    const found = await onlyOne(store);
    expect(serialiseStored(found)).toBe(serialiseStored({ ...entry, bodyBytes: 100 }));
    expectSame(await bodyOf(store, found), body);
    expect(await store.stats()).toMatchObject({ entries: 1 });
  });

  test('leaves nothing of an entry that was given up, however often that is said', async () => {
    const { store } = await make(PLENTY);
    const writer = await begin(store, exampleEntry(), exampleBytes(200_000), 30_000);
    await writer.abort();
    await writer.abort();
    expect(await store.lookup(key)).toEqual([]);
    expect(await store.stats()).toMatchObject({ entries: 0, bytes: 0 });
  });

  test('keeps an entry that is given up after it was committed', async () => {
    const { store } = await make(PLENTY);
    for (const size of [100, 200_000]) {
      const body = exampleBytes(size);
      const writer = await begin(store, exampleEntry(), body);
      await writer.commit(size);
      await writer.abort();
      expectSame(await bodyOf(store, await onlyOne(store)), body);
    }
  });

  test('has one response for a variant, the one that was committed last', async () => {
    const { store } = await make(PLENTY);
    const early = await begin(store, exampleEntry(), exampleBytes(10, 1));
    const late = await begin(store, exampleEntry(), exampleBytes(20, 2));
    await late.commit(20);
    await early.commit(10);
    expectSame(await bodyOf(store, await onlyOne(store)), exampleBytes(10, 1));
    expect(await store.stats()).toMatchObject({ entries: 1 });
  });

  test('has variants side by side, each with its body', async () => {
    const { store } = await make(PLENTY);
    const sizes = new Map([
      ['de', 10],
      ['en', 100_000],
      ['', 0],
    ]);
    for (const [variant, size] of sizes) await putSurely(store, exampleEntry({ variant }), exampleBytes(size));
    const found = await store.lookup(key);
    expect(found.map(({ variant }) => variant).toSorted()).toEqual(['', 'de', 'en']);
    for (const stored of found) expectSame(await bodyOf(store, stored), exampleBytes(sizes.get(stored.variant) ?? -1));
  });

  test('lets the oldest variant go where there are too many', async () => {
    const { store } = await make(PLENTY);
    for (let index = 0; index <= MAX_VARIANTS; index += 1) await putSurely(store, exampleEntry({ variant: `v${index}` }));
    const variants = (await store.lookup(key)).map(({ variant }) => variant);
    expect(variants).toHaveLength(MAX_VARIANTS);
    expect(variants).not.toContain('v0');
  });

  test.for(['\0', 'a\0b', '\n\r', '\u{1F600} \u00e9', '__proto__', '*', '{a}', 'x'.repeat(10_000)])(
    'keeps what is called %j apart from the rest',
    async (odd) => {
      const { store } = await make(PLENTY);
      const keys = [`private key ${odd}`, `private key ${odd}x`, 'private key '];
      for (const each of keys) await putSurely(store, exampleEntry({ key: each, variant: odd, tags: [odd] }), exampleBytes(each.length));
      for (const each of keys) {
        const [found, ...more] = await store.lookup(each);
        expect(more).toEqual([]);
        expect(found).toMatchObject({ key: each, variant: odd, bodyBytes: each.length });
      }
      expect(await store.delete({ kind: 'tag', tag: odd })).toBe(3);
    },
  );

  test('puts a new head in place of the old one; the body stays', async () => {
    const { store } = await make(PLENTY);
    for (const size of [100, 400_000]) {
      const body = exampleBytes(size);
      const stored = await putSurely(store, exampleEntry(), body);
      const fresh = exampleEntry({ id: stored.id, headers: [['X-New', 'x'.repeat(500)]], isInvalidated: true });
      const head: StoredResponse = { ...fresh, bodyBytes: stored.bodyBytes };
      expect(await store.update(stored, head)).toBe(true);
      const found = await onlyOne(store);
      expect(serialiseStored(found)).toBe(serialiseStored(head));
      expectSame(await bodyOf(store, found), body);
      expectSame(await bodyOf(store, stored), body);
    }
  });

  test('does not put a head where the response has gone, or another has its place', async () => {
    const { store } = await make(PLENTY);
    const stored = await putSurely(store, exampleEntry());
    await putSurely(store, exampleEntry(), exampleBytes(7));
    expect(await store.update(stored, { ...stored, isInvalidated: true })).toBe(false);
    expect(await onlyOne(store)).toMatchObject({ bodyBytes: 7, isInvalidated: false });
    await store.clear();
    expect(await store.update(stored, stored)).toBe(false);
    expect(await store.lookup(key)).toEqual([]);
  });

  test('finds a response by the groups of its new head only', async () => {
    const { store } = await make(PLENTY);
    const stored = await putSurely(store, exampleEntry({ headers: [['Cache-Groups', '"old"']] }));
    const fresh = exampleEntry({ id: stored.id, headers: [['Cache-Groups', '"new"']] });
    expect(await store.update(stored, { ...fresh, bodyBytes: stored.bodyBytes })).toBe(true);
    expect(await store.delete({ kind: 'group', origin: 'https://example.com', group: 'old' })).toBe(0);
    expect(await store.delete({ kind: 'group', origin: 'https://example.com', group: 'new' })).toBe(1);
  });
}

function describeBodies(make: MakeStore): void {
  const sizes = [0, 1, 1_000, 65_535, 65_536, 65_537, 262_144, 262_145, 1_000_000];
  test.for(sizes.flatMap((size) => [1_400, 65_536, 1_000_000].map((chunk) => [size, chunk] as const)))(
    'gives back %i bytes that came in chunks of %i',
    async ([size, chunkBytes]) => {
      const { store } = await make(PLENTY);
      const body = exampleBytes(size);
      for (const expectedBytes of [size, undefined]) {
        const writer = await begin(store, exampleEntry({ expectedBytes }), body, chunkBytes);
        expect((await writer.commit(size)).kind).toBe('stored');
        expectSame(await bodyOf(store, await onlyOne(store)), body);
      }
    },
  );

  test.for([
    [0, 1],
    [99, 100],
    [0, 100],
    [65_535, 65_537],
    [65_536, 131_072],
    [70_000, 70_000],
    [1, 399_999],
    [399_999, 400_000],
  ])('gives back the bytes from %i to %i of a body', async ([start = 0, end = 0]) => {
    const { store } = await make(PLENTY);
    const body = exampleBytes(400_000);
    const stored = await putSurely(store, exampleEntry(), body);
    expectSame(await bodyOf(store, stored, { start, end }), body.subarray(start, end));
  });

  test('goes on with a body that is being read although the response is replaced, and then deleted', async () => {
    const { store } = await make(PLENTY);
    const body = exampleBytes(1_000_000);
    const stored = await putSurely(store, exampleEntry(), body);
    const source = await store.read(stored);
    if (source === undefined) throw new Error('there is no body');
    if (source instanceof Uint8Array) return;
    const reading = source[Symbol.asyncIterator]();
    const first = await reading.next();
    await putSurely(store, exampleEntry(), exampleBytes(10));
    await store.clear();
    const rest = await bytesOf({ [Symbol.asyncIterator]: () => reading });
    expectSame(Buffer.concat([first.value, rest]), body);
  });

  test('gives back no body of a response that has gone', async () => {
    const { store } = await make(PLENTY);
    for (const size of [0, 100, 400_000]) {
      const stored = await putSurely(store, exampleEntry(), exampleBytes(size));
      await store.delete({ kind: 'id', key, id: stored.id });
      expect(await store.read(stored)).toBeUndefined();
    }
  });
}

function describeDeletion(make: MakeStore): void {
  const origin = 'https://example.com';
  test.for<{ fact: string; target: DeleteTarget; gone: readonly string[] }>([
    { fact: 'all variants of a URL', target: { kind: 'url', url: `${origin}/a` }, gone: ['/a de', '/a en'] },
    { fact: 'nothing for a URL that has nothing', target: { kind: 'url', url: `${origin}/z` }, gone: [] },
    { fact: 'a group of an origin', target: { kind: 'group', origin, group: 'g' }, gone: ['/a de', '/b'] },
    { fact: 'no group of another origin', target: { kind: 'group', origin: 'https://example.org', group: 'g' }, gone: [] },
    { fact: 'a tag', target: { kind: 'tag', tag: 't' }, gone: ['/b', '/b%c'] },
    { fact: 'no tag that is called like a URL', target: { kind: 'tag', tag: `${origin}/a` }, gone: [] },
    { fact: 'URLs that begin so', target: { kind: 'prefix', prefix: `${origin}/b` }, gone: ['/b', '/b%c', '/b/1'] },
    { fact: 'a prefix to the letter, whatever it means elsewhere', target: { kind: 'prefix', prefix: `${origin}/b%` }, gone: ['/b%c'] },
    { fact: 'no URL for a prefix with a star', target: { kind: 'prefix', prefix: `${origin}/*` }, gone: [] },
    { fact: 'no URL for a prefix with a question mark', target: { kind: 'prefix', prefix: `${origin}/?` }, gone: [] },
    { fact: 'every URL for no prefix', target: { kind: 'prefix', prefix: '' }, gone: ['/a de', '/a en', '/b', '/b%c', '/b/1', '/c_d'] },
  ])('deletes $fact', async ({ target, gone }) => {
    const { store } = await make(PLENTY);
    const group = ['Cache-Groups', '"g", "h"'] as const;
    await putSurely(store, exampleEntry({ path: '/a', variant: 'de', headers: [group] }));
    await putSurely(store, exampleEntry({ path: '/a', variant: 'en' }));
    await putSurely(store, exampleEntry({ path: '/b', headers: [group], tags: ['t', 'u'] }));
    await putSurely(store, exampleEntry({ path: '/b%c', tags: ['t'] }));
    await putSurely(store, exampleEntry({ path: '/b/1' }), exampleBytes(100_000));
    await putSurely(store, exampleEntry({ path: '/c_d' }));
    const all = ['/a de', '/a en', '/b', '/b%c', '/b/1', '/c_d'];
    expect(await store.delete(target)).toBe(gone.length);
    const left: string[] = [];
    for (const path of ['/a', '/b', '/b%c', '/b/1', '/c_d']) {
      for (const { variant } of await store.lookup(`private ${origin}${path}`)) left.push(`${path} ${variant}`.trim());
    }
    expect(left.toSorted()).toEqual(all.filter((name) => !gone.includes(name)).toSorted());
    expect(await store.stats()).toMatchObject({ entries: all.length - gone.length });
  });

  test('deletes one response by its id, and nothing where it has gone', async () => {
    const { store } = await make(PLENTY);
    const de = await putSurely(store, exampleEntry({ variant: 'de' }));
    await putSurely(store, exampleEntry({ variant: 'en' }));
    expect(await store.delete({ kind: 'id', key, id: de.id })).toBe(1);
    expect(await store.delete({ kind: 'id', key, id: de.id })).toBe(0);
    expect((await store.lookup(key)).map(({ variant }) => variant)).toEqual(['en']);
  });

  test('is empty when it was cleared, and takes new entries', async () => {
    const { store } = await make(PLENTY);
    for (const path of ['/', '/a', '/b']) await putSurely(store, exampleEntry({ path, tags: ['t'] }), exampleBytes(100_000));
    await store.clear();
    expect(await store.lookup(key)).toEqual([]);
    expect(await store.stats()).toMatchObject({ entries: 0, bytes: 0 });
    expect(await store.delete({ kind: 'tag', tag: 't' })).toBe(0);
    await putSurely(store, exampleEntry(), exampleBytes(5));
    expectSame(await bodyOf(store, await onlyOne(store)), exampleBytes(5));
  });
}

function describeEviction(make: MakeStore): void {
  test('lets go what was used longest ago, and counts it', async () => {
    const { store } = await make({ maxBytes: 200_000 });
    const stored: StoredResponse[] = [];
    for (const path of ['/0', '/1', '/2', '/3']) stored.push(await putSurely(store, exampleEntry({ path }), exampleBytes(40_000)));
    const [zero, one] = stored;
    if (zero === undefined || one === undefined) throw new Error('nothing is stored');
    await bodyOf(store, zero);
    store.touch?.(one);
    await putSurely(store, exampleEntry({ path: '/4' }), exampleBytes(90_000));
    const left: string[] = [];
    for (const path of ['/0', '/1', '/2', '/3', '/4']) {
      if ((await store.lookup(`private https://example.com${path}`)).length > 0) left.push(path);
    }
    expect(left).toEqual(['/0', '/1', '/4']);
    const { bytes, evictions } = await store.stats();
    expect(evictions).toBe(2);
    expect(bytes).toBeLessThanOrEqual(200_000);
  });
}

function describeRefusal(make: MakeStore): void {
  test('does not take what is larger than all of it, and keeps what it has', async () => {
    const { store } = await make({ maxBytes: 100_000 });
    await putSurely(store, exampleEntry({ path: '/kept' }));
    expect(await store.create(exampleEntry({ expectedBytes: 100_001 }))).toBeUndefined();
    const writer = await store.create(exampleEntry());
    const refusal = await writer?.write(exampleBytes(100_001));
    const outcome = refusal ?? (await writer?.commit(100_001));
    expect(['too-large', 'no-room']).toContain(typeof outcome === 'object' && outcome.kind === 'refused' ? outcome.reason : outcome);
    expect(await store.lookup(key)).toEqual([]);
    expect(await store.lookup('private https://example.com/kept')).toHaveLength(1);
  });
}

/** What is stored under the key of `exampleEntry`. */
export async function onlyOne(store: CacheStore): Promise<StoredResponse> {
  const [found, ...more] = await store.lookup(key);
  expect(more).toEqual([]);
  if (found === undefined) throw new Error('nothing is stored under the key');
  return found;
}

/** By hand: to have a large body's bytes listed takes a test longer than all else, and tells nothing. */
export function expectSame(bytes: Uint8Array | undefined, expected: Uint8Array): void {
  expect(bytes?.byteLength).toBe(expected.byteLength);
  expect(Buffer.compare(bytes ?? expected.subarray(1), expected)).toBe(0);
}
