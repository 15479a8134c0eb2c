import {
  aClock,
  integerBetween,
  numberBetween,
  OptionReader,
  systemClock,
  type Clock,
  type HttpRequest,
  type OptionCheck,
} from '@roundtripper/core';

import type { AdaptiveRules } from './concurrency-limit-rule.ts';
import { aKeyFunction, originOf } from './limit-options.ts';
import { manyStatuses } from './option-checks.ts';

/** A limit that finds itself: it grows while answers are quick, and is cut when they take longer or are refusals. */
export interface AdaptiveLimit {
  /** Where it begins. Default 20; 1 to 1 000 000. */
  readonly initial?: number | undefined;
  /** Default 1; 1 to 1 000 000. */
  readonly min?: number | undefined;
  /** Default 1 000; at least `min`, at most 1 000 000. */
  readonly max?: number | undefined;
  /** How many times as long as the fastest answers of late are too long, and what the limit is divided by then. Default 2; 1.1 to 10. */
  readonly tolerance?: number | undefined;
  /** How many answers a round has at least, after each of which the limit is set anew. Default 20; 1 to 10 000. Few make it quick, many make it steady where latencies vary. */
  readonly round?: number | undefined;
  /** Statuses by which a server says that it has too much to do. Default 429 and 503; of 400 to 599. So does an answer that does not come in time. */
  readonly statuses?: readonly number[] | ReadonlySet<number> | undefined;
}

/** Options of {@link concurrencyLimit}. Durations are in milliseconds. */
export interface ConcurrencyLimitOptions {
  /** How many requests may be under way at once, for each key: 1 to 1 000 000, or one that finds itself. */
  readonly limit: number | AdaptiveLimit;
  /** How many more may wait, for each key. Default 1 000; 0 to 1 000 000, where 0 lets none wait: what is too much fails at once. */
  readonly maxQueue?: number | undefined;
  /** How long one may wait. Default 0, which is no limit; at most 2 147 483 647. */
  readonly queueTimeout?: number | undefined;
  /** What requests are counted by. Default their origin. */
  readonly key?: ((request: HttpRequest) => string) | undefined;
  /** How many keys are remembered, besides those that are in use. Default 1 000; 1 to 1 000 000. */
  readonly maxKeys?: number | undefined;
  /** For tests. Default `systemClock`. */
  readonly clock?: Clock | undefined;
}

/** How a limit is set: once, or after each round. */
export type Limiting =
  | { readonly kind: 'fixed'; readonly limit: number }
  | {
      readonly kind: 'adaptive';
      readonly initial: number;
      readonly rules: AdaptiveRules;
      readonly round: number;
      readonly statuses: ReadonlySet<number>;
    };

/** Options as they are used: checked, with every default filled in. */
export interface ConcurrencyLimitSettings {
  readonly limiting: Limiting;
  readonly maxQueue: number;
  /** 0 for no limit. */
  readonly queueTimeoutMs: number;
  readonly key: (request: HttpRequest) => string;
  readonly maxKeys: number;
  readonly clock: Clock;
}

const aCount = integerBetween(1, 1_000_000);

/** @throws TypeError naming each option that is unknown, invalid or missing. */
export function resolveConcurrencyLimitOptions(options: ConcurrencyLimitOptions): ConcurrencyLimitSettings {
  const reader = new OptionReader('concurrencyLimit', { ...options, limit: options.limit ?? Number.NaN });
  const limit = reader.read('limit', 1, aLimit);
  const settings = {
    maxQueue: reader.read('maxQueue', 1_000, integerBetween(0, 1_000_000)),
    queueTimeoutMs: reader.read('queueTimeout', 0, numberBetween(0, 2_147_483_647)),
    key: reader.read('key', originOf, aKeyFunction),
    maxKeys: reader.read('maxKeys', 1_000, aCount),
    clock: reader.read('clock', systemClock, aClock),
  };
  reader.finish();
  return { ...settings, limiting: typeof limit === 'number' ? { kind: 'fixed', limit } : resolveAdaptive(limit) };
}

function resolveAdaptive(limit: AdaptiveLimit): Limiting {
  const reader = new OptionReader('concurrencyLimit limit', limit);
  const min = reader.read('min', 1, aCount);
  const max = reader.read('max', Math.max(1_000, min), integerBetween(min, 1_000_000));
  const limiting = {
    kind: 'adaptive',
    initial: reader.read('initial', Math.min(max, Math.max(min, 20)), integerBetween(min, max)),
    rules: { min, max, tolerance: reader.read('tolerance', 2, numberBetween(1.1, 10)) },
    round: reader.read('round', 20, integerBetween(1, 10_000)),
    statuses: new Set(reader.read('statuses', [429, 503], manyStatuses)),
  } as const;
  reader.finish();
  return limiting;
}

const aLimit: OptionCheck<number | AdaptiveLimit> = {
  // What is in the object is read by itself.
  isValid: (value): value is number | AdaptiveLimit =>
    aCount.isValid(value) || (typeof value === 'object' && value !== null && !Array.isArray(value)),
  expected: `${aCount.expected}, or an object of options`,
};
