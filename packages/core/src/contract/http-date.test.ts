import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { parseHttpDate } from './http-date.ts';

const NOW = Date.UTC(2026, 0, 1);
const EXAMPLE = Date.UTC(1994, 10, 6, 8, 49, 37);

test.for([
  ['Sun, 06 Nov 1994 08:49:37 GMT', EXAMPLE],
  ['Sunday, 06-Nov-94 08:49:37 GMT', EXAMPLE],
  ['Sun Nov  6 08:49:37 1994', EXAMPLE],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ['Thu, 29 Feb 2024 00:00:00 GMT', Date.UTC(2024, 1, 29)],
  ['Sat, 31 Dec 2016 23:59:60 GMT', Date.UTC(2017, 0, 1)],
  ['Wed, 01 Jan 0050 00:00:00 GMT', new Date('0050-01-01T00:00:00Z').getTime()],
  ['Friday, 01-Jan-76 00:00:00 GMT', Date.UTC(2076, 0, 1)],
  ['Friday, 01-Jan-77 00:00:00 GMT', Date.UTC(1977, 0, 1)],
] as const)('reads %s', ([text, expected]) => expect(parseHttpDate(text, NOW)).toBe(expected));

test.for([
  '',
  '0',
  '-1',
  '60',
  'now',
  'Sun, 06 Nov 1994 08:49:37',
  'Sun, 06 Nov 1994 08:49:37 UTC',
  'Sun, 06 Nov 1994 08:49:37 +0000',
  'sun, 06 nov 1994 08:49:37 gmt',
  'Sun, 6 Nov 1994 08:49:37 GMT',
  'Sun,  06 Nov 1994 08:49:37 GMT',
  'Thu, 29 Feb 2023 00:00:00 GMT',
  'Sun, 31 Nov 1994 08:49:37 GMT',
  'Sun, 00 Nov 1994 08:49:37 GMT',
  'Sun, 06 Nov 1994 24:00:00 GMT',
  'Sun, 06 Nov 1994 23:60:00 GMT',
  'Sun, 06 Nov 1994 23:59:61 GMT',
  'Sun, 06 Nov 19940 08:49:37 GMT',
  'Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT',
  '1994-11-06T08:49:37Z',
])('%j is no date', (text) => expect(parseHttpDate(text, NOW)).toBeUndefined());

test('whatever toUTCString() writes is read back', () => {
  const date = fc.date({ min: new Date(0), max: new Date(Date.UTC(9999, 11, 31)), noInvalidDate: true });
  fc.assert(
    fc.property(date, (one) => {
      expect(parseHttpDate(one.toUTCString(), NOW)).toBe(Math.floor(one.getTime() / 1_000) * 1_000);
    }),
  );
});

test('no text makes it throw', () => {
  fc.assert(fc.property(fc.string(), fc.integer(), (text, now) => void parseHttpDate(text, now)));
});

test('a long text costs no more than a short one', () => {
  for (const filler of [' ', '0', ',', 'Sun, ', '-']) expect(parseHttpDate(filler.repeat(800_000), NOW)).toBeUndefined();
});
