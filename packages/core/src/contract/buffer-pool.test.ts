import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { giveBackBuffer, takeBuffer } from './buffer-pool.ts';

test.for([0, 1, 1_023, 1_024, 1_025, 2_048, 2_049, 65_536, 65_537, 1_048_575, 1_048_576, 1_048_577, 5_000_000])(
  'a buffer of %i bytes has at least that many, and at most twice as many',
  (bytes) => {
    const buffer = takeBuffer(bytes);
    expect(buffer.byteLength).toBeGreaterThanOrEqual(bytes);
    expect(buffer.byteLength).toBeLessThanOrEqual(Math.max(1_024, bytes * 2));
    giveBackBuffer(buffer);
  },
);

test('what was given back is taken again', () => {
  const buffer = takeBuffer(3_000);
  giveBackBuffer(buffer);
  expect(takeBuffer(4_096)).toBe(buffer);
});

test('a buffer never has two owners, nor do two share memory', () => {
  const step = fc.oneof(fc.nat({ max: 3_000_000 }), fc.constant('give' as const));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const owned: Buffer<ArrayBuffer>[] = [];
      for (const one of steps) {
        if (one === 'give') {
          const buffer = owned.shift();
          if (buffer !== undefined) giveBackBuffer(buffer);
        } else {
          const buffer = takeBuffer(one);
          expect(owned.some((other) => other.buffer === buffer.buffer)).toBe(false);
          owned.push(buffer);
        }
      }
      for (const buffer of owned) giveBackBuffer(buffer);
    }),
    { numRuns: 50 },
  );
});

test('of each size no more than 4 MiB is kept', () => {
  const buffers = Array.from({ length: 10 }, () => takeBuffer(1_048_576));
  for (const buffer of buffers) giveBackBuffer(buffer);
  const again = Array.from({ length: 10 }, () => takeBuffer(1_048_576));
  expect(again.filter((buffer) => buffers.includes(buffer))).toHaveLength(4);
});
