import { expect, test } from 'vitest';

import { RepeatFilter } from './hpack-repeat-filter.ts';

function valuesUpTo(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => `/${at}`);
}

test('a value is known the second time it comes', () => {
  const filter = new RepeatFilter();
  expect(filter.see(':path', '/a')).toBe(false);
  expect(filter.see(':path', '/b')).toBe(false);
  expect(filter.see('referer', '/a')).toBe(false);
  expect(filter.see(':path', '/a')).toBe(true);
  expect(filter.see(':path', '/b')).toBe(true);
});

test('the last 64 values are remembered, however many came before', () => {
  for (const before of [0, 1, 64, 200]) {
    const filter = new RepeatFilter();
    for (const value of valuesUpTo(before)) filter.see('tracestate', value);
    for (const value of valuesUpTo(64)) filter.see(':path', value);
    expect(valuesUpTo(64).every((value) => filter.see(':path', value))).toBe(true);
  }
});

test('what 64 others have come after is forgotten', () => {
  const filter = new RepeatFilter();
  filter.see(':path', '/first');
  for (const value of valuesUpTo(64)) filter.see(':path', value);
  expect(filter.see(':path', '/first')).toBe(false);
});
