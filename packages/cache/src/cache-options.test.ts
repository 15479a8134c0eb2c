import { systemClock } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { cache } from './cache.ts';
import { resolveOptions } from './cache-options.ts';

test('the defaults', () => {
  const defaults = { mode: 'private', maxSize: 67_108_864, maxEntrySize: 5_242_880, clock: systemClock };
  expect(resolveOptions({})).toEqual(defaults);
  expect(resolveOptions({ mode: undefined, maxSize: undefined })).toEqual(defaults);
});

test.for<[string, object]>([
  ['mode', { mode: 'public' }],
  ['mode', { mode: null }],
  ['maxSize', { maxSize: 0 }],
  ['maxSize', { maxSize: Number.POSITIVE_INFINITY }],
  ['maxSize', { maxSize: '1' }],
  ['maxEntrySize', { maxEntrySize: -1 }],
  ['maxEntrySize', { maxEntrySize: 0.5 }],
  ['clock', { clock: {} }],
  ['"store"', { store: {} }],
])('%s is named when it is wrong: %o', ([name, options]) => {
  expect(() => cache(options)).toThrow(TypeError);
  expect(() => cache(options)).toThrow(name);
});

test('one error names all that is wrong', () => {
  const options = { mode: 'x', maxSize: -1, ttl: 3 };
  expect(() => void Reflect.apply(cache, undefined, [options])).toThrow(
    'invalid cache options: mode: expected "private" or "shared"; maxSize: expected an integer from 1 to 9007199254740991; unknown option "ttl"',
  );
});

test.for([null, 3, 'x', [], () => {}])('%o is no options', (options) => {
  expect(() => void Reflect.apply(cache, undefined, [options])).toThrow('invalid cache options: expected an object');
});

test('what sits on a prototype sets nothing', () => {
  class Inherited {
    readonly maxSize = 7;
  }
  Object.assign(Inherited.prototype, { mode: 'x', unknown: true });
  expect(resolveOptions(new Inherited())).toMatchObject({ maxSize: 7, mode: 'private' });
});
