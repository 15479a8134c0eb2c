import { expect, test } from 'vitest';

import { origin, setUp } from '../test/set-up.ts';
import { STORED_URL } from '../test/stored.ts';
import type { CacheOptions } from './index.ts';

const FRESH = { 'Cache-Control': 'max-age=60' };

/** What a program without types may hand in, and what it says of the response then. */
async function decided(hooks: object): Promise<unknown> {
  const options: CacheOptions = { ...hooks };
  const { send, decisions, httpCache } = setUp(origin({ headers: FRESH, body: 'x' }), options);
  expect(await (await send()).text()).toBe('x');
  const [stored] = await httpCache.inspect(STORED_URL);
  return stored?.tags ?? decisions.at(-1);
}

const fail = (): never => {
  throw new Error('no');
};
const thenable = {};
Reflect.set(thenable, 'then', (_resolve: unknown, reject: (error: unknown) => void) => reject(new Error('no')));

test.for<[string, () => unknown, unknown]>([
  ['true', () => true, []],
  ['false', () => false, 'not-stored should-not-be-stored'],
  ['nothing', () => {}, 'not-stored should-not-be-stored'],
  ['what is only like true', () => 1, 'not-stored should-not-be-stored'],
  ['a promise of false', async () => false, 'not-stored should-store-failed'],
  ['a promise of true', async () => true, 'not-stored should-store-failed'],
  ['a promise that fails', async () => fail(), 'not-stored should-store-failed'],
  ['another thenable that fails', () => thenable, 'not-stored should-store-failed'],
  ['an error', fail, 'not-stored should-store-failed'],
])('shouldStore says %s', async ([, shouldStore, expected]) => expect(await decided({ shouldStore })).toEqual(expected));

test.for<[string, () => unknown, unknown]>([
  ['texts', () => ['a', 'b', 'a'], ['a', 'b']],
  ['a text, which is no list of its letters', () => 'abc', 'not-stored tags-failed'],
  ['numbers', () => [1], 'not-stored tags-failed'],
  ['a list with a gap', () => Array.from({ length: 1 }), 'not-stored tags-failed'],
  ['a set', () => new Set(['a']), 'not-stored tags-failed'],
  ['nothing', () => {}, 'not-stored tags-failed'],
  ['a promise of texts', async () => ['a'], 'not-stored tags-failed'],
  ['a promise that fails', async () => fail(), 'not-stored tags-failed'],
  ['an error', fail, 'not-stored tags-failed'],
])('tags gives %s', async ([, tags, expected]) => expect(await decided({ tags })).toEqual(expected));
