import { HttpHeaders, HttpResponse } from '@roundtripper/core';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { hint } from './hint.ts';
import { quotaReset } from './quota-reset.ts';

const NOW = Date.UTC(2026, 0, 1);
const SECONDS = NOW / 1_000;

interface Row {
  readonly fact: string;
  readonly fields: Readonly<Record<string, string | readonly string[]>>;
  readonly status?: number;
  readonly delayMs: number | undefined;
}

test.for<Row>([
  { fact: 'nothing is said', fields: {}, delayMs: undefined },
  { fact: 'a quota that is used up', fields: { ratelimit: '"default";r=0;t=30' }, delayMs: 30_000 },
  { fact: 'one that is not', fields: { ratelimit: '"default";r=1;t=30' }, delayMs: undefined },
  { fact: 'of several the last to be filled', fields: { ratelimit: '"a";r=0;t=3, "b";r=9;t=60, "c";r=0;t=7' }, delayMs: 7_000 },
  { fact: 'several fields are one list', fields: { ratelimit: ['"a";r=0;t=3', '"b";r=0;t=5'] }, delayMs: 5_000 },
  { fact: 'a partition key is passed over', fields: { ratelimit: '"a";r=0;t=3;pk=:c2VjcmV0:' }, delayMs: 3_000 },
  { fact: 'no time, but a window', fields: { 'ratelimit': '"b";r=0', 'ratelimit-policy': '"a";q=1;w=9,"b";q=5;w=60' }, delayMs: 60_000 },
  { fact: 'no time, and the window of another', fields: { 'ratelimit': '"b";r=0', 'ratelimit-policy': '"a";q=1;w=9' }, delayMs: undefined },
  { fact: 'a policy alone says nothing', fields: { 'ratelimit-policy': '"a";q=0;w=9' }, delayMs: undefined },
  { fact: 'no time, no policy', fields: { ratelimit: '"b";r=0' }, delayMs: undefined },
  { fact: 'a time below nothing', fields: { ratelimit: '"b";r=0;t=-1' }, delayMs: undefined },
  { fact: 'a rest below nothing is none', fields: { ratelimit: '"b";r=-2;t=1' }, delayMs: 1_000 },
  { fact: 'so it is with the relatives', fields: { 'x-ratelimit-remaining': '-2', 'x-ratelimit-reset': '5' }, delayMs: 5_000 },
  { fact: 'a rest that is no number', fields: { ratelimit: '"b";r="0";t=1' }, delayMs: undefined },
  { fact: 'malformed is ignored as a whole', fields: { ratelimit: '"a";r=0;t=3, "b' }, delayMs: undefined },
  { fact: 'a malformed policy is ignored', fields: { 'ratelimit': '"b";r=0', 'ratelimit-policy': '"b";w=' }, delayMs: undefined },
  { fact: 'longer than anybody means', fields: { ratelimit: `"${'a'.repeat(5_000)}";r=0;t=3` }, delayMs: undefined },
  { fact: 'draft 07', fields: { ratelimit: 'limit=100, remaining=0, reset=5' }, delayMs: 5_000 },
  { fact: 'draft 07, with something left', fields: { ratelimit: 'limit=100, remaining=1, reset=5' }, delayMs: undefined },
  { fact: 'draft 06', fields: { 'ratelimit-limit': '10', 'ratelimit-remaining': '0', 'ratelimit-reset': '5' }, delayMs: 5_000 },
  { fact: 'draft 06, with something left', fields: { 'ratelimit-remaining': '1', 'ratelimit-reset': '5' }, delayMs: undefined },
  { fact: 'without what is left only a 429 says it', fields: { 'x-ratelimit-reset': '5' }, delayMs: undefined },
  { fact: 'and it does', status: 429, fields: { 'x-ratelimit-reset': '5' }, delayMs: 5_000 },
  {
    fact: 'a 429 with something left is not about this quota',
    status: 429,
    fields: { 'x-ratelimit-remaining': '3', 'x-ratelimit-reset': '5' },
    delayMs: undefined,
  },
  { fact: 'seconds since 1970, by our clock', status: 429, fields: { 'x-ratelimit-reset': `${SECONDS + 9}` }, delayMs: 9_000 },
  {
    fact: 'by the clock of the server',
    status: 429,
    fields: { 'x-ratelimit-reset': `${SECONDS + 9}`, 'date': new Date(NOW + 4_000).toUTCString() },
    delayMs: 5_000,
  },
  { fact: 'milliseconds since 1970', status: 429, fields: { 'x-rate-limit-reset': `${NOW + 9_500}` }, delayMs: 9_500 },
  { fact: 'a time that is past', status: 429, fields: { 'x-ratelimit-reset': `${SECONDS - 9}` }, delayMs: 0 },
  { fact: 'a date', status: 429, fields: { 'x-rate-limit-reset': new Date(NOW + 7_000).toUTCString() }, delayMs: 7_000 },
  { fact: 'fractions are not cut short', status: 429, fields: { 'x-ratelimit-reset-after': '0.0015' }, delayMs: 2 },
  { fact: 'of relatives the longest', status: 429, fields: { 'x-ratelimit-reset': '5', 'x-ratelimit-retry-after': '8' }, delayMs: 8_000 },
  {
    fact: 'the draft goes before its relatives',
    status: 429,
    fields: { 'ratelimit': '"a";r=0;t=2', 'x-ratelimit-reset': '5' },
    delayMs: 2_000,
  },
  ...['', '-1', '1e3', '0x10', '5s', '٣', '1.', '9'.repeat(16)].map((text) => ({
    fact: `${JSON.stringify(text)} is no time`,
    status: 429,
    fields: { 'x-ratelimit-reset': Buffer.from(text).toString('latin1') },
    delayMs: undefined,
  })),
])('$fact', ({ fields, status = 200, delayMs }) => expect(quotaReset(status, new HttpHeaders(fields), NOW)).toBe(delayMs));

test.for<Row>([
  { fact: 'Retry-After goes before a quota', status: 429, fields: { 'retry-after': '3', 'ratelimit': '"a";r=0;t=9' }, delayMs: 3_000 },
  {
    fact: 'a quota counts where Retry-After cannot be read',
    status: 429,
    fields: { 'retry-after': 'soon', 'ratelimit': '"a";r=0;t=9' },
    delayMs: 9_000,
  },
  { fact: 'with a redirect Retry-After is about something else', status: 301, fields: { 'retry-after': '3' }, delayMs: undefined },
  { fact: 'a quota is said with any answer', status: 200, fields: { ratelimit: '"a";r=0;t=9' }, delayMs: 9_000 },
])('hint: $fact', ({ fields, status = 200, delayMs }) =>
  expect(hint(new HttpResponse(null, { status, headers: fields }), NOW)).toBe(delayMs),
);

test('it is undefined or at least 0, whatever a server says', () => {
  const value = fc.oneof(
    fc.string({ unit: 'grapheme-ascii' }),
    fc.integer().map(String),
    fc.constantFrom('"a";r=0;t=1', 'remaining=0, reset=1', '0'),
  );
  const names = [
    'ratelimit',
    'ratelimit-policy',
    'ratelimit-reset',
    'ratelimit-remaining',
    'x-ratelimit-reset',
    'x-ratelimit-remaining',
    'date',
  ];
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(...names), value)), fc.constantFrom(200, 429, 503), (fields, status) => {
      const delayMs = quotaReset(status, new HttpHeaders(fields), NOW);
      expect(delayMs === undefined || delayMs >= 0).toBe(true);
    }),
  );
});
