import { afterAll, beforeAll, describe, onTestFinished } from 'vitest';

import { describeSharing } from '../../test/describe-sharing.ts';
import { describeStore, type MakeStore } from '../../test/describe-store.ts';
import { connectedClient, redisBinary, RedisServer } from '../../test/redis-server.ts';
import type { CacheStore } from '../store.ts';
import { redisStore } from './index.ts';

describe.skipIf(!redisBinary.isThere)('over a redis-server', () => {
  let server: RedisServer;
  let made = 0;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const make: MakeStore = async ({ maxBytes }) => {
    made += 1;
    // One within another, and with what means something in a pattern: what is deleted here must not go there.
    const prefix = `test*${'['.repeat(made % 3)}${made}:`;
    const open = async (): Promise<CacheStore> => {
      const store = redisStore({ client: await connectedClient(server), prefix, maxEntryBytes: maxBytes, timeout: 5_000 });
      onTestFinished(() => store[Symbol.asyncDispose]());
      return store;
    };
    return { store: await open(), again: open };
  };

  describeStore('redisStore', make, { evicts: false });
  describeSharing('redisStore', make);
});
