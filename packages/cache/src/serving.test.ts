import { expect, test } from 'vitest';

import { storing } from '../test/ask-ranges.ts';
import { byteParts } from '../test/byte-parts.ts';
import { exampleBytes } from '../test/example-entry.ts';
import { makeSqliteStore } from '../test/sqlite-file.ts';
import { memoryStore, type ByteRange, type CacheStore } from './index.ts';

/** A store in memory that gives its bodies in chunks, and says what becomes of them. */
function inChunks(chunkBytes: number): CacheStore & { readonly log: string[]; open: number; handedOut: number } {
  const inner = memoryStore();
  const log: string[] = [];
  const read: CacheStore['read'] = async (one, range?: ByteRange) => {
    const whole = await inner.read(one, range);
    if (!(whole instanceof Uint8Array)) return undefined;
    let at = 0;
    store.open += 1;
    return {
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          if (at >= whole.byteLength) {
            store.open -= 1;
            return { done: true, value: undefined };
          }
          const value = whole.slice(at, at + chunkBytes);
          at += value.byteLength;
          store.handedOut += value.byteLength;
          return { done: false, value };
        },
        return: async () => {
          store.open -= 1;
          log.push(`left at ${at} of ${whole.byteLength}`);
          return { done: true, value: undefined };
        },
      }),
    };
  };
  const store = { ...methodsOf(inner), read, log, open: 0, handedOut: 0 };
  return store;
}

function methodsOf(inner: CacheStore): CacheStore {
  return {
    lookup: (key) => inner.lookup(key),
    read: (one, range) => inner.read(one, range),
    create: (entry) => inner.create(entry),
    update: (one, head) => inner.update(one, head),
    delete: (target) => inner.delete(target),
    clear: () => inner.clear(),
    stats: () => inner.stats(),
  };
}

test('parts that come in chunks are read as fast as their reader reads', async () => {
  const body = exampleBytes(4_000_000);
  const store = inChunks(65_536);
  const { ask } = await storing({ body }, { store });
  const response = await ask('bytes=0-999999,2000000-3999999');
  expect(store.handedOut).toBe(0);
  const reader = response.chunks();
  await reader.next();
  await reader.next();
  // What is queued for a reader is bounded, and far less than the whole.
  expect(store.handedOut).toBeLessThan(1_000_000);
  await reader.return?.();
  expect([store.open, store.log.length]).toEqual([0, 2]);
  const parts = await byteParts(await ask('bytes=0-999999,2000000-3999999'));
  expect(parts.map(({ start, bytes }) => Buffer.compare(bytes, body.subarray(start, start + bytes.byteLength)))).toEqual([0, 0]);
  expect(store.open).toBe(0);
});

test('who does not read the answer at all leaves nothing open', async () => {
  const store = inChunks(10);
  const { ask } = await storing({}, { store });
  await (await ask('bytes=0-1,4-5')).dispose();
  expect([store.open, store.log]).toEqual([0, ['left at 0 of 2', 'left at 0 of 2']]);
});

test('where one of the ranges is gone meanwhile the server is asked, and the others are closed', async () => {
  const chunked = inChunks(10);
  let reads = 0;
  const store: CacheStore = { ...chunked, read: (one, range) => ((reads += 1) === 2 ? undefined : chunked.read(one, range)) };
  const { ask, decisions } = await storing({}, { store });
  expect((await ask('bytes=0-1,4-5,8-9')).status).toBe(299);
  expect([decisions, chunked.open]).toEqual([expect.arrayContaining(['miss body-gone']), 0]);
});

test('a store that has too little of a part fails the answer, rather than to let it pass for whole', async () => {
  const errors: unknown[] = [];
  const inner = memoryStore();
  const short: CacheStore['read'] = async (one, range) => {
    const bytes = await inner.read(one, range);
    return bytes instanceof Uint8Array && range?.start === 4 ? piecesOf(bytes.subarray(1)) : bytes;
  };
  const { ask } = await storing({}, { store: { ...methodsOf(inner), read: short }, onStoreError: (error) => void errors.push(error) });
  const response = await ask('bytes=0-1,4-5');
  await expect(response.text()).rejects.toThrow('a stored body is 1 bytes too short');
  expect(errors.map(String)).toEqual(['Error: a stored body is 1 bytes too short']);
});

async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

test('parts come from a file as they do from memory, also of what is replaced while it is read', async () => {
  const body = exampleBytes(2_000_000);
  const { store } = await makeSqliteStore();
  const { ask, httpCache } = await storing({ body }, { store });
  const response = await ask('bytes=0-399999,500000-500009,1000000-1999999');
  const reading = response.chunks();
  // The head of the first part, and the first bytes that come from the file.
  const first = [await reading.next(), await reading.next()].map(({ value }) => value ?? new Uint8Array(0));
  await httpCache.clear();
  const parts = await byteParts({
    headers: response.headers,
    bytes: async () => Buffer.concat([...first, await restOf(reading)]),
  });
  expect(parts.map(({ start, end }) => [start, end])).toEqual([
    [0, 400_000],
    [500_000, 500_010],
    [1_000_000, 2_000_000],
  ]);
  for (const { start, end, bytes } of parts) expect(Buffer.compare(bytes, body.subarray(start, end))).toBe(0);
});

async function restOf(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const rest: Uint8Array[] = [];
  for await (const chunk of chunks) rest.push(chunk);
  return Buffer.concat(rest);
}
