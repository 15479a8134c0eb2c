import { expect, test } from 'vitest';

import { counted, formatBytes, formatCount, formatMs, formatRate } from './quantities.ts';

test.for([
  [0, '0.000 ms'],
  [0.0421, '0.042 ms'],
  [0.0996, '0.10 ms'],
  [9.994, '9.99 ms'],
  [9.996, '10.0 ms'],
  [99.96, '100 ms'],
  [999.4, '999 ms'],
  [999.6, '1.00 s'],
  [12_340, '12.3 s'],
  [3_600_000, '3 600 s'],
] as const)('shows %d milliseconds as %s', ([ms, text]) => {
  expect(formatMs(ms)).toBe(text);
});

test.for([
  [0, '0 B'],
  [1_023, '1023 B'],
  [1_024, '1.00 KiB'],
  [19_999, '19.5 KiB'],
  [1_048_064, '1.00 MiB'],
  [5 * 1_024 ** 5, '5 120 TiB'],
] as const)('shows %d bytes as %s', ([bytes, text]) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.for([
  [1, '1'],
  [999, '999'],
  [1_000, '1 000'],
  [1_234_567, '1 234 567'],
] as const)('shows the number %d as %s', ([count, text]) => {
  expect(formatCount(count)).toBe(text);
});

test('a rate has three digits that count', () => {
  expect([0.5, 25.44, 99.96, 14_020.4].map(formatRate)).toEqual(['0.50/s', '25.4/s', '100/s', '14 020/s']);
});

test('one is not many', () => {
  expect([counted(0, 'dial'), counted(1, 'dial'), counted(2_000, 'dial')]).toEqual(['0 dials', '1 dial', '2 000 dials']);
});
