import { contextKey, OptionReader, type ContextKey, type OptionCheck } from '@roundtripper/core';

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
   * What to look the answer up by in place of the URL: requests with the same key get the same answer. At least one character. No URL has the same key as a text given here. `Vary` and
   * the credentials of a private cache count as ever.
   */
  readonly key?: string | undefined;
  /** What to call the answer, besides what the cache's own `tags` says: `invalidate({ tag })` finds it by these. */
  readonly tags?: readonly string[] | undefined;
}

/** Under this key the context of a request says how it uses the cache. What is wrong there is a TypeError, which the request fails with; nothing is sent. */
export const cacheRequest: ContextKey<CacheRequest> = contextKey('cacheRequest');

const checked = new WeakSet<CacheRequest>();

/**
 * What a request says, where it may be said. An object that is used again is not looked at again, so that what becomes of it after its first use goes unchecked.
 * @throws TypeError naming each field that is unknown or invalid.
 */
export function checkedOverride(override: CacheRequest): CacheRequest {
  if (checked.has(override)) return override;
  const reader = new OptionReader('cacheRequest', override);
  reader.read<CacheRequest['mode']>('mode', undefined, aRequestMode);
  reader.read<CacheRequest['key']>('key', undefined, aKey);
  reader.read<CacheRequest['tags']>('tags', undefined, tagList);
  reader.finish();
  checked.add(override);
  return override;
}

/** Whether responses can be called so: a text would be taken for an array of its letters. */
export function areTags(value: unknown): value is readonly string[] {
  // Not `every`, which passes over what is missing.
  return Array.isArray(value) && !value.values().some((tag) => typeof tag !== 'string');
}

const MODES: readonly unknown[] = [
  'default',
  'no-store',
  'reload',
  'no-cache',
  'force-cache',
  'only-if-cached',
] satisfies CacheRequestMode[];

const aRequestMode: OptionCheck<CacheRequest['mode']> = {
  isValid: (value): value is CacheRequestMode => MODES.includes(value),
  expected: '"default", "no-store", "reload", "no-cache", "force-cache" or "only-if-cached"',
};

/** The text of every object is the same, so that one user would get another's answer, and an empty one is what is left of a user who is not known. */
const aKey: OptionCheck<CacheRequest['key']> = {
  isValid: (value): value is string => typeof value === 'string' && value !== '',
  expected: 'a text of at least one character',
};

const tagList: OptionCheck<CacheRequest['tags']> = { isValid: areTags, expected: 'an array of texts' };
