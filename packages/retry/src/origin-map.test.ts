import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { OriginHolds } from './origin-holds.ts';
import { OriginMap } from './origin-map.ts';

test('it holds what was put in, changed and taken out', () => {
  const map = new OriginMap<number>(10);
  map.set('a', 1);
  map.set('b', 2);
  map.set('a', 3);
  map.delete('b');
  expect([map.get('a'), map.get('b'), map.get('c'), map.size]).toEqual([3, undefined, undefined, 1]);
});

test('of too many those that nobody asks for are forgotten', () => {
  const map = new OriginMap<number>(10);
  for (let at = 0; at < 1_000; at++) {
    map.set(String(at), at);
    map.get('0');
  }
  expect([map.get('0'), map.get('999'), map.get('1')]).toEqual([0, 999, undefined]);
});

test('never more than so many, and the last half of them always', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 40 }), fc.array(fc.nat({ max: 60 }).map(String)), (most, origins) => {
      const map = new OriginMap<string>(most);
      for (const origin of origins) {
        map.set(origin, origin);
        expect(map.size).toBeLessThanOrEqual(most);
      }
      const recent = new Set(origins.slice(-Math.floor(most / 2)));
      expect([...recent].map((origin) => map.get(origin))).toEqual([...recent]);
    }),
  );
});

test.for([
  { fact: 'until then it is on hold', atMs: 4_000, remainingMs: 1_000 },
  { fact: 'at that time it is not', atMs: 5_000, remainingMs: 0 },
  { fact: 'nor after it', atMs: 9_000, remainingMs: 0 },
])('an origin that asked for 5 seconds: $fact', ({ atMs, remainingMs }) => {
  const holds = new OriginHolds();
  holds.hold('a', 5_000, 0);
  expect([holds.remainingMs('a', atMs), holds.remainingMs('b', atMs)]).toEqual([remainingMs, 0]);
});

test('a shorter word does not take a longer one back, and a longer one counts', () => {
  const holds = new OriginHolds();
  holds.hold('a', 5_000, 0);
  holds.hold('a', 1_000, 100);
  expect(holds.remainingMs('a', 100)).toBe(4_900);
  holds.hold('a', 9_000, 100);
  expect(holds.remainingMs('a', 100)).toBe(9_000);
});

test('a year is an hour', () => {
  const holds = new OriginHolds();
  holds.hold('a', 31_536_000_000, 0);
  expect(holds.remainingMs('a', 0)).toBe(3_600_000);
});
