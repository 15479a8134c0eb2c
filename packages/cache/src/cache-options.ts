import { aClock, integerBetween, OptionReader, systemClock, type Clock, type OptionCheck } from '@roundtripper/core';

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
  /**
   * Bytes of all that is stored: bodies, header fields, URLs, and some for the bookkeeping of each. What was used longest ago goes for what is new. Default 67 108 864 (64 MiB); at
   * least 1. Does not cover bodies that are being read and may be stored at their end: they take as much again at most.
   */
  readonly maxSize?: number | undefined;
  /** Bytes of one stored body; a response with a larger one passes through. Default 5 242 880 (5 MiB); 0 and more. */
  readonly maxEntrySize?: number | undefined;
  /** For tests. Default `systemClock`. */
  readonly clock?: Clock | undefined;
}

/** Options as they are used: checked, with every default filled in. */
export interface ResolvedOptions {
  readonly mode: CacheMode;
  readonly maxSize: number;
  readonly maxEntrySize: number;
  readonly clock: Clock;
}

/** @throws TypeError naming each option that is unknown or invalid. */
export function resolveOptions(options: CacheOptions): ResolvedOptions {
  const reader = new OptionReader('cache', options);
  const resolved: ResolvedOptions = {
    mode: reader.read('mode', 'private', aMode),
    maxSize: reader.read('maxSize', 67_108_864, integerBetween(1, Number.MAX_SAFE_INTEGER)),
    maxEntrySize: reader.read('maxEntrySize', 5_242_880, integerBetween(0, Number.MAX_SAFE_INTEGER)),
    clock: reader.read('clock', systemClock, aClock),
  };
  reader.finish();
  return resolved;
}

const aMode: OptionCheck<CacheMode> = {
  isValid: (value): value is CacheMode => value === 'private' || value === 'shared',
  expected: '"private" or "shared"',
};
