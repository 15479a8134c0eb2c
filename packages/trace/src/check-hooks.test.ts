import { expect, test } from 'vitest';

import { checkHooks } from './check-hooks.ts';
import type { ClientTrace } from './client-trace.ts';

test('names each hook that is unknown or no function', () => {
  // @ts-expect-error -- what a caller without types may pass
  expect(() => checkHooks({ gotCon: () => {}, gotConn: 1, toString: () => '', __proto__: null })).toThrow(
    'invalid trace hooks: unknown hook "gotCon"; gotConn: expected a function; unknown hook "toString"',
  );
});

class Counter implements ClientTrace {
  count = 0;

  queueEnd(): void {
    this.count += 1;
  }
}

test.for([[null], [undefined], [1], [[]], [() => {}], [new Map()], [new Counter()]] as const)('refuses %o', ([hooks]) => {
  // @ts-expect-error -- as above
  expect(() => checkHooks(hooks)).toThrow(new TypeError('invalid trace hooks: expected a plain object of functions'));
});

test('keeps the hooks that are there, as they are at this moment', () => {
  const queueEnd = (): void => {};
  const hooks: { -readonly [Name in keyof ClientTrace]: ClientTrace[Name] } = { queueEnd, gotConn: undefined };
  const checked = checkHooks(hooks);
  hooks.queueStart = () => {};
  expect(checked).toEqual({ queueEnd });
});

test('an object without hooks is none at all', () => {
  expect(checkHooks({})).toBe(undefined);
  expect(checkHooks({ gotConn: undefined })).toBe(undefined);
});

test('what sits on a polluted Object.prototype is no hook', () => {
  Reflect.set(Object.prototype, 'event', () => {});
  try {
    expect(checkHooks({})).toBe(undefined);
    expect(checkHooks({ queueEnd: () => {} })?.event).toBe(undefined);
  } finally {
    Reflect.deleteProperty(Object.prototype, 'event');
  }
});
