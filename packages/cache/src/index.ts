/// <reference types="node" preserve="true" />
export { cache, type HttpCache, type Invalidation } from './cache.ts';
export type { CacheStats } from './cache-core.ts';
export type { CacheMode, CacheOptions } from './cache-options.ts';
export { cacheRequest, type CacheRequest, type CacheRequestMode } from './cache-request.ts';
export { cacheResult, cacheStatus, type CacheResult, type CacheStatus } from './cache-status.ts';
export type { StoreOperation } from './guarded-store.ts';
export type { InspectedResponse, InspectedSelector } from './inspect.ts';
export { memoryStore, type MemoryStoreOptions } from './memory-store.ts';
export type { BypassReason, FallbackReason, MissReason, ServeReason } from './reasons.ts';
export {
  MAX_VARIANTS,
  type Answer,
  type BodySource,
  type ByteRange,
  type CacheStore,
  type CommitResult,
  type DeleteTarget,
  type EntryWriter,
  type Lease,
  type NewEntry,
  type StoreRefusal,
  type StoreStats,
} from './store.ts';
export { parseStored, serialiseStored } from './stored-form.ts';
export type { FreshnessSource, SelectingField, StoredPart, StoredPolicy, StoredResponse } from './stored-response.ts';
