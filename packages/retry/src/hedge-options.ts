import { aClock, integerBetween, numberBetween, OptionReader, systemClock, type Clock, type OptionCheck } from '@roundtripper/core';

import type { HedgeRules } from './hedge-rule.ts';
import { manyMethods, manyStatuses, spelled } from './option-checks.ts';
import { retryBudget, type RetryBudget, type RetryBudgetOptions } from './retry-budget.ts';

/** A delay that follows what the origin's answers take. */
export interface PercentileDelay {
  /** As many percent of the recent requests to the origin had their answer's head within the delay. Above 0, below 100. With 95 a twentieth of the requests is hedged. */
  readonly percentile: number;
  /** The shortest delay, in milliseconds, whatever the percentile is. Default 10; 0 to 2 147 483 647. */
  readonly floor?: number | undefined;
  /** How many answers of the origin must be known before its requests are hedged. Default 50; 1 to 1 000 000. */
  readonly warmUp?: number | undefined;
  /** What recent is, in milliseconds: answers of between one and two times this long. Default 30 000; 1 000 to 3 600 000. */
  readonly window?: number | undefined;
}

/** Options of {@link hedge}. Durations are in milliseconds. */
export interface HedgeOptions {
  /** How long a try may be without an answer before the next is begun beside it: 0 to 2 147 483 647, where 0 begins all at once; or by percentile. Default `{ percentile: 95 }`. */
  readonly after?: number | PercentileDelay | undefined;
  /** How many tries there are at most, the first included. Default 2; 2 to 10. */
  readonly max?: number | undefined;
  /**
   * Statuses that are no good answer: one of them waits for the tries that are under way. Default 408, 425, 429, 500, 502, 503 and 504; of 400 to 599.
   */
  readonly statuses?: readonly number[] | ReadonlySet<number> | undefined;
  /** Methods of which two may be carried out at once. Default the safe ones (RFC 9110 §9.2.1): GET, HEAD, OPTIONS, TRACE, QUERY. Not DELETE: the second finds nothing, and its 404 may come first. */
  readonly methods?: readonly string[] | ReadonlySet<string> | undefined;
  /**
   * What further tries are taken out of. Default one of its own with {@link retryBudget}'s defaults, or options for it: then each request that passes deposits. Pass the budget of a `retry()`
   * that is listed before, and hedges are taken out of what that deposits; this earns nothing then. `false` for none.
   */
  readonly budget?: RetryBudget | RetryBudgetOptions | false | undefined;
  /** For tests. Default `systemClock`. */
  readonly clock?: Clock | undefined;
}

/** When the next try is due. */
export type Delay =
  | { readonly kind: 'fixed'; readonly delayMs: number }
  | { readonly kind: 'percentile'; readonly share: number; readonly floorMs: number; readonly warmUp: number; readonly windowMs: number };

/** Options as they are used: checked, with every default filled in. */
export interface HedgeSettings {
  readonly delay: Delay;
  readonly max: number;
  readonly rules: HedgeRules;
  readonly budget: RetryBudget | undefined;
  /** Whether requests earn for the budget here. */
  readonly deposits: boolean;
  readonly clock: Clock;
}

const STATUSES: readonly number[] = [408, 425, 429, 500, 502, 503, 504];
const METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY'];

const duration = numberBetween(0, 2_147_483_647);

/** @throws TypeError naming each option that is unknown or invalid. */
export function resolveHedgeOptions(options: HedgeOptions): HedgeSettings {
  const reader = new OptionReader('hedge', options);
  const after = reader.read('after', { percentile: 95 }, aDelay);
  const budget = reader.read('budget', {}, aBudgetOrItsOptions);
  const settings = {
    max: reader.read('max', 2, integerBetween(2, 10)),
    rules: {
      statuses: new Set(reader.read('statuses', STATUSES, manyStatuses)),
      methods: new Set([...reader.read('methods', METHODS, manyMethods)].map(spelled)),
    },
    clock: reader.read('clock', systemClock, aClock),
  };
  reader.finish();
  return {
    ...settings,
    delay: typeof after === 'number' ? { kind: 'fixed', delayMs: after } : resolvePercentile(after),
    ...budgetOf(budget),
  };
}

function resolvePercentile(after: PercentileDelay): Delay {
  const reader = new OptionReader('hedge after', after);
  const delay = {
    kind: 'percentile',
    share: reader.read('percentile', Number.NaN, aPercentile) / 100,
    floorMs: reader.read('floor', 10, duration),
    warmUp: reader.read('warmUp', 50, integerBetween(1, 1_000_000)),
    windowMs: reader.read('window', 30_000, numberBetween(1_000, 3_600_000)),
  } as const;
  reader.finish();
  return delay;
}

function budgetOf(budget: RetryBudget | RetryBudgetOptions | false): Pick<HedgeSettings, 'budget' | 'deposits'> {
  if (budget === false) return { budget: undefined, deposits: false };
  if (isBudget(budget)) return { budget, deposits: false };
  return { budget: retryBudget(budget), deposits: true };
}

function isBudget(budget: RetryBudget | RetryBudgetOptions): budget is RetryBudget {
  return 'withdraw' in budget;
}

const aPercentile: OptionCheck<number> = {
  isValid: (value): value is number => typeof value === 'number' && value > 0 && value < 100,
  expected: 'a number above 0 and below 100',
};

const aDelay: OptionCheck<number | PercentileDelay> = {
  // What is in the object is read by itself.
  isValid: (value): value is number | PercentileDelay =>
    duration.isValid(value) || (typeof value === 'object' && value !== null && 'percentile' in value),
  expected: `${duration.expected}, or an object with a percentile`,
};

const aBudgetOrItsOptions: OptionCheck<RetryBudget | RetryBudgetOptions | false> = {
  isValid: (value): value is RetryBudget | RetryBudgetOptions | false =>
    value === false || (typeof value === 'object' && value !== null && !Array.isArray(value)),
  expected: 'false, a budget, or options for one',
};
