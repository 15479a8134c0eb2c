import { HttpRequest, integerBetween, type OptionCheck, type OptionReader } from '@roundtripper/core';

import type { Jitter } from './backoff.ts';
import type { RetryBudget } from './retry-budget.ts';
import type { RetryPolicy } from './retry-policy.ts';

const status = integerBetween(400, 599);

export const manyStatuses: OptionCheck<readonly number[] | ReadonlySet<number>> = {
  isValid: (value): value is readonly number[] | ReadonlySet<number> => isListOf(value, status.isValid),
  expected: 'an array or set of integers from 400 to 599',
};

export const manyMethods: OptionCheck<readonly string[] | ReadonlySet<string>> = {
  isValid: (value): value is readonly string[] | ReadonlySet<string> => isListOf(value, isMethod),
  expected: 'an array or set of methods',
};

export const aRandomSource: OptionCheck<() => number> = {
  isValid: (value): value is () => number => typeof value === 'function',
  expected: 'a function that returns a number from 0 to 1',
};

export const aJitter: OptionCheck<Jitter> = {
  isValid: (value): value is Jitter => value === 'full' || value === 'decorrelated',
  expected: `'full' or 'decorrelated'`,
};

export const aWayToHold: OptionCheck<'ignore' | 'wait' | 'fail'> = {
  isValid: (value): value is 'ignore' | 'wait' | 'fail' => value === 'ignore' || value === 'wait' || value === 'fail',
  expected: `'ignore', 'wait' or 'fail'`,
};

export const aPolicyLayer: OptionCheck<((standard: RetryPolicy) => RetryPolicy) | undefined> = {
  isValid: (value): value is (standard: RetryPolicy) => RetryPolicy => typeof value === 'function',
  expected: 'a function that returns a policy',
};

export const aBudget: OptionCheck<RetryBudget | false | undefined> = {
  isValid: (value): value is RetryBudget | false => value === false || hasMethods(value, ['deposit', 'record', 'withdraw']),
  expected: 'false, or a budget with deposit, record and withdraw',
};

const aKeyOption: OptionCheck<boolean | ((request: HttpRequest) => string)> = {
  isValid: (value): value is boolean | ((request: HttpRequest) => string) => typeof value === 'boolean' || typeof value === 'function',
  expected: 'a boolean, or a function that returns a key',
};

/** What makes an `Idempotency-Key`; undefined where none is to be made. */
export function keyMaker(reader: OptionReader): ((request: HttpRequest) => string) | undefined {
  const option = reader.read('idempotencyKey', false, aKeyOption);
  if (typeof option === 'function') return option;
  return option ? (): string => `"${crypto.randomUUID()}"` : undefined;
}

/** As a request spells it: `get` is sent as `GET`, and has to be found as that. */
export function spelled(method: string): string {
  return new HttpRequest('http://localhost/', { method }).method;
}

function isListOf(value: unknown, isOne: (one: unknown) => boolean): boolean {
  return (Array.isArray(value) || value instanceof Set) && [...value].every((one) => isOne(one));
}

function isMethod(value: unknown): value is string {
  return typeof value === 'string' && /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(value);
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  return typeof value === 'object' && value !== null && names.every((name) => typeof Reflect.get(value, name) === 'function');
}
