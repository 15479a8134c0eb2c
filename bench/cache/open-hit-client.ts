import { join } from 'node:path';
import { cache, memoryStore, type CacheStore } from '@roundtripper/cache';
import { redisStore } from '@roundtripper/cache/redis';
import { sqliteStore } from '@roundtripper/cache/sqlite';
import { compose, HttpRequest, Transport } from '@roundtripper/core';
import { createClient, type RedisClientType } from 'redis';
import { cacheStores, interceptors, request } from 'undici';
import type { CacheTarget } from './cache-target.ts';
import { undiciPool } from '../clients/undici-pool.ts';
import type { Variant } from '../variant.ts';
import type { HitClient } from './hit-clients.ts';

/** What a client is measured against, and where it may keep things. */
export interface HitTarget extends CacheTarget {
  /** A folder of its own. */
  readonly folder: string;
  /** Undefined where there is none. */
  readonly redisUrl: string | undefined;
}

type UndiciStore = InstanceType<typeof cacheStores.MemoryCacheStore | typeof cacheStores.SqliteCacheStore>;

/** What a Redis may take on a machine that is busy: one that counts as away is not asked. */
const PATIENCE_MS = 10_000;

const OPENERS: Readonly<Record<HitClient, (target: HitTarget) => Promise<Variant>>> = {
  'memory': async (target) => openCache(target, memoryStore()),
  'SQLite': async (target) => openCache(target, sqliteStore({ path: join(target.folder, 'cache.sqlite') })),
  'Redis': async (target) => {
    const client = await connectedClient(target);
    const opened = openCache(target, redisStore({ client, timeout: PATIENCE_MS }));
    return withEnd(opened, () => client.destroy());
  },
  'Redis GET': openRedisGet,
  'undici memory': async (target) => openUndici(target, new cacheStores.MemoryCacheStore()),
  'undici SQLite': async (target) => {
    const store = new cacheStores.SqliteCacheStore({ location: join(target.folder, 'undici.sqlite') });
    return withEnd(openUndici(target, store), () => store.close());
  },
};

/** Opens one that has nothing stored yet: what it is asked for first it asks the server for. */
export function openHitClient(client: HitClient, target: HitTarget): Promise<Variant> {
  return OPENERS[client](target);
}

function openCache({ url, concurrency, check }: CacheTarget, store: CacheStore): Variant {
  const httpCache = cache({ store, storeTimeout: PATIENCE_MS });
  const transport = new Transport({ maxConnsPerHost: concurrency });
  const client = compose(httpCache, transport);
  return {
    get: async () => {
      const response = await client.roundTrip(new HttpRequest(url));
      check(response.status, await response.text());
    },
    [Symbol.asyncDispose]: async () => {
      await httpCache.close();
      await store[Symbol.asyncDispose]?.();
      await transport.close({ graceful: false });
    },
  };
}

/** What a hit from Redis cannot be cheaper than: the bytes that the server has sent, as text, by their key. */
async function openRedisGet(target: HitTarget): Promise<Variant> {
  const client = await connectedClient(target);
  await using transport = new Transport();
  const response = await transport.roundTrip(new HttpRequest(target.url));
  await client.set(target.url, await response.text());
  return {
    get: async () => target.check(response.status, (await client.get(target.url)) ?? ''),
    [Symbol.asyncDispose]: async () => client.destroy(),
  };
}

function openUndici({ url, concurrency, check }: CacheTarget, store: UndiciStore): Variant {
  const pool = undiciPool(new URL(url).origin, concurrency);
  const dispatcher = pool.compose(interceptors.cache({ store }));
  return {
    get: async () => {
      const { statusCode, body } = await request(url, { dispatcher });
      check(statusCode, await body.text());
    },
    [Symbol.asyncDispose]: () => pool.destroy(),
  };
}

async function connectedClient({ redisUrl }: HitTarget): Promise<RedisClientType> {
  if (redisUrl === undefined) throw new Error('there is no Redis');
  const client: RedisClientType = createClient({ url: redisUrl });
  await client.connect();
  return client;
}

function withEnd(variant: Variant, end: () => void): Variant {
  return {
    ...variant,
    [Symbol.asyncDispose]: async () => {
      await variant[Symbol.asyncDispose]();
      end();
    },
  };
}
