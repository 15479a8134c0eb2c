import { HttpHeaders } from '@roundtripper/core';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { retryAfter } from './retry-after.ts';

const NOW = Date.UTC(2026, 0, 1);
const at = (ms: number): string => new Date(ms).toUTCString();

interface Row {
  readonly fact: string;
  readonly fields: Readonly<Record<string, string | readonly string[]>>;
  readonly delayMs: number | undefined;
}

test.for<Row>([
  { fact: 'none asks for nothing', fields: {}, delayMs: undefined },
  { fact: 'seconds', fields: { 'retry-after': '120' }, delayMs: 120_000 },
  { fact: 'zero seconds', fields: { 'retry-after': '0' }, delayMs: 0 },
  { fact: 'leading zeros', fields: { 'retry-after': '007' }, delayMs: 7_000 },
  { fact: 'a date, from our own clock', fields: { 'retry-after': at(NOW + 5_000) }, delayMs: 5_000 },
  { fact: 'a date, from the clock of the server', fields: { 'retry-after': at(5_000), 'date': at(0) }, delayMs: 5_000 },
  { fact: 'a date with a Date that is none', fields: { 'retry-after': at(NOW + 5_000), 'date': 'today' }, delayMs: 5_000 },
  { fact: 'a date of old form', fields: { 'retry-after': 'Thursday, 01-Jan-26 00:00:09 GMT' }, delayMs: 9_000 },
  { fact: 'a date of the other old form', fields: { 'retry-after': 'Thu Jan  1 00:00:09 2026' }, delayMs: 9_000 },
  { fact: 'a date that is past is no wait', fields: { 'retry-after': at(0) }, delayMs: 0 },
  { fact: 'the longest of several', fields: { 'retry-after': ['3', '7', '5'] }, delayMs: 7_000 },
  { fact: 'what can be read of several', fields: { 'retry-after': ['soon', '5'] }, delayMs: 5_000 },
  { fact: 'huge', fields: { 'retry-after': '999999999999999' }, delayMs: 999_999_999_999_999_000 },
  { fact: 'more digits than anybody means are not passed over', fields: { 'retry-after': '9'.repeat(16) }, delayMs: 1e19 },
  { fact: 'nor are any number of them', fields: { 'retry-after': '9'.repeat(100_000) }, delayMs: Number.POSITIVE_INFINITY },
  { fact: 'nor are fractions', fields: { 'retry-after': '1.0015' }, delayMs: 1_002 },
  ...['', '-1', '+1', '1.', '.5', '1e3', '0x10', '1,2', '1;', 'soon', '٣'].map((text) => ({
    fact: `${JSON.stringify(text.slice(0, 20))} asks for nothing`,
    fields: { 'retry-after': Buffer.from(text).toString('latin1') },
    delayMs: undefined,
  })),
])('$fact', ({ fields, delayMs }) => expect(retryAfter(new HttpHeaders(fields), NOW)).toBe(delayMs));

test('it is undefined or at least 0, whatever a server says', () => {
  const value = fc.oneof(fc.string({ unit: 'grapheme-ascii' }), fc.integer().map(String), fc.date({ noInvalidDate: true }).map(String));
  fc.assert(
    fc.property(fc.array(value), fc.option(value, { nil: undefined }), (values, date) => {
      const headers = new HttpHeaders({ 'retry-after': values });
      if (date !== undefined) headers.append('date', date);
      const delayMs = retryAfter(headers, NOW);
      expect(delayMs === undefined || delayMs >= 0).toBe(true);
    }),
  );
});
