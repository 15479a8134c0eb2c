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

import type { CircuitRules, TripRule, CircuitVerdict } from './circuit-breaker-state.ts';
import { aKeyFunction, originOf } from './limit-options.ts';
import { manyStatuses } from './option-checks.ts';
import type { Outcome } from './retry-policy.ts';

/** Opens a circuit after so many failures in a row: for servers that are there or not. */
export interface ConsecutiveFailures {
  /** 1 to 1 000 000. */
  readonly consecutiveFailures: number;
}

/** Opens a circuit when too large a part fails: for servers of which some answers are well whatever happens. */
export interface FailureRate {
  /** The part of the requests, above 0, at most 1. */
  readonly failureRate: number;
  /** Of the last so many milliseconds. Default 10 000; 1 000 to 3 600 000. */
  readonly window?: number | undefined;
  /** Where there were at least so many. Default 20; 1 to 1 000 000. */
  readonly minRequests?: number | undefined;
}

/** A circuit that has become another. */
export interface CircuitChange {
  readonly key: string;
  readonly from: CircuitKind;
  readonly to: CircuitKind;
  /** With `to: 'open'`: in how many milliseconds a request is let through again. */
  readonly retryAfterMs?: number;
}

export type CircuitKind = 'closed' | 'open' | 'half-open';

/** Options of {@link circuitBreaker}. Durations are in milliseconds. */
export interface CircuitBreakerOptions {
  /** What opens a circuit. Default `{ consecutiveFailures: 5 }`. */
  readonly trip?: ConsecutiveFailures | FailureRate | undefined;
  /** For how long it is open. Default 5 000; 1 to 2 147 483 647. Twice as long each time that a probe fails. */
  readonly openFor?: number | undefined;
  /** For how long at most, where that is longer than `openFor`. Default 60 000; 1 to 2 147 483 647. */
  readonly maxOpenFor?: number | undefined;
  /** How many requests are let through at once when that time is over, all of which must go well for the circuit to close. Default 1; 1 to 1 000. */
  readonly probes?: number | undefined;
  /** Statuses that are failures. Default 500, 502, 503 and 504; of 400 to 599. */
  readonly statuses?: readonly number[] | ReadonlySet<number> | undefined;
  /** What an outcome says of the server, where the standard has it otherwise. It must not read the response's body; what it throws the request is rejected with. */
  readonly verdict?: ((outcome: Outcome, standard: CircuitVerdict) => CircuitVerdict) | undefined;
  /** Which circuit a request belongs to. Default its origin's. */
  readonly key?: ((request: HttpRequest) => string) | undefined;
  /** Told of each change, by the request that caused it. What it throws is dropped. */
  readonly onStateChange?: ((change: CircuitChange) => void) | undefined;
  /** How many circuits are remembered, those used last. Default 1 000; 2 to 1 000 000. One that is forgotten is closed. */
  readonly maxKeys?: number | undefined;
  /** For tests. Default `systemClock`. */
  readonly clock?: Clock | undefined;
}

/** Options as they are used: checked, with every default filled in. */
export interface CircuitBreakerSettings {
  readonly rules: CircuitRules;
  readonly statuses: ReadonlySet<number>;
  readonly verdict: ((outcome: Outcome, standard: CircuitVerdict) => CircuitVerdict) | undefined;
  readonly key: (request: HttpRequest) => string;
  readonly onStateChange: ((change: CircuitChange) => void) | undefined;
  readonly maxKeys: number;
  readonly clock: Clock;
}

const STATUSES: readonly number[] = [500, 502, 503, 504];
const duration = numberBetween(1, 2_147_483_647);

/** @throws TypeError naming each option that is unknown or invalid. */
export function resolveCircuitBreakerOptions(options: CircuitBreakerOptions): CircuitBreakerSettings {
  const reader = new OptionReader('circuitBreaker', options);
  const trip = reader.read('trip', { consecutiveFailures: 5 }, aTrip);
  const rules = {
    openForMs: reader.read('openFor', 5_000, duration),
    maxOpenForMs: reader.read('maxOpenFor', 60_000, duration),
    probes: reader.read('probes', 1, integerBetween(1, 1_000)),
  };
  const settings = {
    statuses: new Set(reader.read('statuses', STATUSES, manyStatuses)),
    verdict: reader.read('verdict', undefined, aVerdict),
    key: reader.read('key', originOf, aKeyFunction),
    onStateChange: reader.read('onStateChange', undefined, aListener),
    maxKeys: reader.read('maxKeys', 1_000, integerBetween(2, 1_000_000)),
    clock: reader.read('clock', systemClock, aClock),
  };
  reader.finish();
  return { ...settings, rules: { ...rules, trip: resolveTrip(trip) } };
}

function resolveTrip(trip: ConsecutiveFailures | FailureRate): TripRule {
  const reader = new OptionReader('circuitBreaker trip', trip);
  const rule: TripRule =
    'consecutiveFailures' in trip
      ? { kind: 'consecutive', failures: reader.read('consecutiveFailures', 5, integerBetween(1, 1_000_000)) }
      : {
          kind: 'rate',
          share: reader.read('failureRate', 1, aShare),
          windowMs: reader.read('window', 10_000, numberBetween(1_000, 3_600_000)),
          minRequests: reader.read('minRequests', 20, integerBetween(1, 1_000_000)),
        };
  reader.finish();
  return rule;
}

const aTrip: OptionCheck<ConsecutiveFailures | FailureRate> = {
  // What is in the object is read by itself.
  isValid: (value): value is ConsecutiveFailures | FailureRate =>
    typeof value === 'object' && value !== null && ('consecutiveFailures' in value || 'failureRate' in value),
  expected: 'an object with consecutiveFailures or failureRate',
};

const aShare: OptionCheck<number> = {
  isValid: (value): value is number => typeof value === 'number' && value > 0 && value <= 1,
  expected: 'a number above 0 and at most 1',
};

const aVerdict: OptionCheck<((outcome: Outcome, standard: CircuitVerdict) => CircuitVerdict) | undefined> = {
  isValid: (value): value is (outcome: Outcome, standard: CircuitVerdict) => CircuitVerdict => typeof value === 'function',
  expected: 'a function that returns success, failure or ignored',
};

const aListener: OptionCheck<((change: CircuitChange) => void) | undefined> = {
  isValid: (value): value is (change: CircuitChange) => void => typeof value === 'function',
  expected: 'a function',
};
