import type { Middleware } from '@roundtripper/core';

import { CacheCore, type CacheStats } from './cache-core.ts';
import { resolveOptions, type CacheOptions } from './cache-options.ts';
import { CachingRoundTripper } from './caching-round-tripper.ts';
import { inspected, type InspectedResponse } from './inspect.ts';
import type { DeleteTarget } from './store.ts';
import { uriOfUrl } from './uri.ts';
import { isForUrl } from './cache-key.ts';

/** What {@link HttpCache.invalidate} makes a cache forget. */
export type Invalidation =
  /** The responses of an origin that its server has put in a group (RFC 9875). */
  | { readonly group: string; readonly origin: string | URL }
  /** The responses that the option `tags`, or a request's own, has called so. */
  | { readonly tag: string }
  /** The responses of all URLs that begin so, an absolute URL itself. */
  | { readonly prefix: string | URL };

/** A cache: the middleware itself, and what can be done with what it has stored. Chains that are composed with the same one share it. */
export interface HttpCache extends Middleware, AsyncDisposable {
  /** Forgets everything; what is on its way at that moment is not stored either. Of a store that others share too: everything of theirs. */
  clear(): Promise<void>;
  /**
   * Forgets what is stored of a URL, all variants of it; what is on its way at that moment is not stored either.
   * @returns whether there was anything.
   * @throws TypeError when it is not an absolute URL.
   */
  delete(url: string | URL): Promise<boolean>;
  /**
   * Forgets responses by what they have in common; what is on its way at that moment is not stored either.
   * @returns how many were stored.
   * @throws TypeError when it names nothing, more than one thing, or something unknown, or the origin or prefix is not an absolute URL.
   */
  invalidate(what: Invalidation): Promise<number>;
  /**
   * What is stored of a URL, all variants and parts of it: how fresh each is, and why. What was stored under a key of its own, or for a QUERY, is not found by the URL.
   * @throws TypeError when it is not an absolute URL.
   */
  inspect(url: string | URL): Promise<readonly InspectedResponse[]>;
  /** What is stored, and what became of the requests so far. */
  stats(): Promise<CacheStats>;
  /** Ends what it does in the background. Requests pass through it from then on. It does not close the store. Idempotent. */
  close(): Promise<void>;
}

/**
 * Answers requests from what was answered before, by the rules of RFC 9111.
 *
 * It stores what may be stored while its reader reads it, serves it for as long as it is fresh, asks the server whether it still holds after that (`ETag`, `Last-Modified`), and
 * forgets it when something unsafe (POST, PUT, DELETE…) was done to its URL. Requests that ask for the same at the same time share one answer. Every response tells what was done:
 * in `Cache-Status` (RFC 9211), under {@link cacheStatus} and {@link cacheResult} in its context, and in `cacheDecision` events.
 *
 * Put whatever adds a user's credentials before it in the chain: it tells users apart by what it sees.
 *
 * @throws TypeError naming each option that is unknown or invalid.
 */
export function cache(options: CacheOptions = {}): HttpCache {
  const core = new CacheCore(resolveOptions(options));
  const middleware: Middleware = (next) => new CachingRoundTripper(next, core);
  return Object.assign(middleware, {
    clear: async (): Promise<void> => core.clear(),
    delete: async (url: string | URL): Promise<boolean> => {
      const dropped = await core.invalidate({ kind: 'url', url: uriOfUrl(parsed(url)) });
      return dropped > 0;
    },
    invalidate: async (what: Invalidation): Promise<number> => core.invalidate(targetOf(what)),
    inspect: async (url: string | URL): Promise<readonly InspectedResponse[]> => inspectUrl(core, uriOfUrl(parsed(url))),
    stats: (): Promise<CacheStats> => core.stats(),
    close: (): Promise<void> => core.background.close(),
    [Symbol.asyncDispose]: (): Promise<void> => core.background.close(),
  });
}

async function inspectUrl(core: CacheCore, url: string): Promise<readonly InspectedResponse[]> {
  const place = { key: core.keys.keyOf(url), url, alias: core.keys.aliasOf(url) };
  const stored = [...(await core.store.lookup(place.key))];
  if (place.alias !== undefined) stored.push(...(await core.store.lookup(place.alias)).filter((each) => isForUrl(each, place)));
  const now = core.now();
  return stored.map((each) => inspected(each, now));
}

function targetOf(what: Invalidation): DeleteTarget {
  // All of them: whoever names two things means what is both, and one alone would be something else.
  const names = namesIn(what);
  if (names === 'tag' && 'tag' in what && typeof what.tag === 'string') return { kind: 'tag', tag: what.tag };
  if (names === 'prefix' && 'prefix' in what) return { kind: 'prefix', prefix: uriOfUrl(parsed(what.prefix)) };
  if (names === 'group origin' && 'group' in what && typeof what.group === 'string') {
    return { kind: 'group', group: what.group, origin: parsed(what.origin).origin };
  }
  throw new TypeError('invalid invalidation: expected { group, origin }, { tag } or { prefix }');
}

function namesIn(what: unknown): string {
  if (typeof what !== 'object' || what === null) return '';
  const given = Object.entries(what).filter(([, value]) => value !== undefined);
  return given
    .map(([name]) => name)
    .toSorted()
    .join(' ');
}

/** Not `new URL`, whose error carries the whole text, and with it a password. */
function parsed(url: string | URL): URL {
  const result = URL.parse(url);
  if (result === null || !/^https?:$/.test(result.protocol)) throw new TypeError('invalid URL: expected an absolute one, http: or https:');
  return result;
}
