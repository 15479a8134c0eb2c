import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';

import { expectSame } from '../../test/describe-store.ts';
import { begin, bodyOf, bytesOf, exampleBytes, exampleEntry, put, putSurely } from '../../test/example-entry.ts';
import { connectedClient, redisBinary, RedisServer } from '../../test/redis-server.ts';
import type { BodySource } from '../store.ts';
import type { StoredResponse } from '../stored-response.ts';
import { redisStore, type RedisStore } from './index.ts';

const key = 'private https://example.com/';
const hash = `roundtripper:k:${key}`;
const LARGE_BYTES = 2_000_000;
const HOUR_MS = 3_600_000;

describe.skipIf(!redisBinary.isThere)('over a redis-server', () => {
  let server: RedisServer;
  let client: Awaited<ReturnType<typeof connectedClient>>;
  let store: RedisStore;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  beforeEach(async () => {
    client = await connectedClient(server);
    store = redisStore({ client, timeout: 5_000 });
    onTestFinished(() => store[Symbol.asyncDispose]());
  });
  afterEach(async () => {
    await client.configSet('maxmemory', '0');
    await client.flushAll();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const keysOf = (pattern: string): Promise<readonly string[]> => client.keys(`roundtripper:${pattern}`);

  describe('facts', () => {
    const wrong: readonly { readonly fact: string; readonly what: RegExp; readonly by: string }[] = [
      { fact: 'a table among the labels', what: /"l":\["all"/, by: '"l":[[]' },
      { fact: 'a boolean among the labels', what: /"l":\["all"/, by: '"l":[true' },
      { fact: 'nothing among the labels', what: /"l":\["all"/, by: '"l":[null' },
      { fact: 'a label without a token', what: /"l":\["all",/, by: '"l":[' },
      { fact: 'no labels', what: /"l":\[[^\]]*\]/, by: '"l":[]' },
      { fact: 'labels by name', what: /"l":\[[^\]]*\]/, by: '"l":{"all":"x"}' },
      { fact: 'a commit that is no number', what: /"s":\d+/, by: '"s":"x"' },
      { fact: 'a commit without an end', what: /"s":\d+/, by: '"s":1e999' },
      { fact: 'less than no pieces', what: /"n":\d+/, by: '"n":-1' },
      { fact: 'half a byte', what: /"z":\d+/, by: '"z":0.5' },
      { fact: 'a table for a name', what: /"z":/, by: '"u":[],"z":' },
    ];

    async function spoil(what: RegExp, by: string): Promise<void> {
      const facts = (await client.hGet(hash, 'mbad')) ?? '';
      expect(facts).toMatch(what);
      await client.hSet(hash, 'mbad', facts.replace(what, by));
    }

    test.for(wrong)('takes facts with $fact for nothing, says so, and removes them', async ({ what, by }) => {
      await putSurely(store, exampleEntry({ variant: 'good' }));
      await putSurely(store, exampleEntry({ variant: 'bad' }));
      await spoil(what, by);
      await expect(store.lookup(key)).rejects.toMatchObject({ code: 'corrupt' });
      expect(await store.lookup(key)).toMatchObject([{ variant: 'good' }]);
      expect(await client.hExists(hash, 'mbad')).toBe(0);
    });

    test.for(wrong)('does what else is asked for where there are facts with $fact', async ({ what, by }) => {
      const stored = await putSurely(store, exampleEntry({ variant: 'bad' }));
      await spoil(what, by);
      expect(await store.update(stored, stored)).toBe(false);
      expect(await store.delete({ kind: 'id', key, id: stored.id })).toBe(0);
      expect(await store.delete({ kind: 'url', url: stored.url })).toBe(0);
      expect(await store.stats()).toMatchObject({ entries: 0 });
      await putSurely(store, exampleEntry({ variant: 'bad' }));
      expect(await store.lookup(key)).toHaveLength(1);
    });

    test.for(['abc', '9223372036854775807', '99999999999999999', '-5', 'inf'])(
      'goes on where the last commit is said to be %s',
      async (last) => {
        const first = await putSurely(store, exampleEntry({ variant: 'first' }));
        await client.hSet(hash, 's', last);
        expect(await store.update(first, first)).toBe(true);
        await client.hSet(hash, 's', last);
        for (let index = 0; index < 32; index += 1) await putSurely(store, exampleEntry({ variant: `v${index}` }));
        const variants = (await store.lookup(key)).map(({ variant }) => variant);
        expect(variants).toHaveLength(32);
        expect(variants).not.toContain('first');
      },
    );
  });

  describe('bodies', () => {
    /** Reads the beginning of a large body, and leaves the rest. */
    async function beginToRead(stored: StoredResponse): Promise<BodySource> {
      const source = await store.read(stored);
      if (source === undefined || source instanceof Uint8Array) throw new Error('it is not read in parts');
      return source;
    }

    test('keeps nothing of a replaced body that nobody is reading', async () => {
      for (let turn = 0; turn < 4; turn += 1) await putSurely(store, exampleEntry(), exampleBytes(LARGE_BYTES));
      expect(await keysOf('b:*')).toHaveLength(1);
      const stored = await putSurely(store, exampleEntry(), exampleBytes(200_000));
      expectSame(await bodyOf(store, stored), exampleBytes(200_000));
      await putSurely(store, exampleEntry());
      expect(await keysOf('b:*')).toEqual([]);
    });

    test.for<{ fact: string; change: () => Promise<unknown> }>([
      { fact: 'it is replaced', change: () => putSurely(store, exampleEntry()) },
      { fact: 'it is deleted', change: () => Promise.resolve(store.delete({ kind: 'url', url: 'https://example.com/' })) },
      { fact: 'everything is deleted', change: () => Promise.resolve(store.clear()) },
    ])('gives out the rest of a body to who is reading it when $fact, and keeps it for a minute', async ({ change }) => {
      const stored = await putSurely(store, exampleEntry(), exampleBytes(LARGE_BYTES));
      const source = await beginToRead(stored);
      await change();
      expectSame(await bytesOf(source), exampleBytes(LARGE_BYTES));
      expect(await client.pTTL(`roundtripper:b:${stored.id}`)).toBeGreaterThan(50_000);
      expect(await client.pTTL(`roundtripper:b:${stored.id}`)).toBeLessThanOrEqual(60_000);
    });

    test('keeps nothing of a body that was read more than a minute ago', async () => {
      const stored = await putSurely(store, exampleEntry(), exampleBytes(LARGE_BYTES));
      await bytesOf(await beginToRead(stored));
      const body = `roundtripper:b:${stored.id}`;
      await client.hSet(body, 'r', Number(await client.hGet(body, 'r')) - 61);
      await putSurely(store, exampleEntry());
      expect(await keysOf('b:*')).toEqual([]);
    });

    test('gives out the rest of a body that was deleted though Redis had no memory to know that it is being read', async () => {
      const stored = await putSurely(store, exampleEntry(), exampleBytes(LARGE_BYTES));
      await client.configSet('maxmemory', '1');
      const source = await beginToRead(stored);
      await store.delete({ kind: 'url', url: stored.url });
      expectSame(await bytesOf(source), exampleBytes(LARGE_BYTES));
    });
  });

  describe('labels', () => {
    test('leaves nothing of what was given up', async () => {
      for (const size of [0, 100, 300_000]) {
        const writer = await begin(store, exampleEntry({ path: `/${size}`, tags: [`t${size}`] }), exampleBytes(size));
        await writer.abort();
        await writer.abort();
      }
      expect(await keysOf('[bkl]:*')).toEqual(['roundtripper:l:all']);
    });

    test('leaves nothing of what was deleted on its way', async () => {
      const writer = await begin(store, exampleEntry({ tags: ['t'] }), exampleBytes(300_000));
      await store.delete({ kind: 'tag', tag: 't' });
      expect(await writer.commit(300_000)).toEqual({ kind: 'refused', reason: 'deleted-meanwhile' });
      expect(await keysOf('[bkl]:*')).toEqual(['roundtripper:l:all']);
    });

    test('leaves no tag that only a replaced response had', async () => {
      for (let index = 0; index < 10; index += 1) await putSurely(store, exampleEntry({ tags: [`build-${index}`] }));
      expect(await keysOf('l:tag *')).toEqual(['roundtripper:l:tag build-9']);
    });

    test('leaves a tag for an hour that more than one response had', async () => {
      const tag = 'roundtripper:l:tag t';
      for (const path of ['/1', '/2']) await putSurely(store, exampleEntry({ path, tags: ['t'] }));
      await putSurely(store, exampleEntry({ path: '/1' }));
      expect(await client.pTTL(tag)).toBeGreaterThan(HOUR_MS);
      await putSurely(store, exampleEntry({ path: '/2' }));
      expect(await client.pTTL(tag)).toBeLessThanOrEqual(HOUR_MS);
      expect(await client.pTTL(tag)).toBeGreaterThan(HOUR_MS / 2);
    });

    test.for<{ fact: string; order: readonly ('give up' | 'replace' | 'delete')[] }>([
      { fact: 'given up', order: ['give up'] },
      { fact: 'replaced', order: ['replace'] },
      { fact: 'given up and replaced', order: ['give up', 'replace'] },
      { fact: 'replaced and given up', order: ['replace', 'give up'] },
      { fact: 'deleted', order: ['delete'] },
      { fact: 'deleted and given up', order: ['delete', 'give up'] },
    ])('stores what is on its way with a tag whose other responses are $fact', async ({ order }) => {
      const first = await begin(store, exampleEntry({ path: '/first', tags: ['t'] }), exampleBytes(100));
      const second = await begin(store, exampleEntry({ path: '/second', tags: ['t'] }), exampleBytes(100));
      const third = await begin(store, exampleEntry({ path: '/third', tags: ['t'] }), exampleBytes(100));
      await second.commit(100);
      const steps = {
        'give up': () => first.abort(),
        'replace': () => putSurely(store, exampleEntry({ path: '/second' })),
        'delete': () => store.delete({ kind: 'url', url: 'https://example.com/second' }),
      };
      for (const step of order) await steps[step]();
      expect(await third.commit(100)).toMatchObject({ kind: 'stored' });
      expect(await store.lookup('private https://example.com/third')).toHaveLength(1);
      expect(await store.delete({ kind: 'tag', tag: 't' })).toBeGreaterThan(0);
      expect(await store.lookup('private https://example.com/third')).toEqual([]);
    });

    test('refuses what was begun before a deletion, though the tag was made anew and given up since', async () => {
      const writer = await begin(store, exampleEntry({ tags: ['t'] }), exampleBytes(100));
      await store.delete({ kind: 'tag', tag: 't' });
      const other = await begin(store, exampleEntry({ path: '/other', tags: ['t'] }), exampleBytes(100));
      await other.abort();
      expect(await writer.commit(100)).toEqual({ kind: 'refused', reason: 'deleted-meanwhile' });
      expect(await put(store, exampleEntry({ tags: ['t'] }))).toMatchObject({ kind: 'stored' });
    });
  });
});
