import { expect, test } from 'vitest';

import { seededRandom, zipfRanks } from './random.ts';
import { workload } from './workload.ts';

test('a seed gives the same numbers each time, and another seed others', () => {
  const draw = (seed: number): number[] => Array.from({ length: 5 }, seededRandom(seed));
  expect(draw(1)).toEqual(draw(1));
  expect(draw(2)).not.toEqual(draw(1));
});

test('numbers are from 0 to below 1, and spread evenly', () => {
  const random = seededRandom(7);
  const numbers = Array.from({ length: 10_000 }, random);
  expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
  const quarters = [0, 1, 2, 3].map((quarter) => numbers.filter((number) => Math.floor(number * 4) === quarter).length);
  for (const count of quarters) expect(Math.abs(count - 2_500)).toBeLessThan(200);
});

test('rank 0 comes twice as often as rank 1, and every rank is within bounds', () => {
  const rank = zipfRanks(10, seededRandom(3));
  const counts = new Map<number, number>();
  for (let draw = 0; draw < 20_000; draw++) {
    const drawn = rank();
    counts.set(drawn, (counts.get(drawn) ?? 0) + 1);
  }
  expect([...counts.keys()].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect((counts.get(0) ?? 0) / (counts.get(1) ?? 1)).toBeCloseTo(2, 0);
});

test('a workload is the same for the same seed, of every kind, most of it cacheable', () => {
  const planned = [...workload(2_000, 1)];
  expect([...workload(2_000, 1)]).toEqual(planned);
  expect([...workload(2_000, 2)]).not.toEqual(planned);
  const shareOf = (name: string): number => planned.filter(({ path }) => path.startsWith(`/${name}/`)).length / planned.length;
  expect(shareOf('products')).toBeGreaterThan(0.6);
  for (const name of ['prices', 'busy', 'orders', 'slow', 'legacy']) expect(shareOf(name)).toBeGreaterThan(0.01);
  expect(planned.every(({ method, path }) => (method === 'POST') === path.startsWith('/orders/'))).toBe(true);
});
