import { contextKey, type ContextKey } from '@roundtripper/core';

/** `hit`: answered from the store. `miss`: the store had nothing to answer it with. `bypass`: it had nothing to do with the cache. */
export type CacheStatus = 'hit' | 'miss' | 'bypass';

/** Under this key the context of a response says what the cache did with the request. */
export const cacheStatus: ContextKey<CacheStatus> = contextKey('cacheStatus');
