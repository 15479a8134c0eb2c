import { setImmediate } from 'node:timers/promises';

import { HttpRequest, HttpResponse, roundTripper, type RoundTripper } from '@roundtripper/core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { exampleBytes, exampleEntry, putSurely } from '../../test/example-entry.ts';
import { connectedClient, redisBinary, RedisServer } from '../../test/redis-server.ts';
import { gate } from '../../test/set-up.ts';
import { cache, type CacheStore } from '../index.ts';
import { redisStore, type RedisClientLike } from './index.ts';
import { scriptOf } from './scripts.ts';

describe.skipIf(!redisBinary.isThere)('over a redis-server', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterAll(() => redis[Symbol.asyncDispose]());

  interface Member {
    readonly client: RoundTripper;
    readonly store: CacheStore;
  }

  /** A cache as another process has it: with a connection of its own. @param leased What a request for a lease waits for before it is sent. */
  async function member(next: RoundTripper, leased: () => Promise<unknown> = () => Promise.resolve()): Promise<Member> {
    const connected = await connectedClient(redis);
    const { sha1 } = scriptOf('lease');
    const client: RedisClientLike = {
      isReady: true,
      sendCommand: async (args, options) => {
        if (args[1] === sha1) await leased();
        return connected.sendCommand(args, options);
      },
      on: (event, listener) => connected.on(event, listener),
      off: (event, listener) => connected.off(event, listener),
    };
    const store = redisStore({ client, timeout: 10_000 });
    const httpCache = cache({ store, mode: 'shared', storeTimeout: 20_000 });
    onTestFinished(async () => {
      await httpCache.close();
      await store[Symbol.asyncDispose]();
    });
    return { client: httpCache(next), store };
  }

  /** A server that takes some turns of the event loop for an answer, so that whoever asks meets it in every state. */
  function counting(headers: Record<string, string>): { readonly next: RoundTripper; readonly asked: (string | null)[] } {
    const asked: (string | null)[] = [];
    const next = roundTripper(async (request) => {
      const etag = request.headers.get('if-none-match');
      asked.push(etag);
      for (let turn = 0; turn < 20; turn += 1) await setImmediate();
      return new HttpResponse(etag === null ? 'x'.repeat(2_000) : null, { request, headers, status: etag === null ? 200 : 304 });
    });
    return { next, asked };
  }

  /** So many requests through the two, each some turns of the event loop after the one before. @returns how many different answers there were. */
  async function ask(members: readonly Member[], url: string, turns: number): Promise<number> {
    const asking = Array.from({ length: 1_000 }, async (_, index) => {
      for (let turn = 0; turn < Math.floor((index * turns) / 1_000); turn += 1) await setImmediate();
      const response = await members[index % members.length]?.client.roundTrip(new HttpRequest(url));
      return response?.text();
    });
    return new Set(await Promise.all(asking)).size;
  }

  test.for([
    { how: 'at the same time', turns: 0 },
    { how: 'while it is on its way', turns: 20 },
    { how: 'before, while and after it comes', turns: 200 },
  ])(
    'a thousand requests of two processes for one cold key are one fetch, where they come $how',
    { timeout: 60_000 },
    async ({ how, turns }) => {
      const { next, asked } = counting({ 'Cache-Control': 'max-age=60' });
      const members = [await member(next), await member(next)];
      for (let round = 0; round < 3; round += 1) {
        expect(await ask(members, `http://example.com/${how.length}/${round}`, turns)).toBe(1);
        expect(asked).toHaveLength(round + 1);
      }
    },
  );

  test.for([
    { what: 'a cold key', isStale: false, told: [null] },
    { what: 'a stale answer', isStale: true, told: ['"a"'] },
  ])(
    'one fetch for $what, also where a process has looked before the other one has stored it, and wants the lease after that',
    async ({ isStale, told }) => {
      const url = `http://example.com/late/${isStale}`;
      const { next, asked } = counting({ 'Cache-Control': 'max-age=60', 'ETag': '"a"' });
      const wanted = gate();
      const open = gate();
      const early = await member(next);
      const late = await member(next, async () => {
        wanted.open();
        await open.opened;
      });
      if (isStale) {
        const lifetime = { ...exampleEntry().policy, lifetimeMs: 0 };
        await putSurely(
          early.store,
          exampleEntry({ url, key: `shared ${url}`, headers: [['ETag', '"a"']], policy: lifetime }),
          exampleBytes(2_000),
        );
      }
      const asking = ask([late], url, 0);
      await wanted.opened;
      expect(await ask([early], url, 0)).toBe(1);
      open.open();
      expect(await asking).toBe(1);
      expect(asked).toEqual(told);
    },
  );
});
