import { HttpHeaders } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { MemoryStore } from './memory-store.ts';
import { sizeOf, type SelectingField, type StoredResponse } from './stored-response.ts';

function stored(uri: string, bytes = 0, selecting: readonly SelectingField[] = []): StoredResponse {
  return {
    uri,
    selecting,
    status: 200,
    statusText: '',
    proto: 'HTTP/1.1',
    headers: new HttpHeaders({ 'x-a': 'four' }),
    body: new Uint8Array(bytes),
    dateMs: 0,
    receivedAt: { wallMs: 0, monotonicMs: 0 },
    initialAgeMs: 0,
    lifetimeMs: 1,
    mayBeServedStale: true,
  };
}

test('its size is its body, its text and what the objects take', () => {
  expect(
    sizeOf(
      stored('12345', 100, [
        ['ab', 'cde'],
        ['fg', null],
      ]),
    ),
  ).toBe(512 + 5 + 100 + 7 + 5 + 2);
});

test('what is stored is found under its URI and nowhere else', () => {
  const store = new MemoryStore(10_000);
  const [a, b] = [stored('a'), stored('b', 10)];
  expect([store.put(a), store.put(b)]).toEqual([true, true]);
  expect([[...store.of('a')], [...store.of('b')], [...store.of('c')]]).toEqual([[a], [b], []]);
  expect([store.entries, store.bytes]).toEqual([2, sizeOf(a) + sizeOf(b)]);
});

test('the one that was used longest ago makes room', () => {
  const [a, b, c] = [stored('a', 400), stored('b', 400), stored('c', 400)];
  const store = new MemoryStore(2 * sizeOf(a));
  store.put(a);
  store.put(b);
  store.touch(a);
  store.put(c);
  expect(['a', 'b', 'c'].map((uri) => store.of(uri).size)).toEqual([1, 0, 1]);
  expect([store.entries, store.evictions, store.bytes]).toEqual([2, 1, 2 * sizeOf(a)]);
});

test('what is larger than everything is not stored, and drives nothing out', () => {
  const store = new MemoryStore(1_000);
  store.put(stored('a'));
  expect([store.put(stored('b', 1_000)), store.of('a').size, store.of('b').size, store.entries]).toEqual([false, 1, 0, 1]);
});

test('it drops all of a URI, or what a request selects', () => {
  const store = new MemoryStore(100_000);
  for (const language of ['de', 'en', 'fr']) store.put(stored('a', 0, [['accept-language', language]]));
  store.put(stored('b'));
  expect(store.delete('a', new HttpHeaders({ 'accept-language': 'en' }))).toBe(1);
  expect([store.of('a').size, store.delete('a'), store.delete('a'), store.of('b').size]).toEqual([2, 2, 0, 1]);
  store.clear();
  expect([store.entries, store.bytes, store.of('b').size, store.evictions]).toEqual([0, 0, 0, 0]);
});

test('of a URI of which nothing is left nothing is left', () => {
  const store = new MemoryStore(2_000);
  for (const uri of ['a', 'b', 'c', 'd']) store.put(stored(uri, 400));
  store.delete('d');
  const never = store.of('never stored');
  expect(['a', 'b', 'd'].every((uri) => store.of(uri) === never)).toBe(true);
});

test('of one URI 32 are kept, the latest', () => {
  const store = new MemoryStore(10_000_000);
  for (let at = 0; at < 1_000; at++) store.put(stored('a', 0, [['x', String(at)]]));
  expect([store.entries, store.of('a').size]).toEqual([32, 32]);
  expect([...store.of('a')].map(({ selecting }) => Number(selecting[0]?.[1]))).toEqual(Array.from({ length: 32 }, (_, at) => at + 968));
});
