import { contextKey, type ContextKey } from '@roundtripper/core';

/**
 * How one request uses the cache, as `fetch` has it. Caches further on are told of `no-store`, `reload` and `no-cache` by a `Cache-Control` where the request has none:
 *
 * - `default`: by the rules.
 * - `no-store`: as if there were no cache: nothing is looked up, and nothing stored.
 * - `reload`: nothing is looked up; the answer is stored.
 * - `no-cache`: what is stored is validated before it is used, unless it is fresh and `immutable`.
 * - `force-cache`: what is stored is used however old it is; what is not is fetched.
 * - `only-if-cached`: what is stored and may be used is used; else the answer is a 504, and nothing is sent.
 */
export type CacheRequestMode = 'default' | 'no-store' | 'reload' | 'no-cache' | 'force-cache' | 'only-if-cached';

/** What a request has to say to the caches on its way. */
export interface CacheRequest {
  /** Default `default`. */
  readonly mode?: CacheRequestMode | undefined;
  /**
   * What to look the answer up by in place of the URL: requests with the same key get the same answer. No URL has the same key as a text given here. `Vary` and the
   * credentials of a private cache count as ever.
   */
  readonly key?: string | undefined;
  /** What to call the answer, besides what the cache's own `tags` says: `invalidate({ tag })` finds it by these. */
  readonly tags?: readonly string[] | undefined;
}

/** Under this key the context of a request says how it uses the cache. */
export const cacheRequest: ContextKey<CacheRequest> = contextKey('cacheRequest');
