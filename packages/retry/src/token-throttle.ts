import { integerBetween, numberBetween, OptionReader } from '@roundtripper/core';

import { OriginMap } from './origin-map.ts';
import type { RetryBudget } from './retry-budget.ts';

/** Options of {@link tokenThrottle}. */
export interface TokenThrottleOptions {
  /** How many tokens an origin has at most, and to begin with. Default 10; above 0, at most 1 000. */
  readonly maxTokens?: number | undefined;
  /** How much of a token an attempt that went well gives back. Default 0.1; above 0, at most 1 000. Three decimals count. */
  readonly tokenRatio?: number | undefined;
  /** How many origins are remembered. Default 1 000; 2 to 1 000 000. One that is forgotten begins anew. */
  readonly maxOrigins?: number | undefined;
}

/**
 * gRPC's throttle (proposal A6) as a budget: an attempt that fails costs its origin a token, one that goes well gives back a part of one, and nothing is repeated while there are not more than half of
 * all. It needs no time, and stops sooner than {@link retryBudget} in a process that sends little: of a thousand such processes each stops after a few failures.
 * @throws TypeError naming each option that is unknown or invalid.
 */
export function tokenThrottle(options: TokenThrottleOptions = {}): RetryBudget {
  const reader = new OptionReader('tokenThrottle', options);
  const most = Math.round(reader.read('maxTokens', 10, numberBetween(0.001, 1_000)) * TOKEN);
  const refund = Math.round(reader.read('tokenRatio', 0.1, numberBetween(0.001, 1_000)) * TOKEN);
  const tokens = new OriginMap<number>(reader.read('maxOrigins', 1_000, integerBetween(2, 1_000_000)));
  reader.finish();
  return {
    deposit: () => {},
    record: (origin, result) => {
      const before = tokens.get(origin) ?? most;
      const after = result === 'success' ? Math.min(most, before + refund) : Math.max(0, before - TOKEN);
      // Almost always there are all, before and after, and then there is nothing to remember.
      if (after !== before) tokens.set(origin, after);
    },
    withdraw: (origin) => (tokens.get(origin) ?? most) > most / 2,
  };
}

/** One token, in the whole numbers that are reckoned with. */
const TOKEN = 1_000;
