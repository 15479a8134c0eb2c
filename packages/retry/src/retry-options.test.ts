import { systemClock } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { retry } from './retry.ts';
import { resolveOptions } from './retry-options.ts';

test('the defaults', () => {
  expect(resolveOptions({})).toEqual({
    retries: 2,
    minTimeout: 100,
    maxTimeout: 10_000,
    factor: 2,
    maxRetryAfter: 30_000,
    statuses: new Set([408, 429, 502, 503, 504]),
    methods: new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'QUERY']),
    random: Math.random,
    clock: systemClock,
  });
});

test('undefined stands for the default', () =>
  expect(resolveOptions({ retries: undefined, clock: undefined })).toEqual(resolveOptions({})));

test('the edges of each range are in it', () => {
  const options = { retries: 0, minTimeout: 0, maxTimeout: 2_147_483_647, factor: 1, maxRetryAfter: 0, statuses: [400, 599], methods: [] };
  expect(resolveOptions(options)).toMatchObject({ ...options, statuses: new Set([400, 599]), methods: new Set() });
});

test('a method is found as a request spells it', () => {
  expect(resolveOptions({ methods: new Set(['get', 'patch', 'M-SEARCH']) }).methods).toEqual(new Set(['GET', 'patch', 'M-SEARCH']));
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
  ['maxRetryAfter', { maxRetryAfter: -1 }],
  ['statuses', { statuses: 503 }],
  ['statuses', { statuses: [200] }],
  ['statuses', { statuses: ['503'] }],
  ['methods', { methods: 'GET' }],
  ['methods', { methods: ['GET POST'] }],
  ['methods', { methods: [''] }],
  ['random', { random: 0.5 }],
  ['clock', { clock: Date }],
  ['clock', { clock: null }],
  ['"retires"', { retires: 3 }],
])('%s is named when it is wrong: %o', ([name, options]) => {
  expect(() => retry(options)).toThrow(TypeError);
  expect(() => retry(options)).toThrow(name);
});

test('one error names all that is wrong, and no value', () => {
  const options = { retries: -7, factor: 0, secret: 'hunter2' };
  expect(() => retry(options)).toThrow(
    'invalid retry options: retries: expected an integer from 0 to 1000000; factor: expected a number from 1 to 1000; unknown option "secret"',
  );
});

test.for([null, 3, 'x', [], () => {}])('%o is no options', (options) => {
  expect(() => void Reflect.apply(retry, undefined, [options])).toThrow('invalid retry options: expected an object');
});

test('what sits on a prototype sets nothing', () => {
  class Inherited {
    readonly factor = 3;
  }
  Object.assign(Inherited.prototype, { retries: -1, unknown: true });
  expect(resolveOptions(new Inherited())).toMatchObject({ factor: 3, retries: 2 });
});
