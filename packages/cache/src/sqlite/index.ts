/// <reference types="node" preserve="true" />
export { sqliteStore } from './sqlite-store.ts';
export type { SqliteStoreOptions } from './sqlite-options.ts';
export { StoreError, type StoreErrorCode } from '../store-error.ts';
