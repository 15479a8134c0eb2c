import { systemClock } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { temporaryFile } from '../test/sqlite-file.ts';
import { cache } from './cache.ts';
import { resolveOptions } from './cache-options.ts';
import { memoryStore } from './memory-store.ts';
import { sqliteStore } from './sqlite/index.ts';

test('the defaults', () => {
  const defaults = {
    mode: 'private',
    maxEntryBytes: 5_242_880,
    name: 'roundtripper',
    targets: [],
    heuristicFraction: 0.1,
    isCoalescing: true,
    storeTimeout: 1_000,
  };
  expect(resolveOptions({})).toMatchObject({ ...defaults, shouldStore: undefined, tags: undefined, clock: systemClock });
  expect(resolveOptions({ mode: undefined, maxEntryBytes: undefined, store: undefined })).toMatchObject(defaults);
});

test.for([
  ['edge-1', 'edge-1'],
  ['my cache', '"my cache"'],
  ['a"b', String.raw`"a\"b"`],
  ['1st', '"1st"'],
])('the name %s stands as %s in Cache-Status', ([name = '', expected]) => expect(resolveOptions({ name }).name).toBe(expected));

test.for<[string, object]>([
  ['mode', { mode: 'public' }],
  ['mode', { mode: null }],
  ['maxEntryBytes', { maxEntryBytes: -1 }],
  ['maxEntryBytes', { maxEntryBytes: 0.5 }],
  ['clock', { clock: {} }],
  ['store', { store: {} }],
  ['name', { name: '' }],
  ['name', { name: 'a\n' }],
  ['targets', { targets: ['a b'] }],
  ['heuristicFraction', { heuristicFraction: 1.1 }],
  ['coalesce', { coalesce: 1 }],
  ['storeTimeout', { storeTimeout: 0 }],
  ['onStoreError', { onStoreError: true }],
  ['shouldStore', { shouldStore: {} }],
  ['tags', { tags: [] }],
  ['"maxSize"', { maxSize: 1 }],
])('%s is named when it is wrong: %o', ([name, options]) => {
  expect(() => cache(options)).toThrow(TypeError);
  expect(() => cache(options)).toThrow(name);
});

test('one error names all that is wrong', () => {
  const options = { mode: 'x', maxEntryBytes: -1, ttl: 3 };
  expect(() => void Reflect.apply(cache, undefined, [options])).toThrow(
    'invalid cache options: mode: expected "private" or "shared"; maxEntryBytes: expected an integer from 0 to 9007199254740991; unknown option "ttl"',
  );
});

test.for([null, 3, 'x', [], () => {}])('%o is no options', (options) => {
  expect(() => void Reflect.apply(cache, undefined, [options])).toThrow('invalid cache options: expected an object');
});

test('a store in place of the options is told where it belongs', async () => {
  await using file = sqliteStore({ path: await temporaryFile() });
  for (const store of [memoryStore(), file]) {
    const make = (): unknown => Reflect.apply(cache, undefined, [store]);
    expect(make).toThrow(new TypeError('invalid cache options: expected the store as { store }'));
  }
});

test('what sits on a prototype sets nothing', () => {
  class Inherited {
    readonly maxEntryBytes = 7;
  }
  Object.assign(Inherited.prototype, { mode: 'x', unknown: true });
  expect(resolveOptions(new Inherited())).toMatchObject({ maxEntryBytes: 7, mode: 'private' });
});
