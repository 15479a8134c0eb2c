import {
  aClock,
  integerBetween,
  numberBetween,
  OptionReader,
  systemClock,
  type Clock,
  type OptionCheck,
  type TransportOptions,
} from '@roundtripper/core';

import type { ChurnWarning } from './churn-warning.ts';

/** What a {@link ReuseMeter} counts and says. Every option may be left out. */
export interface ReuseMeterOptions {
  /** Of how many routes there are counters of their own; those of the least recently used are added to the row `others`. Default 1 000; 1 to 100 000. A row takes about 3 KiB. */
  readonly maxRoutes?: number | undefined;
  /** Called when a warning applies; what it throws is dropped. `report().warnings` has all of them, with or without it. */
  readonly onWarning?: ((warning: ChurnWarning) => void) | undefined;
  /**
   * For how long a kind of warning about a route is not repeated, in milliseconds. Default 60 000; 1 to 2 147 483 647. In this time no more than 10 come, of all routes
   * together.
   */
  readonly warningInterval?: number | undefined;
  /** What the Transport was made with: only for warnings to say what a limit is. */
  readonly transportOptions?: TransportOptions | undefined;
  /** For tests. Default `systemClock`. */
  readonly clock?: Clock | undefined;
}

/** Options as they are used. */
export interface ResolvedMeterOptions {
  readonly maxRoutes: number;
  readonly onWarning: ((warning: ChurnWarning) => void) | undefined;
  readonly warningIntervalMs: number;
  readonly transportOptions: TransportOptions;
  readonly clock: Clock;
}

/** @throws TypeError naming each option that is unknown or invalid. */
export function resolveMeterOptions(options: ReuseMeterOptions): ResolvedMeterOptions {
  const reader = new OptionReader('reuseMeter', options);
  const resolved: ResolvedMeterOptions = {
    maxRoutes: reader.read('maxRoutes', 1_000, integerBetween(1, 100_000)),
    onWarning: reader.read('onWarning', undefined, aFunction),
    warningIntervalMs: reader.read('warningInterval', 60_000, numberBetween(1, 2_147_483_647)),
    transportOptions: reader.read('transportOptions', {}, anObject),
    clock: reader.read('clock', systemClock, aClock),
  };
  reader.finish();
  return resolved;
}

const aFunction: OptionCheck<((warning: ChurnWarning) => void) | undefined> = {
  isValid: (value): value is (warning: ChurnWarning) => void => typeof value === 'function',
  expected: 'a function',
};

const anObject: OptionCheck<TransportOptions> = {
  isValid: (value): value is TransportOptions => typeof value === 'object' && value !== null && !Array.isArray(value),
  expected: 'an object',
};
