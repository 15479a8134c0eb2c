import type { CacheMode } from './cache-options.ts';

/** What a cache's options say to its rules. */
export interface Rules {
  readonly mode: CacheMode;
  /** RFC 9213: names of targeted fields, the closest first. */
  readonly targets: readonly string[];
  /** RFC 9111 §4.2.2: which part of the time since `Last-Modified` a response without a lifetime is fresh. */
  readonly heuristicFraction: number;
  /** And the most of it, in milliseconds. */
  readonly maxHeuristicMs: number;
}
