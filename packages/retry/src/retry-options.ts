import {
  aClock,
  HttpRequest,
  integerBetween,
  numberBetween,
  OptionReader,
  systemClock,
  type Clock,
  type OptionCheck,
} from '@roundtripper/core';

import type { Backoff } from './backoff.ts';

/** What {@link retry} repeats, how often and when. Every option may be left out; durations are in milliseconds. */
export interface RetryOptions {
  /** How often a request is sent again at most. Default 2, which is 3 attempts; 0 to 1 000 000. */
  readonly retries?: number | undefined;
  /** What the first wait is at most. Default 100; 0 to 2 147 483 647. Each wait is a random share of its maximum. */
  readonly minTimeout?: number | undefined;
  /** What any wait is at most, `Retry-After` not counted. Default 10 000; 0 to 2 147 483 647. */
  readonly maxTimeout?: number | undefined;
  /** What the maximum is multiplied by for each further wait. Default 2; 1 to 1 000. */
  readonly factor?: number | undefined;
  /** The longest `Retry-After` that is waited for; a response that asks for more is returned. Default 30 000; 0 to 2 147 483 647. */
  readonly maxRetryAfter?: number | undefined;
  /**
   * Statuses after which a request is repeated. Default 408, 429, 502, 503 and 504: they say that the request was not carried out, or that an
   * intermediary got no answer. Not 500, which as a rule is a defect that the repeat meets again, and not 425, which answers early data, of which none is sent. 400 to 599.
   */
  readonly statuses?: readonly number[] | ReadonlySet<number> | undefined;
  /**
   * Methods that may be carried out twice. Default the idempotent ones (RFC 9110 §9.2.2): GET, HEAD, OPTIONS, TRACE, PUT, DELETE, QUERY. A request with an
   * `Idempotency-Key` may be repeated whatever its method.
   */
  readonly methods?: readonly string[] | ReadonlySet<string> | undefined;
  /** Numbers from 0 to 1, for the jitter. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** For tests. Default `systemClock`. */
  readonly clock?: Clock | undefined;
}

/** Options as they are used: checked, with every default filled in. */
export interface RetryPolicy extends Backoff {
  readonly retries: number;
  readonly maxRetryAfter: number;
  readonly statuses: ReadonlySet<number>;
  readonly methods: ReadonlySet<string>;
  readonly clock: Clock;
}

const STATUSES: readonly number[] = [408, 429, 502, 503, 504];
const METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'QUERY'];

/** What a timer of the platform can wait for. */
const LONGEST_MS = 2_147_483_647;
const duration = numberBetween(0, LONGEST_MS);

/** @throws TypeError naming each option that is unknown or invalid. */
export function resolveOptions(options: RetryOptions): RetryPolicy {
  const reader = new OptionReader('retry', options);
  const policy: RetryPolicy = {
    retries: reader.read('retries', 2, integerBetween(0, 1_000_000)),
    minTimeout: reader.read('minTimeout', 100, duration),
    maxTimeout: reader.read('maxTimeout', 10_000, duration),
    factor: reader.read('factor', 2, numberBetween(1, 1_000)),
    maxRetryAfter: reader.read('maxRetryAfter', 30_000, duration),
    statuses: new Set(reader.read('statuses', STATUSES, manyStatuses)),
    methods: new Set([...reader.read('methods', METHODS, manyMethods)].map(spelled)),
    random: reader.read('random', Math.random, aRandomSource),
    clock: reader.read('clock', systemClock, aClock),
  };
  reader.finish();
  return policy;
}

const status = integerBetween(400, 599);
const manyStatuses: OptionCheck<readonly number[] | ReadonlySet<number>> = {
  isValid: (value): value is readonly number[] | ReadonlySet<number> => isListOf(value, status.isValid),
  expected: 'an array or set of integers from 400 to 599',
};

const manyMethods: OptionCheck<readonly string[] | ReadonlySet<string>> = {
  isValid: (value): value is readonly string[] | ReadonlySet<string> => isListOf(value, isMethod),
  expected: 'an array or set of methods',
};

const aRandomSource: OptionCheck<() => number> = {
  isValid: (value): value is () => number => typeof value === 'function',
  expected: 'a function that returns a number from 0 to 1',
};

function isListOf(value: unknown, isOne: (one: unknown) => boolean): boolean {
  return (Array.isArray(value) || value instanceof Set) && [...value].every((one) => isOne(one));
}

function isMethod(value: unknown): value is string {
  return typeof value === 'string' && /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(value);
}

/** As a request spells it: `get` is sent as `GET`, and has to be found as that. */
function spelled(method: string): string {
  return new HttpRequest('http://localhost/', { method }).method;
}
