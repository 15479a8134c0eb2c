import { TestClock } from '@roundtripper/testing';
import { RESP_TYPES } from 'redis';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { expectSame } from '../../test/describe-store.ts';
import { begin, bodyOf, exampleBytes, exampleEntry, put, putSurely } from '../../test/example-entry.ts';
import { connectedClient, redisBinary, RedisServer } from '../../test/redis-server.ts';
import type { StoredResponse } from '../stored-response.ts';
import { redisStore, type RedisStore, type RedisStoreOptions } from './index.ts';

const key = 'private https://example.com/';
const REFUSED = { kind: 'refused', reason: 'deleted-meanwhile' };

test.for([
  [{}, 'expected either client or url'],
  [{ url: 'http://localhost' }, 'url: expected a URL with redis: or rediss:'],
  [{ url: 'redis://localhost', prefix: '' }, 'prefix: expected a text of at least one character'],
  [{ client: {} }, 'client: expected a client with isReady, sendCommand, on, off'],
  [{ url: 'redis://localhost', maxEntryBytes: -1 }, 'maxEntryBytes: expected an integer from 0'],
  [{ url: 'redis://localhost', timeout: 0 }, 'timeout: expected a number from 1'],
  [{ url: 'redis://localhost', ttl: 0 }, 'unknown option "ttl"'],
] as const)('does not take the options %j', ([options, message]) => {
  // @ts-expect-error -- what a caller without types may hand in.
  expect(() => redisStore(options)).toThrow(message);
});

test('does not repeat a URL that it does not take', () => {
  expect(() => redisStore({ url: 'http://user:secret@localhost' })).toThrow(/^(?!.*secret)/);
});

describe.skipIf(!redisBinary.isThere)('over a redis-server', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start('maxmemory 20mb');
  });
  afterEach(async () => {
    const client = await connectedClient(server);
    await client.flushAll();
    client.destroy();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  type Client = Awaited<ReturnType<typeof connectedClient>>;

  async function open(options: Omit<RedisStoreOptions, 'client' | 'url'> = {}): Promise<{ store: RedisStore; client: Client }> {
    const client = await connectedClient(server);
    const store = redisStore({ client, timeout: 5_000, ...options });
    onTestFinished(() => store[Symbol.asyncDispose]());
    return { store, client };
  }

  const hash = `roundtripper:k:${key}`;
  const deletions = 'roundtripper:deletions';
  const label = 'roundtripper:l:url https://example.com/';

  test.for<{ fact: string; plant: (client: Client) => Promise<unknown> }>([
    { fact: 'a head that is none', plant: (client) => client.hSet(hash, 'hbad', 'planted') },
    { fact: 'a head that was changed', plant: async (client) => client.hSet(hash, 'hbad', `${await client.hGet(hash, 'hbad')} `) },
    { fact: 'the head of another variant', plant: async (client) => client.hSet(hash, 'hbad', (await client.hGet(hash, 'hgood')) ?? '') },
    { fact: 'no head', plant: (client) => client.hDel(hash, 'hbad') },
    { fact: 'facts that are none', plant: (client) => client.hSet(hash, 'mbad', '{"i":') },
    { fact: 'facts of the wrong kind', plant: (client) => client.hSet(hash, 'mbad', '{"i":1,"s":[],"n":"x","z":{},"l":1}') },
    { fact: 'a response that nobody has stored', plant: (client) => client.hSet(hash, { mevil: '{}', hevil: 'x' }) },
  ])('takes $fact for nothing, says so, and removes it', async ({ plant }) => {
    const { store, client } = await open();
    await putSurely(store, exampleEntry({ variant: 'good' }));
    await putSurely(store, exampleEntry({ variant: 'bad' }));
    await plant(client);
    await expect(store.lookup(key)).rejects.toMatchObject({ code: 'corrupt' });
    const variants = (await store.lookup(key)).map(({ variant }) => variant);
    expect(variants).toContain('good');
    expect(variants).not.toContain('evil');
    await putSurely(store, exampleEntry({ variant: 'bad' }));
    expect(await store.lookup(key)).toHaveLength(2);
  });

  test('takes what somebody else has put in its places for nothing, and removes it', async () => {
    const { store, client } = await open();
    await client.set(hash, 'x');
    await client.set(label, 'x');
    await expect(store.lookup(key)).rejects.toMatchObject({ code: 'corrupt' });
    expect(await store.lookup(key)).toEqual([]);
    const stored = await putSurely(store, exampleEntry(), exampleBytes(100_000));
    expect(await store.lookup(key)).toHaveLength(1);
    await client.set(`roundtripper:b:${stored.id}`, 'x');
    expect(await store.read(stored)).toBeUndefined();
    await client.set(label, 'x');
    expect(await store.lookup(key)).toEqual([]);
    await client.set(label, 'x');
    expect(await store.delete({ kind: 'url', url: stored.url })).toBe(0);
  });

  test.for([
    { fact: 'small', size: 100, field: () => [hash, 'b'] },
    { fact: 'of one piece', size: 50_000, field: (id: string) => [`roundtripper:b:${id}`, '0'] },
    { fact: 'of two pieces', size: 100_000, field: (id: string) => [`roundtripper:b:${id}`, '1'] },
    { fact: 'of many pieces', size: 1_000_000, field: (id: string) => [`roundtripper:b:${id}`, '9'] },
  ])('does not give out a body, $fact, of which a byte was changed, says so, and removes the response', async ({ size, field }) => {
    const { store, client } = await open();
    const stored = await putSurely(store, exampleEntry(), exampleBytes(size));
    const [at = '', name = ''] = field(stored.id);
    const value = await client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }).hGet(at, name);
    if (value === null) throw new Error('there is no piece');
    value[value.byteLength - 1] = (value.at(-1) ?? 0) ^ 1;
    await client.hSet(at, name, value);
    await expect(bodyOf(store, stored)).rejects.toMatchObject({ code: 'corrupt' });
    expect(await store.lookup(key)).toEqual([]);
  });

  test('has no response any more whose body or label Redis has evicted', async () => {
    const { store, client } = await open();
    const stored = await putSurely(store, exampleEntry(), exampleBytes(100_000));
    await client.del(`roundtripper:b:${stored.id}`);
    expect(await store.read(stored)).toBeUndefined();
    expect(await store.lookup(key)).toEqual([]);
    await putSurely(store, exampleEntry());
    await client.del(label);
    expect(await store.lookup(key)).toEqual([]);
  });

  test('lets nothing lie about for ever', async () => {
    const { store, client } = await open({ keepStale: 1_000 });
    await putSurely(store, exampleEntry({ tags: ['t'] }), exampleBytes(300_000));
    const unfinished = exampleEntry({ path: '/unfinished' });
    await begin(store, unfinished, exampleBytes(300_000));
    const stored = await putSurely(store, exampleEntry({ path: '/freshened' }));
    await store.update(stored, stored);
    await putSurely(store, exampleEntry(), exampleBytes(10));
    const ttls = new Map<string, number>();
    for (const each of await client.keys('*')) ttls.set(each, await client.pTTL(each));
    for (const [each, ttl] of ttls) expect(ttl, each).toBeGreaterThan(0);
    for (const [each, ttl] of ttls) expect(ttl, each).toBeLessThanOrEqual(3_601_000);
    expect(ttls.get(`roundtripper:b:${unfinished.id}`)).toBeLessThanOrEqual(60_000);
    expect(ttls.get(hash)).toBeGreaterThan(3_590_000);
  });

  test.for([-365 * 86_400_000, -3_600_000, 0, 3_600_000, 365 * 86_400_000])(
    'keeps a response for no longer than it is of use, and no shorter than it may be validated, though the clock jumps by %i ms',
    async (jumpMs) => {
      const clock = new TestClock(Date.now());
      const { store, client } = await open({ clock, keepStale: 1_000_000 });
      const writer = await begin(store, exampleEntry(), exampleBytes(100_000));
      clock.jumpWallClock(jumpMs);
      const committed = await writer.commit(100_000);
      if (committed.kind === 'refused') throw new Error(committed.reason);
      const { stored } = committed;
      for (const turn of [1, 2]) {
        for (const each of [hash, label, `roundtripper:b:${stored.id}`]) {
          const ttl = await client.pTTL(each);
          expect(ttl, each).toBeGreaterThan(990_000);
          expect(ttl, each).toBeLessThanOrEqual(4_600_000);
        }
        clock.jumpWallClock(-turn * jumpMs);
        expect(await store.update(stored, stored)).toBe(true);
      }
      expectSame(await bodyOf(store, stored), exampleBytes(100_000));
    },
  );

  test('refuses what Redis has no memory for, and goes on', async () => {
    const { store, client } = await open({ maxEntryBytes: 100_000_000 });
    await putSurely(store, exampleEntry({ path: '/kept' }));
    const writer = await store.create(exampleEntry());
    let refusal: unknown;
    for (let index = 0; index < 40 && refusal === undefined; index += 1) refusal = await writer?.write(exampleBytes(1_000_000));
    expect(refusal).toBe('no-room');
    expect(await store.lookup('private https://example.com/kept')).toHaveLength(1);
    await client.configSet('maxmemory', '1');
    onTestFinished(async () => void (await client.configSet('maxmemory', '20mb')));
    const late = store.create(exampleEntry());
    await expect(late).rejects.toMatchObject({ code: 'failed' });
    expect(await store.lookup('private https://example.com/kept')).toHaveLength(1);
    expect(await store.delete({ kind: 'url', url: 'https://example.com/kept' })).toBe(1);
  });

  test('brings its scripts again where Redis has forgotten them', async () => {
    const { store, client } = await open();
    await putSurely(store, exampleEntry());
    await client.scriptFlush();
    expect(await store.lookup(key)).toHaveLength(1);
  });

  test('keeps what there is of a body that comes slowly', async () => {
    const clock = new TestClock(Date.now());
    const { store, client } = await open({ clock });
    const body = exampleBytes(70_000);
    const entry = exampleEntry();
    const writer = await begin(store, entry, body.subarray(0, 69_999));
    await client.pExpire(`roundtripper:b:${entry.id}`, 5_000);
    await clock.advance(31_000);
    await writer.write(body.slice(69_999));
    expect(await client.pTTL(`roundtripper:b:${entry.id}`)).toBeGreaterThan(30_000);
    expect(await writer.commit(70_000)).toMatchObject({ kind: 'stored' });
  });

  test('refuses an entry whose pieces have gone before it was complete', async () => {
    const { store, client } = await open();
    const entry = exampleEntry();
    const writer = await begin(store, entry, exampleBytes(300_000));
    await client.del(`roundtripper:b:${entry.id}`);
    expect(await writer.commit(300_000)).toEqual({ kind: 'refused', reason: 'no-room' });
    expect(await store.lookup(key)).toEqual([]);
    expect(await client.exists(`roundtripper:b:${entry.id}`)).toBe(0);
  });

  test('keeps apart what has another prefix', async () => {
    const { store } = await open();
    const { store: other } = await open({ prefix: 'other:' });
    await putSurely(store, exampleEntry());
    expect(await other.lookup(key)).toEqual([]);
    await other.clear();
    expect(await store.lookup(key)).toHaveLength(1);
  });

  test('gives a lease to one, and tells the others when it is given back', async () => {
    const { store } = await open();
    const { store: other } = await open();
    const first = await store.lease(key, 10_000, []);
    const second = await other.lease(key, 10_000, []);
    const elsewhere = await other.lease('another key', 10_000, []);
    expect([first.kind, second.kind, elsewhere.kind]).toEqual(['granted', 'taken', 'granted']);
    if (first.kind === 'granted') await first.release();
    if (second.kind === 'taken') await second.released;
    expect((await other.lease(key, 10_000, [])).kind).toBe('granted');
  });

  test('ends a lease by time, and does not let who had it give back another’s', async () => {
    const { store } = await open();
    const { store: other } = await open();
    const first = await store.lease(key, 30, []);
    const second = await other.lease(key, 10_000, []);
    if (second.kind === 'taken') await second.released;
    const third = await other.lease(key, 10_000, []);
    expect(third.kind).toBe('granted');
    if (first.kind === 'granted') await first.release();
    const fourth = await store.lease(key, 10_000, []);
    expect(fourth.kind).toBe('taken');
    if (fourth.kind !== 'taken') return;
    fourth.stop();
    fourth.stop();
    await fourth.released;
  });

  test.for<{ fact: string; others: (client: Client) => Promise<unknown> }>([
    { fact: 'everything in it was thrown away', others: (client) => client.flushAll() },
    { fact: 'it has evicted the deletions', others: (client) => client.del(deletions) },
    { fact: 'one deletion is missing', others: async (client) => client.hDel(deletions, String(await client.hGet(deletions, 'n'))) },
    { fact: 'somebody else has put something in their place', others: async (client) => client.set(deletions, 'x') },
    { fact: 'they are no numbers', others: async (client) => client.hSet(deletions, 'n', 'x') },
  ])('refuses what was asked for before $fact: nobody knows what was deleted', async ({ others }) => {
    const { store, client } = await open();
    await store.lookup(key);
    const mark = store.mark?.();
    await store.delete({ kind: 'url', url: 'https://example.com/other' });
    await others(client);
    expect(await put(store, exampleEntry({ mark }), exampleBytes(0))).toEqual(REFUSED);
    await store.lookup(key);
    expect(await put(store, exampleEntry({ mark: store.mark?.() }))).toMatchObject({ kind: 'stored' });
  });

  test('refuses what was asked for so many deletions ago that nobody knows any more, and remembers no more of them', async () => {
    const { store, client } = await open();
    await store.lookup(key);
    const mark = store.mark?.();
    const remove = (index: number): Promise<unknown> => Promise.resolve(store.delete({ kind: 'url', url: `https://example.org/${index}` }));
    await Promise.all(Array.from({ length: 4_096 }, (_, index) => remove(index)));
    expect(await put(store, exampleEntry({ mark }))).toMatchObject({ kind: 'stored' });
    await remove(4_096);
    expect(await put(store, exampleEntry({ mark }), exampleBytes(0))).toEqual(REFUSED);
    expect(await client.hLen(deletions)).toBe(4_097);
  });

  test('refuses what was asked for before a deletion that Redis had no memory to remember', async () => {
    const { store, client } = await open();
    await putSurely(store, exampleEntry());
    await store.lookup(key);
    const mark = store.mark?.();
    await client.configSet('maxmemory', '1');
    expect(await store.delete({ kind: 'url', url: 'https://example.com/' })).toBe(1);
    await client.configSet('maxmemory', '20mb');
    expect(await put(store, exampleEntry({ mark }), exampleBytes(0))).toEqual(REFUSED);
  });

  test('has no mark before Redis has told one', async () => {
    const { store } = await open();
    expect(store.mark?.()).toBe('');
    await store.lookup(key);
    expect(store.mark?.()).toMatch(/^\d+$/);
  });

  test('deletes what many have in common in steps, of which nobody sees any', async () => {
    const { store, client } = await open();
    const { store: other } = await open();
    const paths = Array.from({ length: 600 }, (_, index) => `/${index}`);
    for (const path of paths) await putSurely(store, exampleEntry({ path, tags: ['t'] }), exampleBytes(1));
    await store.delete({ kind: 'url', url: 'https://example.com/5' });
    const removed = store.delete({ kind: 'tag', tag: 't' });
    // Redis does what it is asked for in the order in which it is asked: this is between the first steps.
    const seen = other.lookup('private https://example.com/1');
    await putSurely(store, exampleEntry({ path: '/7', tags: ['t'] }), exampleBytes(2));
    expect(await seen).toEqual([]);
    // But for the one that the look-up has removed, and the one that was replaced, where that came first.
    expect([599, 598, 597]).toContain(await removed);
    expect(await store.lookup('private https://example.com/7')).toMatchObject([{ bodyBytes: 2 }]);
    expect(await store.stats()).toMatchObject({ entries: 1 });
    expect((await client.keys('*')).filter((each) => !/:l:|:deletions$/.test(each))).toEqual([
      'roundtripper:k:private https://example.com/7',
    ]);
  });

  test('forgets by and by what had a label and has gone by itself', async () => {
    const { store, client } = await open();
    for (let index = 0; index < 1_000; index += 1) {
      const entry = exampleEntry({ path: `/${index}`, tags: ['t'] });
      await putSurely(store, entry, exampleBytes(1));
      await client.del(`roundtripper:k:${entry.key}`);
    }
    expect(await client.hLen('roundtripper:l:tag t')).toBeLessThan(200);
  });

  test('tells who wants a lease to look again where something was stored or freshened since he has looked', async () => {
    const { store } = await open();
    const { store: other } = await open();
    const lease = async (found: readonly StoredResponse[]): Promise<string> => {
      const answer = await store.lease(key, 10_000, found);
      if (answer.kind === 'granted') await answer.release();
      else await answer.released;
      return answer.kind;
    };
    const before = await store.lookup(key);
    expect(await lease(before)).toBe('granted');
    const stored = await putSurely(other, exampleEntry());
    expect(await lease(before)).toBe('taken');
    const then = await store.lookup(key);
    expect(await lease(then)).toBe('granted');
    await other.update(stored, stored);
    expect(await lease(then)).toBe('taken');
    expect(await lease(await store.lookup(key))).toBe('granted');
    await putSurely(other, exampleEntry({ variant: 'another' }));
    expect(await lease(then)).toBe('taken');
    await other.delete({ kind: 'url', url: stored.url });
    expect(await lease(then)).toBe('granted');
  });

  test('connects by itself to a URL', async () => {
    const store = redisStore({ url: server.url, pause: 0 });
    onTestFinished(() => store[Symbol.asyncDispose]());
    await expect.poll(async () => (await put(store, exampleEntry()).catch(() => ({ kind: 'not-yet' }))).kind).toBe('stored');
    const [found] = await store.lookup(key);
    expectSame(found === undefined ? undefined : await bodyOf(store, found), exampleBytes(100));
  });

  test('says that it is closed', async () => {
    const { store, client } = await open();
    await store[Symbol.asyncDispose]();
    expect(await store.lookup(key)).toEqual([]);
    await expect(store.stats()).rejects.toMatchObject({ code: 'unavailable' });
    expect(await client.ping()).toBe('PONG');
    expect(client.listenerCount('error')).toBe(0);
  });
});
