import { HttpHeaders } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { parseCacheControl } from './cache-control.ts';
import type { CacheMode } from './cache-options.ts';
import { freshness, mayBeServedStale } from './freshness.ts';

const NOW = Date.UTC(2026, 0, 1);
const at = (seconds: number): string => new Date(NOW + seconds * 1_000).toUTCString();

interface Row {
  readonly fact: string;
  readonly fields: Record<string, string | string[]>;
  readonly seconds: number | undefined;
  readonly mode?: CacheMode;
}

test.for<Row>([
  { fact: 'nothing said is nothing known', fields: { 'date': at(0), 'last-modified': at(-9_999) }, seconds: undefined },
  { fact: 'public is no lifetime', fields: { 'cache-control': 'public' }, seconds: undefined },
  { fact: 'max-age', fields: { 'cache-control': 'max-age=60' }, seconds: 60 },
  { fact: 'max-age wins over Expires', fields: { 'cache-control': 'max-age=60', 'expires': at(9) }, seconds: 60 },
  { fact: 'also when it cannot be read', fields: { 'cache-control': 'max-age=x', 'expires': at(9) }, seconds: 0 },
  { fact: 'max-age twice is stale', fields: { 'cache-control': ['max-age=60', 'max-age=60'] }, seconds: 0 },
  { fact: 'a negative max-age is stale', fields: { 'cache-control': 'max-age=-1' }, seconds: 0 },
  { fact: 'a huge max-age is 68 years', fields: { 'cache-control': `max-age=${'9'.repeat(400)}` }, seconds: 2 ** 31 },
  { fact: 's-maxage is not for a private cache', fields: { 'cache-control': 's-maxage=5, max-age=60' }, seconds: 60 },
  { fact: 'only s-maxage says nothing to it', fields: { 'cache-control': 's-maxage=5' }, seconds: undefined },
  { fact: 's-maxage wins in a shared one', fields: { 'cache-control': 'max-age=60, s-maxage=5' }, mode: 'shared', seconds: 5 },
  { fact: 's-maxage=0 too', fields: { 'cache-control': 'max-age=60, s-maxage=0' }, mode: 'shared', seconds: 0 },
  { fact: 'and one that cannot be read', fields: { 'cache-control': 'max-age=60, s-maxage' }, mode: 'shared', seconds: 0 },
  { fact: 'Expires counts from Date', fields: { expires: at(100), date: at(40) }, seconds: 60 },
  { fact: 'for want of Date from now', fields: { expires: at(100) }, seconds: 100 },
  { fact: 'so it does from a Date that is none', fields: { expires: at(100), date: 'yesterday' }, seconds: 100 },
  { fact: 'Expires before Date is stale', fields: { expires: at(1), date: at(40) }, seconds: 0 },
  { fact: 'Expires: 0 is stale', fields: { expires: '0' }, seconds: 0 },
  { fact: 'Expires: -1 is stale', fields: { expires: '-1' }, seconds: 0 },
  { fact: 'an empty Expires is stale', fields: { expires: '' }, seconds: 0 },
  { fact: 'Expires in another zone is stale', fields: { expires: at(100).replace('GMT', 'CET') }, seconds: 0 },
  { fact: 'Expires twice and not the same is stale', fields: { expires: [at(100), at(200)] }, seconds: 0 },
  { fact: 'Expires twice and the same', fields: { expires: [at(100), at(100)] }, seconds: 100 },
])('$fact', ({ fields, seconds, mode = 'private' }) => {
  const headers = new HttpHeaders(fields);
  expect(freshness(headers, parseCacheControl(headers), mode, NOW)).toEqual(
    seconds === undefined ? { kind: 'none' } : { kind: 'explicit', lifetimeMs: seconds * 1_000 },
  );
});

test.for<[string, boolean, boolean]>([
  ['max-age=1', true, true],
  ['must-revalidate', false, false],
  ['proxy-revalidate', true, false],
  ['s-maxage=1', true, false],
])('%s: may be served stale in a private cache: %s, in a shared one: %s', ([text, inPrivate, inShared]) => {
  const control = parseCacheControl(new HttpHeaders({ 'cache-control': text }));
  expect([mayBeServedStale(control, 'private'), mayBeServedStale(control, 'shared')]).toEqual([inPrivate, inShared]);
});
