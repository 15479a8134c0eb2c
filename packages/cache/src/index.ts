export { cache, type HttpCache } from './cache.ts';
export type { CacheMode, CacheOptions } from './cache-options.ts';
export type { CacheStats } from './cache-state.ts';
export { cacheStatus, type CacheStatus } from './cache-status.ts';
