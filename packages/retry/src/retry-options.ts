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

import type { Backoff, Jitter } from './backoff.ts';
import {
  aBudget,
  aJitter,
  aPolicyLayer,
  aRandomSource,
  aWayToHold,
  keyMaker,
  manyMethods,
  manyStatuses,
  spelled,
} from './option-checks.ts';
import { retryBudget, type RetryBudget } from './retry-budget.ts';
import type { RetryPolicy } from './retry-policy.ts';
import { standardPolicy } from './standard-policy.ts';

/** What is repeated, how often and when, be it a request or the rest of a download. Every option may be left out; durations are in milliseconds. */
export interface RepeatOptions {
  /** How often a request is sent again at most, whatever the policy says. 0 to 1 000 000. Default 2, which is 3 attempts; for {@link resumeDownloads} 5. */
  readonly retries?: number | undefined;
  /** What the first wait is at most. Default 100; 0 to 2 147 483 647. Each wait is a random share of its maximum. */
  readonly minTimeout?: number | undefined;
  /** What any wait is at most, what a server asks for not counted. Default 10 000; 0 to 2 147 483 647. */
  readonly maxTimeout?: number | undefined;
  /** What the maximum is multiplied by for each further wait. Default 2; 1 to 1 000. It is no matter with decorrelated jitter. */
  readonly factor?: number | undefined;
  /** How waits grow and are spread. Default `full`; see {@link Jitter}. */
  readonly jitter?: Jitter | undefined;
  /** The longest that a server may ask to be left alone (`Retry-After`, `RateLimit` …) and is waited for; a response that asks for more is returned. Default 30 000; 0 to 2 147 483 647. */
  readonly maxRetryAfter?: number | undefined;
  /**
   * Statuses after which a request is repeated. Default 408, 421, 425, 429, 500, 502, 503 and 504; of 400 to 599. A 421 is repeated on a fresh connection, once, and like a 425 whatever the
   * method: neither was carried out.
   */
  readonly statuses?: readonly number[] | ReadonlySet<number> | undefined;
  /**
   * Methods that may be carried out twice. Default the idempotent ones (RFC 9110 §9.2.2): GET, HEAD, OPTIONS, TRACE, PUT, DELETE, QUERY. A request with an
   * `Idempotency-Key` may be repeated whatever its method.
   */
  readonly methods?: readonly string[] | ReadonlySet<string> | undefined;
  /** A policy in place of the standard one, which the options above have made: call it to wrap it, or do not. */
  readonly policy?: ((standard: RetryPolicy) => RetryPolicy) | undefined;
  /** How much is repeated over all requests to an origin. Default a {@link retryBudget} of its own; `false` for none. Pass one object to all that are to share it. */
  readonly budget?: RetryBudget | false | undefined;
  /** Numbers from 0 to 1, for the jitter. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** For tests. Default `systemClock`. */
  readonly clock?: Clock | undefined;
}

/** Options of {@link retry}. */
export interface RetryOptions extends RepeatOptions {
  /** How long one attempt may take, to the head of its response. Default 0, which is no limit; at most 2 147 483 647. It then fails with `try-timeout`. */
  readonly perTryTimeout?: number | undefined;
  /** How long all attempts may take together with the waits between them, to the head of the last response. Default 0, which is no limit; at most 2 147 483 647. */
  readonly totalTimeout?: number | undefined;
  /**
   * What other requests do while their origin has asked to be left alone (`Retry-After` of a 429 or 503, a quota that is used up). `ignore` it, the default; `wait` for it, as long as `maxRetryAfter` in all and
   * `totalTimeout` allow, or `fail` at once: with `origin-on-hold`. At most 1 000 origins are remembered, none for longer than an hour.
   */
  readonly holdOrigin?: 'ignore' | 'wait' | 'fail' | undefined;
  /**
   * Gives each POST and PATCH that has none an `Idempotency-Key`, one for all its attempts, so that it may be repeated: for servers that heed it only. `true` for a random UUID, quoted (draft-ietf-httpapi-idempotency-key-header),
   * or a function that makes the field's value. Default false.
   */
  readonly idempotencyKey?: boolean | ((request: HttpRequest) => string) | undefined;
  /** Whether downloads that are interrupted go on where they were: {@link resumeDownloads}, with these options. Default false. */
  readonly resume?: boolean | undefined;
}

/** Options as they are used: checked, with every default filled in. */
export interface RepeatSettings {
  readonly retries: number;
  readonly maxRetryAfter: number;
  readonly backoff: Backoff;
  readonly policy: RetryPolicy;
  readonly budget: RetryBudget | undefined;
  readonly random: () => number;
  readonly clock: Clock;
}

export interface RetrySettings extends RepeatSettings {
  /** `Infinity` for no limit, as in the next. */
  readonly perTryTimeoutMs: number;
  readonly totalTimeoutMs: number;
  readonly holdOrigin: 'ignore' | 'wait' | 'fail';
  readonly makeKey: ((request: HttpRequest) => string) | undefined;
  readonly resumes: boolean;
}

const STATUSES: readonly number[] = [408, 421, 425, 429, 500, 502, 503, 504];
const METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'QUERY'];

/** What a timer of the platform can wait for. */
const LONGEST_MS = 2_147_483_647;
const duration = numberBetween(0, LONGEST_MS);

/** @throws TypeError naming each option that is unknown or invalid. */
export function resolveRetryOptions(options: RetryOptions): RetrySettings {
  const reader = new OptionReader('retry', options);
  const settings: RetrySettings = {
    ...readRepeatOptions(reader, 2),
    perTryTimeoutMs: limited(reader.read('perTryTimeout', 0, duration)),
    totalTimeoutMs: limited(reader.read('totalTimeout', 0, duration)),
    holdOrigin: reader.read('holdOrigin', 'ignore', aWayToHold),
    makeKey: keyMaker(reader),
    resumes: reader.read('resume', false, aBoolean),
  };
  reader.finish();
  return settings;
}

/** @throws TypeError naming each option that is unknown or invalid. */
export function resolveResumeOptions(options: RepeatOptions): RepeatSettings {
  const reader = new OptionReader('resumeDownloads', options);
  const settings = readRepeatOptions(reader, 5);
  reader.finish();
  return settings;
}

function readRepeatOptions(reader: OptionReader, retries: number): RepeatSettings {
  const backoff: Backoff = {
    minTimeout: reader.read('minTimeout', 100, duration),
    maxTimeout: reader.read('maxTimeout', 10_000, duration),
    factor: reader.read('factor', 2, numberBetween(1, 1_000)),
    jitter: reader.read('jitter', 'full', aJitter),
  };
  const maxRetryAfter = reader.read('maxRetryAfter', 30_000, duration);
  const statuses = new Set(reader.read('statuses', STATUSES, manyStatuses));
  const methods = new Set([...reader.read('methods', METHODS, manyMethods)].map(spelled));
  const standard = standardPolicy({ ...backoff, maxRetryAfter, statuses, methods });
  const layer = reader.read('policy', undefined, aPolicyLayer);
  const budget = reader.read('budget', undefined, aBudget);
  return {
    retries: reader.read('retries', retries, integerBetween(0, 1_000_000)),
    maxRetryAfter,
    backoff,
    policy: layer === undefined ? standard : checkPolicy(layer(standard)),
    budget: budget === false ? undefined : (budget ?? retryBudget()),
    random: reader.read('random', Math.random, aRandomSource),
    clock: reader.read('clock', systemClock, aClock),
  };
}

function checkPolicy(policy: unknown): RetryPolicy {
  if (isPolicy(policy)) return policy;
  throw new TypeError('invalid retry options: policy: expected a function that returns a policy');
}

function isPolicy(policy: unknown): policy is RetryPolicy {
  return typeof policy === 'function';
}

const aBoolean: OptionCheck<boolean> = { isValid: (value) => typeof value === 'boolean', expected: 'a boolean' };

function limited(ms: number): number {
  return ms === 0 ? Number.POSITIVE_INFINITY : ms;
}
