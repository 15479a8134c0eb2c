import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { exampleEntry, putSurely } from '../../test/example-entry.ts';
import { connectedClient, redisBinary, RedisServer } from '../../test/redis-server.ts';
import type { DeleteTarget } from '../store.ts';
import type { StoredResponse } from '../stored-response.ts';
import { redisStore, type RedisClientLike, type RedisStore } from './index.ts';

const key = 'private https://example.com/';
const target: DeleteTarget = { kind: 'url', url: 'https://example.com/' };

type Send = RedisClientLike['sendCommand'];

describe.skipIf(!redisBinary.isThere)('over a redis-server', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterEach(async () => {
    const client = await connectedClient(server);
    await client.flushAll();
    client.destroy();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  /** A store whose commands go by way of `through`. */
  async function open(through: (send: Send) => Send = (send) => send): Promise<RedisStore> {
    const client = await connectedClient(server);
    const sendCommand = through((args, options) => client.sendCommand(args, options));
    const store = redisStore({ client: { isReady: true, sendCommand, on: () => {}, off: () => {} }, timeout: 5_000, pause: 1 });
    onTestFinished(() => store[Symbol.asyncDispose]());
    return store;
  }

  /** Asks until the store uses Redis again. @returns how often the deleted response was found meanwhile. */
  async function foundUntilBack(store: RedisStore): Promise<number> {
    let found = 0;
    const ask = async (): Promise<number> => {
      found += (await Promise.resolve(store.lookup(key)).catch(() => [])).length;
      return (await Promise.resolve(store.lookup('private https://example.com/kept')).catch(() => [])).length;
    };
    await expect.poll(ask, { timeout: 5_000 }).toBe(1);
    return found + (await store.lookup(key)).length;
  }

  test.for([0, 1, 2, 3, 4, 6, 8, 12])(
    'makes up for a deletion that comes %i microtasks after Redis has answered that it is back',
    async (depth) => {
      let isAway = false;
      const asked = Promise.withResolvers<void>();
      const store = await open((send) => async (args, options) => {
        if (isAway) throw new Error('Socket closed unexpectedly');
        const reply = await send(args, options);
        if (args[0] === 'PING') asked.resolve();
        return reply;
      });
      await putSurely(store, exampleEntry());
      await putSurely(store, exampleEntry({ path: '/kept' }));
      isAway = true;
      await expect(store.lookup(key)).rejects.toMatchObject({ code: 'unavailable' });
      isAway = false;
      const remove = async (): Promise<void> => {
        await asked.promise;
        for (let step = 0; step < depth; step += 1) await Promise.resolve();
        await Promise.resolve(store.delete(target)).catch(() => {});
      };
      const removed = remove();
      // Whoever asks first has Redis prove that it is back.
      await expect.poll(async () => Promise.race([asked.promise.then(() => 'asked'), store.lookup('another key')])).toBe('asked');
      await removed;
      expect(await foundUntilBack(store)).toBe(0);
    },
  );

  /** A store of two responses, and how many of its next commands are refused. */
  async function refusing(): Promise<{ store: RedisStore; stored: StoredResponse; next: { refusals: number } }> {
    const next = { refusals: 0 };
    const store = await open((send) => async (args, options) => {
      if (next.refusals === 0 || args[0] === 'PING') return send(args, options);
      next.refusals -= 1;
      throw new Error('ERR this command is not wanted');
    });
    const stored = await putSurely(store, exampleEntry());
    await putSurely(store, exampleEntry({ path: '/kept' }));
    return { store, stored, next };
  }

  test('finds nothing after a deletion that Redis has refused, before it was made up for', async () => {
    const { store, next } = await refusing();
    next.refusals = 3;
    await expect(store.delete(target)).rejects.toMatchObject({ code: 'failed' });
    expect(await foundUntilBack(store)).toBe(0);
    expect(next.refusals).toBe(0);
    expect(await (await open()).lookup(key)).toEqual([]);
  });

  test('removes at once a response that Redis has refused to make stale, and goes on', async () => {
    const { store, stored, next } = await refusing();
    next.refusals = 1;
    await expect(store.update(stored, { ...stored, isInvalidated: true })).rejects.toMatchObject({ code: 'failed' });
    expect(await store.lookup(key)).toEqual([]);
    expect(await store.lookup('private https://example.com/kept')).toHaveLength(1);
  });
});
