import { cache, type HttpCache } from '@roundtripper/cache';
import { compose, HttpRequest, Transport, type RoundTripper } from '@roundtripper/core';
import { cacheStores, interceptors, request, type Dispatcher } from 'undici';
import { SIZES } from '../answers.ts';
import type { CacheTarget } from './cache-target.ts';
import { undiciPool } from '../clients/undici-pool.ts';
import type { Variant } from '../variant.ts';
import { Workload } from '../workload.ts';
import { leastCache } from './least-cache.ts';
import type { Miss } from './misses.ts';

/** One with a cache that finds nothing, and one without a cache. Each asks for a URL of its own each time. */
export interface MissPair {
  readonly plain: Variant;
  readonly variant: Variant;
}

/** Opens both. A store is full when this resolves, as it is after a while: what comes in has something else go. */
export async function openMiss(miss: Miss, target: CacheTarget): Promise<MissPair> {
  switch (miss.cache) {
    case 'none':
      return { plain: openTransport(target), variant: openTransport(target) };
    case 'ours':
      return { plain: openTransport(target), variant: await openCache(miss, target) };
    case 'least':
      return { plain: openTransport(target), variant: await openLeast(miss, target) };
    default:
      return { plain: openUndici(target), variant: await openUndiciCache(miss, target) };
  }
}

function openTransport(target: CacheTarget): Variant {
  return through(target, (transport) => transport);
}

function through({ url, concurrency, check }: CacheTarget, wrap: (transport: Transport) => RoundTripper): Variant {
  const transport = new Transport({ maxConnsPerHost: concurrency });
  const client = wrap(transport);
  let asked = 0;
  return {
    get: async () => {
      asked += 1;
      const response = await client.roundTrip(new HttpRequest(`${url}?${asked}`));
      check(response.status, await response.text());
    },
    [Symbol.asyncDispose]: () => transport.close({ graceful: false }),
  };
}

/** How many requests are sent until it is looked whether a store is full. */
const FILLED_AT_ONCE = 1_000;

async function openCache({ isStored }: Miss, target: CacheTarget): Promise<Variant> {
  const httpCache = cache();
  const variant = through(target, (transport) => compose(httpCache, transport));
  const verify = (): Promise<void> => expectMisses(httpCache, isStored);
  if (isStored) {
    const workload = new Workload(variant.get, target.concurrency);
    while ((await httpCache.stats()).evictions === 0) {
      await workload.run(FILLED_AT_ONCE);
      await verify();
    }
  }
  return { ...variant, verify };
}

const LEAST_BYTES = 67_108_864;

async function openLeast({ size, isStored }: Miss, target: CacheTarget): Promise<Variant> {
  const variant = through(target, (transport) => compose(leastCache(isStored ? LEAST_BYTES : 0), transport));
  if (isStored) await new Workload(variant.get, target.concurrency).run(LEAST_BYTES / SIZES[size]);
  return variant;
}

async function expectMisses(httpCache: HttpCache, isStored: boolean): Promise<void> {
  const { hits, misses, stores } = await httpCache.stats();
  if (hits === 0 && stores === (isStored ? misses : 0)) return;
  throw new Error(`of ${misses} answers ${stores} were stored, and ${hits} found there`);
}

function openUndici(target: CacheTarget): Variant {
  return throughUndici(target, (pool) => pool);
}

function throughUndici({ url, concurrency, check }: CacheTarget, wrap: (pool: Dispatcher) => Dispatcher): Variant {
  const pool = undiciPool(new URL(url).origin, concurrency);
  const dispatcher = wrap(pool);
  let asked = 0;
  return {
    get: async () => {
      asked += 1;
      const { statusCode, body } = await request(`${url}?${asked}`, { dispatcher });
      check(statusCode, await body.text());
    },
    [Symbol.asyncDispose]: () => pool.destroy(),
  };
}

type UndiciStore = NonNullable<NonNullable<Parameters<typeof interceptors.cache>[0]>['store']>;

/** More than its store holds: 1 024 responses. */
const MORE_THAN_UNDICI_HOLDS = 1_500;

async function openUndiciCache({ isStored }: Miss, target: CacheTarget): Promise<Variant> {
  const inner = new cacheStores.MemoryCacheStore();
  let asked = 0;
  let stored = 0;
  const store: UndiciStore = {
    get: (key) => {
      asked += 1;
      return inner.get(key);
    },
    createWriteStream: (key, value) => {
      stored += 1;
      return inner.createWriteStream(key, value);
    },
    delete: (key) => inner.delete(key),
  };
  const variant = throughUndici(target, (pool) => pool.compose(interceptors.cache({ store })));
  if (isStored) await new Workload(variant.get, target.concurrency).run(MORE_THAN_UNDICI_HOLDS);
  const verify = async (): Promise<void> => {
    if (stored !== (isStored ? asked : 0)) throw new Error(`of ${asked} answers ${stored} were stored`);
  };
  return { ...variant, verify };
}
