import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { textsOfSameHash } from '../test/same-hash.ts';
import { stored, STORED_URL, type StoredChanges } from '../test/stored.ts';
import { MAX_VARIANTS, memoryStore, type CacheStore, type StoredResponse } from './index.ts';

const textOf = (source: unknown): string => (source instanceof Uint8Array ? Buffer.from(source).toString() : typeof source);

async function put(store: CacheStore, changes: StoredChanges, body = 'body'): Promise<StoredResponse> {
  const { bodyBytes, ...entry } = stored(changes);
  const bytes = Buffer.from(body);
  const writer = await store.create({ ...entry, expectedBytes: bytes.byteLength });
  for (let at = 0; at < bytes.byteLength; at += 3) await writer?.write(bytes.subarray(at, at + 3));
  const result = await writer?.commit(bytes.byteLength);
  if (result?.kind !== 'stored') throw new Error(`refused: ${result?.reason}, of ${bodyBytes}`);
  return result.stored;
}

test('what is written is there once it is committed, and not before', async () => {
  const store = memoryStore();
  const { bodyBytes: _bodyBytes, ...entry } = stored();
  const writer = await store.create({ ...entry, expectedBytes: undefined });
  await writer?.write(Buffer.from('ab'));
  await writer?.write(Buffer.from('cd'));
  expect([store.lookup(entry.key), store.stats()]).toEqual([[], { entries: 0, bytes: 0, evictions: 0 }]);
  await writer?.commit(4);
  const [one] = await store.lookup(entry.key);
  expect(one?.bodyBytes).toBe(4);
  if (one !== undefined) expect([store.read(one), store.read(one, { start: 1, end: 3 })].map(textOf)).toEqual(['abcd', 'bc']);
});

test('a response takes the place of the one with its variant, beside those of others', async () => {
  const store = memoryStore();
  await put(store, { variant: 'a' });
  await put(store, { variant: 'b' });
  const newer = await put(store, { variant: 'a' });
  const found = await store.lookup(newer.key);
  expect([found.length, found.includes(newer)]).toEqual([2, true]);
});

test('two keys of the same hash are two keys', async () => {
  const store = memoryStore();
  const [key, otherKey] = textsOfSameHash('private http://example.com/');
  const place = (at: string): StoredChanges => ({ url: at.slice('private '.length), key: at });
  const one = await put(store, place(key), 'one');
  const other = await put(store, place(otherKey), 'other');
  const heads = async (): Promise<readonly (readonly StoredResponse[])[]> => [await store.lookup(one.key), await store.lookup(other.key)];
  expect(await heads()).toEqual([[one], [other]]);
  expect([store.read(one), store.read(other)].map(textOf)).toEqual(['one', 'other']);
  const newer = await put(store, place(key), 'newer');
  expect(await heads()).toEqual([[newer], [other]]);
  expect([await store.delete({ kind: 'url', url: one.url }), await heads()]).toEqual([1, [[], [other]]]);
  expect([store.read(other), store.read(newer)].map(textOf)).toEqual(['other', 'undefined']);
  expect(store.lookup(key)).toEqual([]);
});

test('a thousand variants of one URL are the last few', async () => {
  const store = memoryStore();
  for (let at = 0; at < 1_000; at++) await put(store, { variant: `${at}` });
  const found = await store.lookup(`private ${STORED_URL}`);
  expect([found.length, found.at(-1)?.variant]).toEqual([MAX_VARIANTS, '999']);
});

test('it is deleted by each of its names, and by no other', async () => {
  const one: StoredChanges = { fields: { 'Cache-Groups': '"g"' }, tags: ['t'] };
  for (const target of [
    { kind: 'url', url: STORED_URL },
    { kind: 'group', origin: 'http://example.com', group: 'g' },
    { kind: 'tag', tag: 't' },
    { kind: 'prefix', prefix: 'http://example.com/' },
  ] as const) {
    const store = memoryStore();
    await put(store, one);
    await put(store, { key: 'private key x', variant: 'other', ...one });
    await put(store, { url: 'http://example.org/a' });
    expect([await store.delete(target), await store.delete(target), await store.stats()]).toEqual([
      2,
      0,
      expect.objectContaining({ entries: 1 }),
    ]);
  }
});

test('an update keeps the body, and fails where it is gone', async () => {
  const store = memoryStore();
  const one = await put(store, {});
  const head = { ...one, isInvalidated: true };
  expect([store.update(one, head), await store.lookup(one.key), textOf(store.read(head))]).toEqual([true, [head], 'body']);
  await store.delete({ kind: 'id', key: one.key, id: one.id });
  expect(store.update(one, head)).toBe(false);
});

test('it keeps its limit, whatever is put into it, and finds what it holds', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          url: fc.constantFrom('a', 'b', 'c'),
          variant: fc.constantFrom('1', '2'),
          size: fc.integer({ min: 0, max: 4_000 }),
          delete: fc.boolean(),
        }),
      ),
      async (steps) => {
        const store = memoryStore({ maxBytes: 8_000 });
        for (const { url, variant, size, delete: isDelete } of steps) {
          const full = `http://example.com/${url}`;
          if (isDelete) await store.delete({ kind: 'url', url: full });
          else await put(store, { url: full, variant }, 'x'.repeat(size));
          const { bytes, entries } = await store.stats();
          expect(bytes).toBeLessThanOrEqual(8_000);
          const heads = await Promise.all(['a', 'b', 'c'].map(async (path) => store.lookup(`private http://example.com/${path}`)));
          const found = heads.flat().filter((one) => store.read(one) !== undefined).length;
          expect(found).toBe(entries);
        }
      },
    ),
  );
});

test('to delete one variant is no use of the others', async () => {
  const store = memoryStore({ maxBytes: 19_000 });
  const add = (path: string, variant: string, bodyBytes: number): StoredResponse => {
    const head = stored({ url: `http://example.com/${path}`, variant, bodyBytes });
    expect(store.put?.(head, new Uint8Array(bodyBytes)).kind).toBe('stored');
    return head;
  };
  const { key, id } = add('old', 'de', 2_000);
  add('old', 'en', 2_000);
  add('new', '', 8_000);
  expect(await store.delete({ kind: 'id', key, id })).toBe(1);
  add('newest', '', 8_000);
  const left: number[] = [];
  for (const path of ['old', 'new', 'newest']) left.push((await store.lookup(`private http://example.com/${path}`)).length);
  expect(left).toEqual([0, 1, 1]);
});

test('what is being written is bounded too, and frees what it held', async () => {
  const store = memoryStore({ maxBytes: 10_000 });
  const { bodyBytes: _bodyBytes, ...entry } = stored();
  const one = await store.create({ ...entry, expectedBytes: undefined });
  const other = await store.create({ ...entry, expectedBytes: undefined });
  expect(await one?.write(new Uint8Array(9_000))).toBeUndefined();
  expect(await other?.write(new Uint8Array(9_000))).toBe('no-room');
  await one?.abort();
  await one?.abort();
  expect(await (await store.create({ ...entry, expectedBytes: undefined }))?.write(new Uint8Array(9_000))).toBeUndefined();
  expect(await store.create({ ...entry, expectedBytes: 10_001 })).toBeUndefined();
});

test.for([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('maxBytes %s is refused', (maxBytes) => {
  expect(() => memoryStore({ maxBytes })).toThrow(
    new TypeError('invalid memoryStore options: maxBytes: expected an integer from 1 to 9007199254740991'),
  );
});

test.for<[unknown, string]>([
  [{ maxbytes: 1_000 }, 'unknown option "maxbytes"'],
  [{ maxSize: 1_000 }, 'unknown option "maxSize"'],
  [{ maxBytes: null }, 'maxBytes: expected an integer from 1'],
  [null, 'expected an object'],
  [5, 'expected an object'],
  ['x', 'expected an object'],
  [[], 'expected an object'],
])('%j is no options', ([options, problem]) => {
  const make = (): unknown => Reflect.apply(memoryStore, undefined, [options]);
  expect(make).toThrow(TypeError);
  expect(make).toThrow(`invalid memoryStore options: ${problem}`);
});

test('a head is another object once it was looked up, equal to what was put, and from then on the same', async () => {
  const store = memoryStore();
  for (const bodyBytes of [10, 9]) {
    const head = stored({ url: `http://example.com/${bodyBytes}`, bodyBytes });
    store.put?.(head, new Uint8Array(10));
    const [found] = await store.lookup(head.key);
    expect(found).toEqual(head);
    // One that is not what its head says is kept as it is.
    expect(found === head).toBe(bodyBytes !== 10);
    const [again] = await store.lookup(head.key);
    expect(again).toBe(found);
  }
});

test.each(['looked up', 'not looked up', 'replaced', 'deleted'])('the memory of heads that are %s is used again', async (what) => {
  const store = memoryStore({ maxBytes: 1_048_576 });
  const fields = { 'X-Long': 'x'.repeat(2_000) };
  const body = new Uint8Array(10);
  const before = process.memoryUsage().arrayBuffers;
  for (let at = 0; at < 20_000; at++) {
    const head = stored({ url: `http://example.com/${what === 'replaced' ? at % 10 : at}`, fields });
    store.put?.(head, body);
    if (what === 'looked up') await store.lookup(head.key);
    if (what === 'deleted') await store.delete({ kind: 'url', url: head.url });
  }
  // All of them are 42 MB.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8_388_608);
});

test('what a program puts counts for the same until it goes, also where its fields say more than its head', async () => {
  const store = memoryStore();
  const head = { ...stored({ fields: { 'Cache-Groups': '"g"' } }), groups: [], status: 0, statusText: '', proto: '' };
  store.put?.(head, new Uint8Array(10));
  const { bytes } = await store.stats();
  expect(await store.lookup(head.key)).toEqual([{ ...head, groups: ['g'] }]);
  await store.read(head);
  expect(await store.stats()).toEqual({ entries: 1, bytes, evictions: 0 });
  expect([await store.delete({ kind: 'url', url: head.url }), await store.stats()]).toEqual([1, { entries: 0, bytes: 0, evictions: 0 }]);
});
