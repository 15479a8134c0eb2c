import { HttpRequest, HttpResponse, systemClock } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { resumeDownloads, retry, retryBudget, tokenThrottle } from './index.ts';
import { resolveResumeOptions, resolveRetryOptions } from './retry-options.ts';

test('the defaults', () => {
  expect(resolveRetryOptions({})).toMatchObject({
    retries: 2,
    backoff: { minTimeout: 100, maxTimeout: 10_000, factor: 2, jitter: 'full' },
    maxRetryAfter: 30_000,
    perTryTimeoutMs: Number.POSITIVE_INFINITY,
    totalTimeoutMs: Number.POSITIVE_INFINITY,
    holdOrigin: 'ignore',
    makeKey: undefined,
    resumes: false,
    random: Math.random,
    clock: systemClock,
  });
  expect(resolveResumeOptions({}).retries).toBe(5);
});

test('there is a budget unless none is wanted', () => {
  const own = retryBudget();
  expect(resolveRetryOptions({}).budget).toHaveProperty('withdraw');
  expect(resolveRetryOptions({ budget: false }).budget).toBe(undefined);
  expect(resolveRetryOptions({ budget: own }).budget).toBe(own);
});

test('undefined stands for the default', () =>
  expect(resolveRetryOptions({ retries: undefined, clock: undefined })).toMatchObject({ retries: 2, clock: systemClock }));

test('the edges of each range are in it', () => {
  const rules = { minTimeout: 0, maxTimeout: 2_147_483_647, factor: 1, jitter: 'decorrelated' } as const;
  const options = {
    ...rules,
    retries: 0,
    maxRetryAfter: 0,
    perTryTimeout: 1,
    totalTimeout: 2_147_483_647,
    statuses: [400, 599],
    methods: [],
  };
  expect(resolveRetryOptions(options)).toMatchObject({ retries: 0, backoff: rules, perTryTimeoutMs: 1, totalTimeoutMs: 2_147_483_647 });
});

test('a method is found as a request spells it', () => {
  const { policy } = resolveRetryOptions({ methods: new Set(['post', 'M-SEARCH']) });
  const attempt = { number: 1, waitedMs: 0, remainingMs: 1, random: 0, isOnFreshConnection: false };
  const after = (method: string): string =>
    policy(attempt, new HttpRequest('http://a/', { method }), { kind: 'response', response: new HttpResponse(null, { status: 503 }) }, 0)
      .kind;
  expect([after('POST'), after('M-SEARCH'), after('GET')]).toEqual(['again', 'again', 'stop']);
});

test.for<[string, object]>([
  ['retries', { retries: -1 }],
  ['retries', { retries: 1.5 }],
  ['retries', { retries: Number.POSITIVE_INFINITY }],
  ['retries', { retries: '2' }],
  ['retries', { retries: null }],
  ['minTimeout', { minTimeout: -1 }],
  ['minTimeout', { minTimeout: Number.NaN }],
  ['maxTimeout', { maxTimeout: 2_147_483_648 }],
  ['factor', { factor: 0.5 }],
  ['factor', { factor: 1_001 }],
  ['jitter', { jitter: 'none' }],
  ['maxRetryAfter', { maxRetryAfter: -1 }],
  ['perTryTimeout', { perTryTimeout: -1 }],
  ['totalTimeout', { totalTimeout: 2_147_483_648 }],
  ['holdOrigin', { holdOrigin: true }],
  ['idempotencyKey', { idempotencyKey: 'k' }],
  ['resume', { resume: 1 }],
  ['policy', { policy: {} }],
  ['budget', { budget: true }],
  ['budget', { budget: { withdraw: () => true } }],
  ['statuses', { statuses: [399] }],
  ['statuses', { statuses: [600] }],
  ['statuses', { statuses: '503' }],
  ['statuses', { statuses: ['503'] }],
  ['methods', { methods: 'GET' }],
  ['methods', { methods: ['GET '] }],
  ['methods', { methods: [''] }],
  ['random', { random: 0.5 }],
  ['clock', { clock: {} }],
  ['clock', { clock: { ...systemClock, after: undefined } }],
  ['unknown option "retires"', { retires: 3 }],
])('%s is named when it is wrong: %o', ([name, options]) => {
  expect(() => void Reflect.apply(retry, undefined, [options])).toThrow(TypeError);
  expect(() => void Reflect.apply(retry, undefined, [options])).toThrow(`invalid retry options: ${name}`);
});

test('one error names all that is wrong, and no value', () => {
  const options = { retries: -7, factor: 0, secret: 'hunter2' };
  expect(() => retry(options)).toThrow(
    'invalid retry options: factor: expected a number from 1 to 1000; retries: expected an integer from 0 to 1000000; unknown option "secret"',
  );
});

test('what is made of the standard policy has to be a policy', () => {
  const options = { policy: () => 'stop' };
  expect(() => void Reflect.apply(retry, undefined, [options])).toThrow(
    'invalid retry options: policy: expected a function that returns a policy',
  );
});

test('a download has the options that are about repeating, and no other', () => {
  const options = { retries: 1, perTryTimeout: 5 };
  expect(() => void Reflect.apply(resumeDownloads, undefined, [options])).toThrow(
    'invalid resumeDownloads options: unknown option "perTryTimeout"',
  );
  expect(() => retryBudget({ ratio: -1, window: 1 })).toThrow(/^invalid retryBudget options: ratio: .*; window: /);
  expect(() => tokenThrottle({ maxTokens: 0, tokenRatio: 0 })).toThrow(/^invalid tokenThrottle options: maxTokens: .*; tokenRatio: /);
});

test.for([null, 3, 'x', [], () => {}])('%o is no options', (options) => {
  expect(() => void Reflect.apply(retry, undefined, [options])).toThrow('invalid retry options: expected an object');
});

test('what sits on a prototype sets nothing', () => {
  class Inherited {
    readonly maxRetryAfter = 3;
  }
  Object.assign(Inherited.prototype, { retries: -1, unknown: true });
  expect(resolveRetryOptions(new Inherited())).toMatchObject({ maxRetryAfter: 3, retries: 2 });
});
