import { expect, test } from 'vitest';

import { checkedOverride, type CacheRequest } from './cache-request.ts';

const MODE = 'mode: expected "default", "no-store", "reload", "no-cache", "force-cache" or "only-if-cached"';
const KEY = 'key: expected a text of at least one character';
const TAGS = 'tags: expected an array of texts';

test.for<[unknown, string]>([
  ['no-store', 'expected an object'],
  [null, 'expected an object'],
  [['no-store'], 'expected an object'],
  [() => {}, 'expected an object'],
  [{ mode: 'nostore' }, MODE],
  [{ mode: 'NO-STORE' }, MODE],
  [{ mode: null }, MODE],
  [{ cache: 'no-store' }, 'unknown option "cache"'],
  [{ key: { user: 1 } }, KEY],
  [{ key: ['a'] }, KEY],
  [{ key: Number.NaN }, KEY],
  [{ key: 7 }, KEY],
  [{ key: null }, KEY],
  [{ key: '' }, KEY],
  [{ tags: 'abc' }, TAGS],
  [{ tags: [1] }, TAGS],
  [{ tags: Array.from({ length: 1 }) }, TAGS],
  [{ tags: new Set(['a']) }, TAGS],
  [{ mode: 'x', key: '', ttl: 1 }, `${MODE}; ${KEY}; unknown option "ttl"`],
])('%j is no CacheRequest, each time', ([override, problem]) => {
  for (let turn = 0; turn < 2; turn += 1) {
    expect(() => void Reflect.apply(checkedOverride, undefined, [override])).toThrow(
      new TypeError(`invalid cacheRequest options: ${problem}`),
    );
  }
});

test('no error holds the key', () => {
  expect(() => void Reflect.apply(checkedOverride, undefined, [{ key: ['secret'] }])).toThrow(/^(?!.*secret)/);
});

test.for<CacheRequest>([
  {},
  { mode: undefined, key: undefined, tags: undefined },
  { mode: 'default' },
  { mode: 'only-if-cached', key: 'a', tags: [] },
  { tags: ['a', ''] },
  Object.freeze({ key: ' ' }),
])('%j is one, as it is', (override) => {
  expect(checkedOverride(override)).toBe(override);
});

test('one that is used again is not looked at again', () => {
  let reads = 0;
  const override = {
    get key(): string {
      reads += 1;
      return 'a';
    },
  };
  for (let turn = 0; turn < 3; turn += 1) checkedOverride(override);
  expect(reads).toBe(1);
});
