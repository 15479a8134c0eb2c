import type { Middleware } from '@roundtripper/core';

import { resolveOptions, type CacheOptions } from './cache-options.ts';
import { CacheState, type CacheStats } from './cache-state.ts';
import { CachingRoundTripper } from './caching-round-tripper.ts';
import { uriOfUrl } from './uri.ts';

/** A cache: the middleware itself, and what can be done with what it has stored. Chains that are composed with the same one share it. */
export interface HttpCache extends Middleware {
  /** Forgets everything; what is on its way at that moment is not stored either. */
  clear(): Promise<void>;
  /**
   * Forgets what is stored under a URL, all variants of it; what is on its way at that moment is not stored either.
   * @returns whether there was anything.
   * @throws TypeError when it is not an absolute URL.
   */
  delete(url: string | URL): Promise<boolean>;
  /** What is stored, and what became of the requests so far. */
  stats(): CacheStats;
}

/**
 * Answers requests from memory while what was answered before is fresh, by the rules of RFC 9111.
 *
 * It stores what a server has declared to be fresh for some time (`max-age`, `s-maxage`, `Expires`), and serves it to GET and HEAD until that time is over, or something
 * unsafe (POST, PUT, DELETE…) was done to its URL. A body is stored when its reader has read it to its end, while it reads. It does not revalidate yet: what has become stale is asked for anew.
 *
 * Put whatever adds a user's credentials before it in the chain: it tells users apart by what it sees.
 *
 * @throws TypeError naming each option that is unknown or invalid.
 */
export function cache(options: CacheOptions = {}): HttpCache {
  const state = new CacheState(resolveOptions(options));
  const middleware: Middleware = (next) => new CachingRoundTripper(next, state);
  return Object.assign(middleware, {
    clear: async (): Promise<void> => state.clear(),
    delete: async (url: string | URL): Promise<boolean> => state.delete(uriOfUrl(parsed(url))),
    stats: (): CacheStats => state.stats(),
  });
}

/** Not `new URL`, whose error carries the whole text, and with it a password. */
function parsed(url: string | URL): URL {
  const result = URL.parse(url);
  if (result === null) throw new TypeError('invalid URL: expected an absolute one');
  return result;
}
