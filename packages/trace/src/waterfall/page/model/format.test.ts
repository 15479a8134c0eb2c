import { describe, expect, test } from 'vitest';

import { columnMs, formatBytes, formatMs, formatShare, grouped, plural } from './format.ts';

describe('a time', () => {
  test.for([
    [0, '0.00 ms'],
    [0.1234, '0.12 ms'],
    [4.2149, '4.21 ms'],
    [9.996, '10.0 ms'],
    [42.14, '42.1 ms'],
    [99.96, '100 ms'],
    [421.4, '421 ms'],
    [999.4, '999 ms'],
    [999.6, '1.00 s'],
    [4214, '4.21 s'],
    [72_000, '72.0 s'],
  ] as const)('of %d ms is written %s', ([ms, text]) => expect(formatMs(ms)).toBe(text));

  test.for([
    [0.04, '0.0'],
    [12.26, '12.3'],
    [1234.5, '1\u202f234.5'],
    [1_234_567.8, '1\u202f234\u202f567.8'],
  ] as const)('of %d ms is %s in a column', ([ms, text]) => expect(columnMs(ms)).toBe(text));
});

describe('a share', () => {
  test.for([
    [0, 0, '–'],
    [0, 5, '0 %'],
    [5, 5, '100 %'],
    [1, 3, '33.3 %'],
    [1, 100_000, '< 0.1 %'],
    [99_999, 100_000, '> 99.9 %'],
  ] as const)('of %d in %d is %s: neither none nor all but where it is', ([part, whole, text]) =>
    expect(formatShare(part, whole)).toBe(text),
  );
});

describe('a count', () => {
  test.for([
    [0, '0'],
    [999, '999'],
    [5000, '5\u202f000'],
    [1_234_567, '1\u202f234\u202f567'],
  ] as const)('of %d is %s', ([count, text]) => expect(grouped(count)).toBe(text));

  test('agrees with its noun', () =>
    expect([plural(1, 'request'), plural(2, 'request'), plural(0, 'is', 'are')]).toEqual(['1 request', '2 requests', '0 are']));
});

describe('bytes', () => {
  test.for([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.00 KiB'],
    [40_000, '39.1 KiB'],
    [5_242_880, '5.00 MiB'],
  ] as const)('%d are %s', ([bytes, text]) => expect(formatBytes(bytes)).toBe(text));
});
