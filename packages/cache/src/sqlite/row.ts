import type { SQLOutputValue } from 'node:sqlite';

import { StoreError } from '../store-error.ts';

/** What a statement of node:sqlite gives back. */
export type Row = Readonly<Record<string, SQLOutputValue>>;

/** A value that no healthy file holds. */
export class UnreadableValue extends StoreError {
  constructor(name: string) {
    super('corrupt', `a row of the cache file has no usable ${name}`);
  }
}

/** A number of an entry, which may be damaged by itself: `undefined` where it is none. */
export function numberIn(row: Row, name: string): number | undefined {
  const value = row[name];
  return typeof value === 'number' ? value : undefined;
}

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

function wrong(name: string): never {
  throw new UnreadableValue(name);
}
