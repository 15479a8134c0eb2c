import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { compose, HttpRequest, Transport, type ComposedRoundTripper } from '@roundtripper/core';
import { TestServer } from '@roundtripper/testing';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';

import { expectSame } from '../../test/describe-store.ts';
import { begin, bodyOf, bytesOf, exampleBytes, exampleEntry, put, putSurely } from '../../test/example-entry.ts';
import { connectedClient, redisBinary, RedisServer } from '../../test/redis-server.ts';
import { cache, cacheStatus, type Answer, type StoredResponse } from '../index.ts';
import { redisStore, type RedisClientLike, type RedisStore } from './index.ts';

const key = 'private https://example.com/';
const PROGRAM = fileURLToPath(new URL('../../test/caching-process.ts', import.meta.url));

/** What it takes to find out that Redis stands still, with much to spare on a machine that is busy. */
const SOON_MS = 2_000;

describe.skipIf(!redisBinary.isThere)('over a redis-server that is treated badly', () => {
  let redis: RedisServer;
  beforeEach(async () => {
    redis = await RedisServer.start();
  });
  afterEach(() => redis[Symbol.asyncDispose]());

  async function open(): Promise<{ store: RedisStore; sent: () => number }> {
    const client = await connectedClient(redis);
    let sent = 0;
    const counting: RedisClientLike = {
      get isReady() {
        return client.isReady;
      },
      sendCommand: (args, options) => {
        sent += 1;
        return client.sendCommand(args, options);
      },
      on: (event, listener) => client.on(event, listener),
      off: (event, listener) => client.off(event, listener),
    };
    const store = redisStore({ client: counting, timeout: 100, pause: 20 });
    onTestFinished(() => store[Symbol.asyncDispose]());
    return { store, sent: () => sent };
  }

  /** Uses the store until it is used again. */
  async function untilBack(store: RedisStore): Promise<void> {
    await expect
      .poll(async () => (await put(store, exampleEntry({ path: '/back' })).catch(() => ({ kind: 'away' }))).kind, { timeout: 5_000 })
      .toBe('stored');
  }

  test('finds out within its time that Redis stands still, sends nothing more until it has answered, and then uses it again', async () => {
    const { store, sent } = await open();
    await putSurely(store, exampleEntry());
    redis.stall();
    const startMs = performance.now();
    await expect(store.lookup(key)).rejects.toMatchObject({ code: 'unavailable' });
    expect(performance.now() - startMs).toBeLessThan(SOON_MS);
    const before = sent();
    for (let turn = 0; turn < 20; turn += 1) {
      expect(await store.lookup(key)).toEqual([]);
      expect(await store.create(exampleEntry())).toBeUndefined();
      await new Promise((resolve) => void setTimeout(resolve, 5));
    }
    expect(sent()).toBe(before);
    redis.goOn();
    await untilBack(store);
    expect(await store.lookup(key)).toHaveLength(1);
  });

  test('finds nothing while Redis is down, and uses it again when it was started again', async () => {
    const { store } = await open();
    await putSurely(store, exampleEntry());
    await redis.kill();
    const reasons: string[] = [];
    const startMs = performance.now();
    for (let turn = 0; turn < 1_000; turn += 1) {
      const found = await Promise.resolve(store.lookup(key)).catch((error: unknown) => {
        reasons.push(String(error instanceof Error ? error.cause : error));
        return [];
      });
      expect(found).toEqual([]);
    }
    expect(performance.now() - startMs).toBeLessThan(SOON_MS);
    // Each of them is told once.
    expect(reasons.length).toBeGreaterThan(0);
    expect(new Set(reasons).size).toBe(reasons.length);
    await redis.restart();
    await untilBack(store);
    expect(await store.lookup(key)).toEqual([]);
  });

  test.for<{ fact: string; change: (store: RedisStore, stored: StoredResponse) => Answer<unknown> }>([
    { fact: 'a deletion', change: (store, { url }) => store.delete({ kind: 'url', url }) },
    { fact: 'a clearing', change: (store) => store.clear() },
    { fact: 'a response made stale', change: (store, stored) => store.update(stored, { ...stored, isInvalidated: true }) },
  ])('makes up for $fact that Redis has not heard of, before it uses it again', async ({ change }) => {
    const { store } = await open();
    const { store: other } = await open();
    const stored = await putSurely(store, exampleEntry());
    redis.stall();
    for (let turn = 0; turn < 2; turn += 1) await expect(change(store, stored)).rejects.toMatchObject({ code: 'unavailable' });
    redis.goOn();
    await untilBack(store);
    const found = await other.lookup(key);
    expect(found.filter(({ isInvalidated }) => !isInvalidated)).toEqual([]);
  });

  test('commits nothing that was half written when Redis was killed', async () => {
    const { store } = await open();
    const writer = await begin(store, exampleEntry(), exampleBytes(300_000));
    await redis.restart();
    await untilBack(store);
    expect(await writer.commit(300_000)).toEqual({ kind: 'refused', reason: 'deleted-meanwhile' });
    expect(await store.lookup(key)).toEqual([]);
  });

  test('gives out a body of 1 MiB only when all of it is here', async () => {
    const { store } = await open();
    const body = exampleBytes(1_048_576);
    const stored = await putSurely(store, exampleEntry(), body);
    const source = await store.read(stored);
    await redis.kill();
    expectSame(source === undefined ? undefined : await bytesOf(source), body);
  });

  test(
    'has each response whole or not at all where Redis evicts what it likes, and stays within its memory',
    { timeout: 60_000 },
    async () => {
      await using small = await RedisServer.start('maxmemory 6mb', 'maxmemory-policy allkeys-lru');
      const client = await connectedClient(small);
      const store = redisStore({ client, timeout: 10_000 });
      onTestFinished(() => store[Symbol.asyncDispose]());
      const sizes = [100, 5_000, 60_000, 200_000];
      let found = 0;
      for (let index = 0; index < 400; index += 1) {
        const size = sizes[index % sizes.length] ?? 0;
        const result = await put(store, exampleEntry({ path: `/${index}`, tags: [`t${index % 3}`] }), exampleBytes(size, index));
        const earlier = Math.max(0, index - (index % 7));
        const [stored] = await store.lookup(`private https://example.com/${earlier}`);
        const body = stored === undefined ? undefined : await bodyOf(store, stored);
        if (body === undefined) continue;
        found += 1;
        expectSame(body, exampleBytes(sizes[earlier % sizes.length] ?? 0, earlier));
        expect(['stored', 'refused']).toContain(result.kind);
      }
      expect(found).toBeGreaterThan(100);
      const [, used] = /used_memory:(\d+)/.exec(await client.info('memory')) ?? [];
      expect(Number(used)).toBeLessThan(7_000_000);
    },
  );

  test('connects to a URL whose Redis comes later', async () => {
    await redis.kill();
    const store = redisStore({ url: redis.url, pause: 20 });
    onTestFinished(() => store[Symbol.asyncDispose]());
    expect(await Promise.resolve(store.lookup(key)).catch(() => [])).toEqual([]);
    await redis.restart();
    await untilBack(store);
  });

  test('can be disposed of while it is loading, connecting, or has lost its Redis', async () => {
    const url = redis.url;
    await redisStore({ url })[Symbol.asyncDispose]();
    const lost = redisStore({ url, pause: 20 });
    await untilBack(lost);
    await redis.kill();
    await lost[Symbol.asyncDispose]();
    await lost[Symbol.asyncDispose]();
    const connecting = redisStore({ url });
    await import('redis');
    await Promise.resolve(connecting.lookup(key)).catch(() => {});
    await connecting[Symbol.asyncDispose]();
  });

  interface Scene {
    readonly server: TestServer;
    readonly client: ComposedRoundTripper;
    readonly errors: readonly unknown[];
  }

  async function compile(): Promise<Scene> {
    const server = await TestServer.start();
    const { store } = await open();
    const errors: unknown[] = [];
    const httpCache = cache({ store, mode: 'shared', onStoreError: (error) => errors.push(error) });
    const client = compose(httpCache, new Transport());
    onTestFinished(async () => {
      await httpCache.close();
      await client.close();
      await server[Symbol.asyncDispose]();
    });
    return { server, client, errors };
  }

  const faults = [
    { how: 'killed', harm: (server: RedisServer) => server.kill() },
    { how: 'killed and started again', harm: (server: RedisServer) => server.restart() },
    { how: 'stalled', harm: async (server: RedisServer) => server.stall() },
  ];
  const moments = ['before it is asked', 'before the server answers', 'in the middle of the body', 'before the next request'] as const;

  test.for(faults.flatMap(({ how, harm }) => moments.map((moment) => ({ how, harm, moment }))))(
    'answers every request although Redis is $how $moment',
    async ({ how, harm, moment }) => {
      const { server, client, errors } = await compile();
      const body = exampleBytes(400_000);
      const half = Promise.withResolvers<void>();
      const headers = { 'Cache-Control': 'max-age=60' };
      const step = async (now: (typeof moments)[number]): Promise<void> => (now === moment ? harm(redis) : undefined);
      await step('before it is asked');
      server.enqueue({ headers, body: [body.subarray(0, 200_000), body.subarray(200_000)], headDelay: half.promise }, { headers, body });
      const asked = client.roundTrip(new HttpRequest(server.url));
      await server.takeRequest();
      await step('before the server answers');
      half.resolve();
      const response = await asked;
      const chunks: Uint8Array[] = [];
      for await (const chunk of response.chunks()) {
        if (chunks.length === 0) await step('in the middle of the body');
        chunks.push(chunk.slice());
      }
      expectSame(Buffer.concat(chunks), body);
      await step('before the next request');
      const startMs = performance.now();
      const second = await client.roundTrip(new HttpRequest(server.url));
      expectSame(await second.bytes(), body);
      expect(performance.now() - startMs).toBeLessThan(SOON_MS);
      expect(second.context.get(cacheStatus)).toBe('miss');
      // One that is back before anybody asks it has failed nobody: it knows nothing any more, and what was asked for before that is not stored.
      if (how !== 'killed and started again') expect(errors.length).toBeGreaterThan(0);
    },
  );

  test('has one process ask for what two want at the same time', { timeout: 30_000 }, async () => {
    const observer = await connectedClient(redis);
    observer.on('error', () => {});
    await using server = await TestServer.start();
    const answer = Promise.withResolvers<void>();
    server.enqueue({ headers: { 'Cache-Control': 'max-age=60' }, body: 'answer', headDelay: answer.promise });
    const first = startProcess(server.url);
    await server.takeRequest();
    const second = startProcess(server.url);
    // It looks whether the lease is still there.
    await expect.poll(async () => observer.info('commandstats'), { timeout: 15_000 }).toContain('cmdstat_exists');
    answer.resolve();
    expect(await first.result).toEqual({ status: 'miss', body: 'answer' });
    expect(await second.result).toEqual({ status: 'hit', body: 'answer' });
    for (const each of [first, second]) await each.end();
    expect(server.requests).toHaveLength(1);
  });

  function startProcess(url: string): { readonly result: Promise<unknown>; readonly end: () => Promise<unknown> } {
    const child = spawn(process.execPath, ['--conditions=source', PROGRAM, redis.url, url], { stdio: ['pipe', 'pipe', 'inherit'] });
    const closed = once(child, 'close');
    const end = (): Promise<unknown> => {
      child.stdin.end();
      return closed;
    };
    return { result: once(child.stdout, 'data').then(([line]): unknown => JSON.parse(String(line))), end };
  }
});
