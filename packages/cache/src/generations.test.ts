import { expect, test } from 'vitest';

import { Generations } from './generations.ts';
import { hashOf } from './text-hash.ts';

const uris = Array.from({ length: 20_000 }, (_, at) => `http://example.com/items/${at}`);

test('a URI that is invalidated has another number, and so has every one when all are', () => {
  const generations = new Generations();
  const before = uris.map((uri) => generations.of(uri));
  generations.advance('http://example.com/items/7');
  expect(generations.of('http://example.com/items/7')).not.toBe(before[7]);
  generations.advanceAll();
  expect(uris.every((uri, at) => generations.of(uri) !== before[at])).toBe(true);
});

test('the others have not, however many are invalidated at once', () => {
  const generations = new Generations();
  const [, ...others] = uris;
  for (const uri of others.slice(0, 4_000)) generations.advance(uri);
  // By chance two may have the same hash, and these are invalidated together.
  const invalidated = new Set(others.slice(0, 4_000).map(hashOf));
  expect(others.slice(4_000).every((uri) => generations.of(uri) === 0 || invalidated.has(hashOf(uri)))).toBe(true);
});

test('what is no longer remembered counts as invalidated, whatever it is', () => {
  const generations = new Generations();
  generations.advance('http://example.com/items/0');
  const before = [generations.of('http://example.com/items/0'), generations.of('http://example.com/other')];
  for (const uri of uris.slice(1)) generations.advance(uri);
  expect(generations.of('http://example.com/items/0')).toBeGreaterThan(before[0] ?? 0);
  expect(generations.of('http://example.com/other')).toBeGreaterThan(before[1] ?? 0);
});
