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

import { aKeyFunction, originOf } from './limit-options.ts';
import type { BucketRules } from './rate-limit-bucket.ts';

/** Options of {@link rateLimit}. Durations are in milliseconds. */
export interface RateLimitOptions {
  /** How many requests are let through in `per` milliseconds. Above 0, at most 1 000 000. */
  readonly rate: number;
  /** Default 1 000: `rate` is by the second. 1 to 86 400 000. */
  readonly per?: number | undefined;
  /**
   * How many may go at once after a while without any. Default 1: requests are spread evenly. 1 to 1 000 000. In any `per` there are at most `rate + burst`, which is
   * what a server's quota is to be compared with.
   */
  readonly burst?: number | undefined;
  /** How many requests may wait, for each key. Default 1 000; 0 to 1 000 000, where 0 lets none wait: what is too much fails at once. */
  readonly maxQueue?: number | undefined;
  /** How long a request may have to wait: one of which it is known that it would be longer fails at once. Default 30 000; 0 to 2 147 483 647. */
  readonly maxWait?: number | undefined;
  /** What requests are counted by. Default their origin. */
  readonly key?: ((request: HttpRequest) => string) | undefined;
  /** How many keys are remembered, besides those that are in use. Default 1 000; 1 to 1 000 000. */
  readonly maxKeys?: number | undefined;
  /** For tests. Default `systemClock`. */
  readonly clock?: Clock | undefined;
}

/** Options as they are used: checked, with every default filled in. */
export interface RateLimitSettings {
  readonly rules: BucketRules;
  readonly maxQueue: number;
  readonly maxWaitMs: number;
  readonly key: (request: HttpRequest) => string;
  readonly maxKeys: number;
  readonly clock: Clock;
}

/** @throws TypeError naming each option that is unknown or invalid. */
export function resolveRateLimitOptions(options: RateLimitOptions): RateLimitSettings {
  const reader = new OptionReader('rateLimit', { ...options, rate: options.rate ?? Number.NaN });
  const settings = {
    rules: {
      rate: reader.read('rate', 1, aRate),
      perMs: reader.read('per', 1_000, numberBetween(1, 86_400_000)),
      burst: reader.read('burst', 1, integerBetween(1, 1_000_000)),
    },
    maxQueue: reader.read('maxQueue', 1_000, integerBetween(0, 1_000_000)),
    maxWaitMs: reader.read('maxWait', 30_000, numberBetween(0, 2_147_483_647)),
    key: reader.read('key', originOf, aKeyFunction),
    maxKeys: reader.read('maxKeys', 1_000, integerBetween(1, 1_000_000)),
    clock: reader.read('clock', systemClock, aClock),
  };
  reader.finish();
  return settings;
}

const aRate: OptionCheck<number> = {
  isValid: (value): value is number => typeof value === 'number' && value > 0 && value <= 1_000_000,
  expected: 'a number above 0 and at most 1000000',
};
