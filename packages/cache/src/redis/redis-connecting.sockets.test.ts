import { once } from 'node:events';
import { createServer } from 'node:net';
import { inspect } from 'node:util';

import { BytePeer } from '@roundtripper/testing';
import { createClient } from 'redis';
import { describe, expect, onTestFinished, test } from 'vitest';

import { exampleEntry, put } from '../../test/example-entry.ts';
import { connectedClient, redisBinary, RedisServer } from '../../test/redis-server.ts';
import { redisStore, StoreError, type RedisStore, type RedisStoreOptions } from './index.ts';

function open(options: RedisStoreOptions): RedisStore {
  const store = redisStore({ pause: 5, ...options });
  onTestFinished(() => store[Symbol.asyncDispose]());
  return store;
}

/** What look-ups have said of Redis. */
interface Heard {
  readonly errors: StoreError[];
  readonly look: () => Promise<void>;
}

function hearing(store: RedisStore): Heard {
  const errors: StoreError[] = [];
  const look = async (): Promise<void> => {
    try {
      expect(await store.lookup('private https://example.com/')).toEqual([]);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      errors.push(error);
    }
  };
  return { errors, look };
}

/** The message of the cause of the first error that has one; before that there is nothing to say but that there is no connection. */
async function whyNot(store: RedisStore): Promise<string> {
  const { errors, look } = hearing(store);
  await expect
    .poll(
      async () => {
        await look();
        return errors.some(({ cause }) => cause !== undefined);
      },
      { timeout: 10_000 },
    )
    .toBe(true);
  for (let turn = 0; turn < 50; turn += 1) {
    await look();
    await new Promise((resolve) => void setTimeout(resolve, 2));
  }
  expect(new Set(errors.map(({ message }) => message))).toEqual(new Set(['not connected to Redis yet']));
  expect(errors.filter(({ code }) => code !== 'unavailable')).toEqual([]);
  expect(inspect(errors, { depth: 10 })).not.toContain('hunter2');
  const causes = errors.flatMap(({ cause }) => (cause instanceof Error ? [cause.message] : []));
  // Each reason once.
  expect(causes).toHaveLength(1);
  return causes.join();
}

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return address === null || typeof address === 'string' ? 0 : address.port;
}

test('says that nobody listens', async () => {
  const port = await closedPort();
  expect(await whyNot(open({ url: `redis://me:hunter2@127.0.0.1:${port}` }))).toBe(`connect ECONNREFUSED 127.0.0.1:${port}`);
});

// Where there is no network the resolver takes its time to say so.
test('says that the host is unknown', { timeout: 20_000 }, async () => {
  expect(await whyNot(open({ url: 'redis://me:hunter2@nobody.invalid' }))).toMatch(/^getaddrinfo E\w+ nobody\.invalid$/);
});

test('does not say the password that a server repeats', async () => {
  await using peer = await BytePeer.listen(async (conversation) => {
    await conversation.read(4);
    await conversation.write('-ERR unknown command `HELLO`, with args beginning with: `3` `AUTH` `me` `hunter2`\r\n');
    await conversation.closed;
  });
  expect(await whyNot(open({ url: peer.url.replace('http://', 'redis://me:hunter2@') }))).toBe('ERR unknown command `HELLO`');
});

test('says that the package does not take the URL', async () => {
  const { errors, look } = hearing(open({ url: 'redis://me:hunter2@127.0.0.1/first' }));
  await expect
    .poll(async () => {
      await look();
      return errors.map(({ code, message, cause }) => [code, message, cause instanceof Error ? cause.message : undefined]);
    })
    .toContainEqual(['failed', 'the package redis does not take the URL', 'Invalid pathname']);
  expect(inspect(errors, { depth: 10 })).not.toContain('hunter2');
});

test('says of a client that was never connected whose business that is, once', async () => {
  const { errors, look } = hearing(open({ client: createClient({ url: 'redis://127.0.0.1:1' }) }));
  for (let turn = 0; turn < 10; turn += 1) await look();
  expect(errors.map(({ message }) => message)).toEqual(['not connected to Redis yet: who has made the client connects it']);
});

describe.skipIf(!redisBinary.isThere)('over a redis-server', () => {
  test('says that the password is wrong, or missing', async () => {
    await using redis = await RedisServer.start('requirepass right');
    const at = `127.0.0.1:${redis.port}`;
    expect(await whyNot(open({ url: `redis://:hunter2@${at}` }))).toMatch(/^WRONGPASS /);
    expect(await whyNot(open({ url: `redis://${at}` }))).toMatch(/^NOAUTH /);
  });

  test('says why it lost its connection, once for each outage, and to whoever deletes something', async () => {
    await using redis = await RedisServer.start();
    const store = open({ client: await connectedClient(redis) });
    const { errors, look } = hearing(store);
    const isRefused = (): boolean =>
      errors.some(
        ({ message, cause }) => message === 'there is no connection to Redis' && Reflect.get(Object(cause), 'code') === 'ECONNREFUSED',
      );
    for (let outage = 0; outage < 2; outage += 1) {
      await redis.kill();
      await expect.poll(() => look().then(isRefused), { timeout: 5_000 }).toBe(true);
      for (let turn = 0; turn < 100; turn += 1) await look();
      const reasons = errors.map(({ cause }) => String(cause));
      expect(new Set(reasons).size).toBe(reasons.length);
      await expect(store.delete({ kind: 'tag', tag: 't' })).rejects.toMatchObject({ code: 'unavailable', cause: { code: 'ECONNREFUSED' } });
      errors.length = 0;
      await redis.restart();
      await expect
        .poll(async () => (await put(store, exampleEntry()).catch(() => ({ kind: 'away' }))).kind, { timeout: 5_000 })
        .toBe('stored');
      await store.clear();
    }
  });
});
