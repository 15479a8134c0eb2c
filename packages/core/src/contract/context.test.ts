import { expect, expectTypeOf, test } from 'vitest';

import { Context, contextKey } from './context.ts';

const attempt = contextKey<number>('attempt');

test('a value is found under its key, with its type', () => {
  const context = Context.empty.with(attempt, 3);
  expect(context.get(attempt)).toBe(3);
  expectTypeOf(context.get(attempt)).toEqualTypeOf<number | undefined>();
  // @ts-expect-error -- the value has the key's type
  context.with(attempt, 'three');
});

test('adding a value changes nothing but the new context', () => {
  const one = Context.empty.with(attempt, 1);
  const two = one.with(attempt, 2);
  expect([Context.empty.get(attempt), one.get(attempt), two.get(attempt)]).toEqual([undefined, 1, 2]);
});

test('keys of one name are different keys', () => {
  expect(Context.empty.with(attempt, 1).get(contextKey<number>('attempt'))).toBeUndefined();
});

test('undefined and other empty values hide what was there', () => {
  const key = contextKey<string | undefined | null>('k');
  expect(Context.empty.with(key, 'a').with(key, undefined).get(key)).toBeUndefined();
  expect(Context.empty.with(key, 'a').with(key, null).get(key)).toBeNull();
});

test('many values stay apart', () => {
  const keys = Array.from({ length: 50 }, (_, at) => contextKey<number>(`key ${at}`));
  let context = Context.empty;
  for (const [at, key] of keys.entries()) context = context.with(key, at);
  expect(keys.map((key) => context.get(key))).toEqual(keys.map((_, at) => at));
});

test('a key cannot be changed', () => {
  expect(Object.isFrozen(attempt)).toBe(true);
});
