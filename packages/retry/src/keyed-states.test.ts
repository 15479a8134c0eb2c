import { expect, test } from 'vitest';

import { KeyedStates } from './keyed-states.ts';

function statesOf(maxKeys: number) {
  return new KeyedStates<{ isBusy: boolean }>({ maxKeys, make: () => ({ isBusy: false }), isAtRest: ({ isBusy }) => !isBusy });
}

test('a key has one state', () => {
  const states = statesOf(2);
  expect(states.of('a')).toBe(states.of('a'));
  expect([states.of('b') === states.of('a'), states.get('a'), states.get('c')]).toEqual([false, { isBusy: false }, undefined]);
});

test('a new key makes room among those at rest, the oldest first', () => {
  const states = statesOf(3);
  for (const key of ['a', 'b', 'c']) states.of(key);
  states.of('d');
  expect([states.size, states.get('a'), states.get('c')?.isBusy]).toEqual([2, undefined, false]);
});

test('what is in use is never forgotten, also beyond the bound', () => {
  const states = statesOf(3);
  const busy = Array.from({ length: 500 }, (_, index) => Object.assign(states.of(`busy ${index}`), { isBusy: true }));
  expect(states.size).toBe(500);
  expect(busy.every((state, index) => states.of(`busy ${index}`) === state)).toBe(true);
});

test('what has grown beyond the bound gets back within it once it is at rest', () => {
  const states = statesOf(10);
  const busy = Array.from({ length: 500 }, (_, index) => Object.assign(states.of(`busy ${index}`), { isBusy: true }));
  for (const state of busy) state.isBusy = false;
  for (let index = 0; index < 1_000; index++) states.of(`new ${index}`);
  expect(states.size).toBeLessThanOrEqual(10);
});

test('one that is busy does not keep the search from those at rest behind it', () => {
  const states = statesOf(200);
  for (let index = 0; index < 150; index++) states.of(`busy ${index}`).isBusy = true;
  for (let index = 0; index < 10_000; index++) states.of(`rest ${index}`);
  expect(states.size).toBeLessThanOrEqual(200);
});
