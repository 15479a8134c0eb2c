import { expect, test } from 'vitest';

import { Generations } from './generations.ts';

const uris = Array.from({ length: 20_000 }, (_, at) => `http://example.com/items/${at}`);

test('a URI that is invalidated has another number, and so has every one when all are', () => {
  const generations = new Generations();
  const before = uris.map((uri) => generations.of(uri));
  generations.advance('http://example.com/items/7');
  expect(generations.of('http://example.com/items/7')).not.toBe(before[7]);
  generations.advanceAll();
  expect(uris.every((uri, at) => generations.of(uri) !== before[at])).toBe(true);
});

test('of the others about one in a thousand has', () => {
  const generations = new Generations();
  generations.advance('http://example.com/items/7');
  const changed = uris.filter((uri) => generations.of(uri) !== 0).length;
  expect(changed).toBeGreaterThan(0);
  expect(changed).toBeLessThan(100);
});
