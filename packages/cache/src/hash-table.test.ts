import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { HashTable } from './hash-table.ts';

/** Few, of which many begin at the same place, the last one included: 1 024 places, found by the last ten bits. */
const hash = fc
  .tuple(fc.constantFrom(0, 1, 2, 5, 1_021, 1_022, 1_023), fc.integer({ min: -3, max: 3 }))
  .map(([end, beginning]) => (beginning << 10) | end);
const step = fc.record({ hash, number: fc.option(fc.nat(1_000), { nil: undefined }) });

test('a hash table holds what a Map would', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
      const table = new HashTable();
      const map = new Map<number, number>();
      const seen = new Set<number>();
      for (const one of steps) {
        seen.add(one.hash);
        if (one.number === undefined) {
          table.delete(one.hash);
          map.delete(one.hash);
        } else {
          table.set(one.hash, one.number);
          map.set(one.hash, one.number);
        }
        for (const each of seen) expect(table.get(each)).toBe(map.get(each));
      }
    }),
  );
});

test('it grows, and gets empty again', () => {
  const table = new HashTable();
  const hashes = Array.from({ length: 100_000 }, (_, at) => Math.imul(at, 0x9e3779b1));
  hashes.forEach((each, at) => {
    table.set(each, at);
  });
  expect(hashes.every((each, at) => table.get(each) === at)).toBe(true);
  for (const each of hashes) table.delete(each);
  expect(hashes.some((each) => table.get(each) !== undefined)).toBe(false);
});
