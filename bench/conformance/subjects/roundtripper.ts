import { cache, cacheRequest, type CacheMode } from '@roundtripper/cache';
import { compose, Context, HttpRequest, Transport } from '@roundtripper/core';
import type { Subject } from '../subject.ts';

/** This library: the cache over its Transport, both as they are. */
export function openRoundtripper(mode: CacheMode): Subject {
  const httpCache = cache({ mode });
  const client = compose(httpCache, new Transport());
  return {
    fetch: (url, { method, headers, body, cache: cacheMode } = {}) => {
      const context = cacheMode === undefined ? Context.empty : Context.empty.with(cacheRequest, { mode: cacheMode });
      return client.roundTrip(new HttpRequest(url, { method, headers, body, context }));
    },
    [Symbol.asyncDispose]: async () => {
      await httpCache.close();
      await client.close();
    },
  };
}
