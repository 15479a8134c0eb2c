/// <reference types="node" preserve="true" />
export { redisStore, type RedisStore } from './redis-store.ts';
export type { RedisStoreOptions } from './redis-options.ts';
export type { RedisClientLike, RedisCommandOptions } from './redis-client.ts';
export { StoreError, type StoreErrorCode } from '../store-error.ts';
