import {
  aClock,
  integerBetween,
  numberBetween,
  OptionReader,
  systemClock,
  type Clock,
  type HttpRequest,
  type HttpResponse,
  type OptionCheck,
} from '@roundtripper/core';

import type { StoreOperation } from './guarded-store.ts';
import { memoryStore } from './memory-store.ts';
import type { CacheStore } from './store.ts';

/**
 * For whom a cache stores (RFC 9111 §1.2).
 *
 * - `private`: what is meant for one user is stored too, and what was asked for with credentials (`Authorization`, `Cookie`) is served only to requests with the very same.
 * - `shared`: nothing is stored that is `private`, that sets cookies, or, unless the server allows it, that was asked for with `Authorization`; `s-maxage` counts.
 */
export type CacheMode = 'private' | 'shared';

/** How a {@link cache} behaves. Every option may be left out. */
export interface CacheOptions {
  /** For whom it stores. Default `private`. */
  readonly mode?: CacheMode | undefined;
  /** Where. Default a `memoryStore()` of 64 MiB. Who made it closes it: the cache does not. */
  readonly store?: CacheStore | undefined;
  /** Bytes of one stored body; a response with a larger one passes through. Default 5 242 880 (5 MiB); 0 and more. */
  readonly maxEntryBytes?: number | undefined;
  /** How this cache calls itself in `Cache-Status` (RFC 9211). Default `roundtripper`. */
  readonly name?: string | undefined;
  /**
   * RFC 9213: the fields that are meant for caches like this one and count in place of `Cache-Control`, the closest first, `CDN-Cache-Control` for example. Default none: who writes
   * that field means caches that it can purge.
   */
  readonly targets?: readonly string[] | undefined;
  /** RFC 9111 §4.2.2: which part of the time since `Last-Modified` a response is fresh that says nothing of it. Default 0.1; 0 to 1, 0 for never. */
  readonly heuristicFraction?: number | undefined;
  /** Whether requests that ask for the same at the same time share one answer. Default true. */
  readonly coalesce?: boolean | undefined;
  /** How long the store may take to answer, in milliseconds; the cache then goes on without it. Default 1 000; at least 1. Does not cover a store that answers at once. */
  readonly storeTimeout?: number | undefined;
  /** Hears of a store that fails, is late, or gives back what is corrupt. Default: nobody does. What it throws is dropped, as is the rejection of one that is async. */
  readonly onStoreError?: ((error: unknown, operation: StoreOperation) => void) | undefined;
  /** Asked about each response that may be stored: whatever is not `true` keeps it out, and so does what it throws. It cannot be async: a promise keeps everything out. */
  readonly shouldStore?: ((request: HttpRequest, response: HttpResponse) => boolean) | undefined;
  /** What to call a response that is stored, for `invalidate({ tag })`. Default nothing. A response for which it throws, or gives something else than an array of texts, is not stored. */
  readonly tags?: ((request: HttpRequest, response: HttpResponse) => readonly string[]) | undefined;
  /** For tests. Default `systemClock`. */
  readonly clock?: Clock | undefined;
}

/** Options as they are used: checked, with every default filled in. */
export interface ResolvedOptions {
  readonly mode: CacheMode;
  readonly store: CacheStore;
  readonly maxEntryBytes: number;
  /** As it stands in `Cache-Status`: a token or a quoted string. */
  readonly name: string;
  readonly targets: readonly string[];
  readonly heuristicFraction: number;
  readonly isCoalescing: boolean;
  readonly storeTimeout: number;
  readonly onStoreError: (error: unknown, operation: StoreOperation) => void;
  readonly shouldStore: ((request: HttpRequest, response: HttpResponse) => boolean) | undefined;
  readonly tags: ((request: HttpRequest, response: HttpResponse) => readonly string[]) | undefined;
  readonly clock: Clock;
}

/** @throws TypeError naming each option that is unknown or invalid. */
export function resolveOptions(options: CacheOptions): ResolvedOptions {
  if (aStore.isValid(options)) throw new TypeError('invalid cache options: expected the store as { store }');
  const reader = new OptionReader('cache', options);
  const store = reader.read<CacheStore | undefined>('store', undefined, aStore);
  const resolved = {
    mode: reader.read('mode', 'private', aMode),
    maxEntryBytes: reader.read('maxEntryBytes', 5_242_880, integerBetween(0, Number.MAX_SAFE_INTEGER)),
    name: quoted(reader.read('name', 'roundtripper', aName)),
    targets: reader.read('targets', [], fieldNames),
    heuristicFraction: reader.read('heuristicFraction', 0.1, numberBetween(0, 1)),
    isCoalescing: reader.read('coalesce', true, aBoolean),
    storeTimeout: reader.read('storeTimeout', 1_000, numberBetween(1, 2_147_483_647)),
    onStoreError: reader.read<ResolvedOptions['onStoreError']>('onStoreError', ignore, aFunction()),
    shouldStore: reader.read<ResolvedOptions['shouldStore']>('shouldStore', undefined, aFunction()),
    tags: reader.read<ResolvedOptions['tags']>('tags', undefined, aFunction()),
    clock: reader.read('clock', systemClock, aClock),
  };
  reader.finish();
  return { ...resolved, store: store ?? memoryStore() };
}

function ignore(): void {}

const aMode: OptionCheck<CacheMode> = {
  isValid: (value): value is CacheMode => value === 'private' || value === 'shared',
  expected: '"private" or "shared"',
};

const STORE_METHODS = ['lookup', 'read', 'create', 'update', 'delete', 'clear', 'stats'];

const aStore: OptionCheck<CacheStore | undefined> = {
  isValid: (value): value is CacheStore =>
    typeof value === 'object' && value !== null && STORE_METHODS.every((method) => typeof Reflect.get(value, method) === 'function'),
  expected: `a store with ${STORE_METHODS.join(', ')}`,
};

const aBoolean: OptionCheck<boolean> = { isValid: (value): value is boolean => typeof value === 'boolean', expected: 'a boolean' };

function aFunction<T>(): OptionCheck<T> {
  return { isValid: (value): value is T => typeof value === 'function', expected: 'a function' };
}

const TOKEN = /^[A-Za-z*][!#$%&'*+\-.^_`|~\w:/]*$/;

const aName: OptionCheck<string> = {
  isValid: (value): value is string => typeof value === 'string' && /^[\x20-\x7e]{1,100}$/.test(value),
  expected: 'a text of 1 to 100 visible ASCII characters',
};

/** RFC 9211 §2: the members are tokens or strings. */
function quoted(name: string): string {
  return TOKEN.test(name) ? name : `"${name.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

const fieldNames: OptionCheck<readonly string[]> = {
  isValid: (value): value is readonly string[] =>
    Array.isArray(value) && value.every((name) => typeof name === 'string' && /^[!#$%&'*+\-.^_`|~\w]+$/.test(name)),
  expected: 'an array of field names',
};
