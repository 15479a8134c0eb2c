import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { expect, onTestFinished, test } from 'vitest';

import { expectSame } from '../../test/describe-store.ts';
import { bodyOf, exampleBytes, exampleEntry, putSurely, writeAll } from '../../test/example-entry.ts';
import { canMakeDisks, smallDisk } from '../../test/small-disk.ts';
import type { CacheStore, StoreRefusal } from '../store.ts';
import { sqliteStore } from './index.ts';

const canFill = canMakeDisks();

function storeOn(folder: string): CacheStore {
  const store = sqliteStore({ path: join(folder, 'cache.sqlite') });
  onTestFinished(() => store[Symbol.asyncDispose]());
  return store;
}

/** Stores under a path of its own. @returns why not, where it is refused. */
async function tryToPut(store: CacheStore, path: string, body: Uint8Array): Promise<StoreRefusal | undefined> {
  const writer = await store.create(exampleEntry({ path }));
  if (writer === undefined) return 'too-large';
  const refusal = await writeAll(writer, body, 16_384);
  if (refusal !== undefined) return refusal;
  const result = await writer.commit(body.byteLength);
  return result.kind === 'refused' ? result.reason : undefined;
}

test.skipIf(!canFill)('refuses what the disk has no room for, goes on with what there is, and makes room for what comes', async () => {
  const store = storeOn(smallDisk(4_096));
  const refusals: (StoreRefusal | undefined)[] = [];
  for (let index = 0; index < 60; index += 1) refusals.push(await tryToPut(store, `/${index}`, exampleBytes(150_000, index)));
  expect(new Set(refusals)).toEqual(new Set([undefined, 'no-room']));
  let readable = 0;
  for (const [index, refusal] of refusals.entries()) {
    const [stored] = await store.lookup(`private https://example.com/${index}`);
    if (refusal !== undefined) expect(stored).toBeUndefined();
    if (stored === undefined) continue;
    readable += 1;
    expectSame(await bodyOf(store, stored), exampleBytes(150_000, index));
  }
  expect(readable).toBeGreaterThan(2);
  expect(refusals.slice(-20)).toContain(undefined);
});

test.skipIf(!canFill).for<{ fact: string; change: (store: CacheStore) => unknown }>([
  { fact: 'deletes', change: (store) => store.delete({ kind: 'url', url: 'https://example.com/' }) },
  { fact: 'is cleared', change: (store) => store.clear() },
])('$fact although the disk is full to the last byte: what is invalid must not be served', async ({ change }) => {
  const folder = smallDisk(4_096);
  const store = storeOn(folder);
  await putSurely(store, exampleEntry());
  const filler = join(folder, 'filler');
  expect(() => writeFileSync(filler, Buffer.alloc(8_000_000))).toThrow('ENOSPC');
  await change(store);
  expect(await store.lookup('private https://example.com/')).toEqual([]);
  rmSync(filler);
  await putSurely(store, exampleEntry());
  expect(await store.lookup('private https://example.com/')).toHaveLength(1);
});

test.skipIf(!canFill)(
  'says that a deletion is not done where the disk is full and another process may be about to begin the file anew',
  async () => {
    const folder = smallDisk(4_096);
    const store = storeOn(folder);
    await putSurely(store, exampleEntry());
    const other = new DatabaseSync(join(folder, 'cache.sqlite-lock'));
    onTestFinished(() => other.close());
    other.exec('BEGIN EXCLUSIVE');
    expect(() => writeFileSync(join(folder, 'filler'), Buffer.alloc(8_000_000))).toThrow('ENOSPC');
    const deletion = async (): Promise<number> => store.delete({ kind: 'url', url: 'https://example.com/' });
    await expect(deletion()).rejects.toThrow(expect.objectContaining({ code: 'failed' }));
    other.exec('ROLLBACK');
    await deletion();
    expect(await store.lookup('private https://example.com/')).toEqual([]);
  },
);

test.skipIf(!canFill)(
  'removes the file where everything has to go since the disk is full, which frees it, and says how much went',
  async () => {
    const folder = smallDisk(4_096);
    const store = storeOn(folder);
    for (let index = 0; index < 10; index += 1) await putSurely(store, exampleEntry({ path: `/${index}` }), exampleBytes(50_000));
    expect(() => writeFileSync(join(folder, 'filler'), Buffer.alloc(8_000_000))).toThrow('ENOSPC');
    await store.delete({ kind: 'url', url: 'https://example.com/0' });
    expect(await store.stats()).toMatchObject({ entries: 0, evictions: 10 });
    expect(existsSync(join(folder, 'cache.sqlite.corrupt'))).toBe(false);
    expect(await tryToPut(store, '/new', exampleBytes(200_000))).toBeUndefined();
  },
);
