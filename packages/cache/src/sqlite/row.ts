import type { SQLOutputValue } from 'node:sqlite';

import { StoreError } from '../store-error.ts';

/** What a statement of node:sqlite gives back. */
export type Row = Readonly<Record<string, SQLOutputValue>>;

/** @throws StoreError `corrupt` where it is none. */
export function integerIn(row: Row | undefined, name: string): number {
  const value = row?.[name];
  return typeof value === 'number' ? value : wrong(name);
}

/** @throws StoreError `corrupt` where it is none. */
export function textIn(row: Row | undefined, name: string): string {
  const value = row?.[name];
  return typeof value === 'string' ? value : wrong(name);
}

/** @throws StoreError `corrupt` where there are none. */
export function bytesIn(row: Row | undefined, name: string): Uint8Array {
  const value = row?.[name];
  return value instanceof Uint8Array ? value : wrong(name);
}

function wrong(name: string): never {
  throw new StoreError('corrupt', `a row of the cache file has no usable ${name}`);
}
