import { HttpHeaders } from '@roundtripper/core';
import { expect, test } from 'vitest';

import type { CacheMode } from './cache-options.ts';
import { PRIVATE, SHARED } from '../test/stored.ts';
import { freshness, policyOf } from './freshness.ts';
import { responseFields } from './response-fields.ts';
import { responseControl } from './targeted-cache-control.ts';

const NOW = Date.UTC(2026, 0, 1);
const at = (seconds: number): string => new Date(NOW + seconds * 1_000).toUTCString();

interface Row {
  readonly fact: string;
  readonly fields: Record<string, string | string[]>;
  readonly seconds: number | undefined;
  readonly mode?: CacheMode;
  readonly status?: number;
}

test.for<Row>([
  { fact: 'nothing said is nothing known', fields: { date: at(0) }, seconds: undefined },
  { fact: 'public is no lifetime', fields: { 'cache-control': 'public' }, seconds: undefined },
  { fact: 'max-age', fields: { 'cache-control': 'max-age=60' }, seconds: 60 },
  { fact: 'max-age wins over Expires', fields: { 'cache-control': 'max-age=60', 'expires': at(9) }, seconds: 60 },
  { fact: 'also when it cannot be read', fields: { 'cache-control': 'max-age=x', 'expires': at(9) }, seconds: 0 },
  { fact: 'max-age twice and the same', fields: { 'cache-control': ['max-age=60', 'max-age=60'] }, seconds: 60 },
  { fact: 'max-age twice and not the same is stale', fields: { 'cache-control': ['max-age=60', 'max-age=61'] }, seconds: 0 },
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
  { fact: 'Expires in any case', fields: { expires: at(100).toLowerCase() }, seconds: 100 },
  { fact: 'a tenth of the time since Last-Modified', fields: { 'date': at(0), 'last-modified': at(-1_000) }, seconds: 100 },
  { fact: 'a day at most', fields: { 'date': at(0), 'last-modified': at(-99_999_999) }, seconds: 86_400 },
  { fact: 'a Last-Modified of the future is no guess', fields: { 'date': at(0), 'last-modified': at(10) }, seconds: undefined },
  { fact: 'nor is one that is no date', fields: { 'date': at(0), 'last-modified': '0' }, seconds: undefined },
  {
    fact: 'no guess where its status does not allow one',
    fields: { 'date': at(0), 'last-modified': at(-1_000) },
    status: 302,
    seconds: undefined,
  },
  {
    fact: 'but where the server calls it public',
    fields: { 'cache-control': 'public', 'last-modified': at(-1_000) },
    status: 302,
    seconds: 100,
  },
])('$fact', ({ fields, seconds, status = 200, mode = 'private' }) => {
  const headers = new HttpHeaders(fields);
  const directives = responseControl(headers, []);
  const { lifetimeMs, source } = freshness(
    { status, fields: responseFields(headers), directives, nowMs: NOW },
    mode === 'private' ? PRIVATE : SHARED,
  );
  expect([lifetimeMs, source === 'none']).toEqual([(seconds ?? 0) * 1_000, seconds === undefined]);
});

test.for<[string, boolean, boolean]>([
  ['max-age=1', false, false],
  ['must-revalidate', true, true],
  ['proxy-revalidate', false, true],
  ['s-maxage=1', false, true],
])('%s: never stale in a private cache: %s, in a shared one: %s', ([text, inPrivate, inShared]) => {
  const headers = new HttpHeaders({ 'cache-control': text });
  const facts = { status: 200, fields: responseFields(headers), directives: responseControl(headers, []), nowMs: NOW };
  expect([policyOf(facts, PRIVATE).mustRevalidate, policyOf(facts, SHARED).mustRevalidate]).toEqual([inPrivate, inShared]);
});

test('the windows of RFC 5861, in seconds; what cannot be read is none', () => {
  const headers = new HttpHeaders({ 'cache-control': 'max-age=1, stale-while-revalidate=5, stale-if-error="7", immutable' });
  const policy = policyOf({ status: 200, fields: responseFields(headers), directives: responseControl(headers, []), nowMs: NOW }, PRIVATE);
  expect(policy).toMatchObject({ staleWhileRevalidateMs: 5_000, staleIfErrorMs: 7_000, isImmutable: true });
  const unreadable = new HttpHeaders({ 'cache-control': 'stale-while-revalidate=x, stale-if-error' });
  const facts = { status: 200, fields: responseFields(unreadable), directives: responseControl(unreadable, []), nowMs: NOW };
  expect(policyOf(facts, PRIVATE)).toMatchObject({ staleWhileRevalidateMs: 0, staleIfErrorMs: 0 });
});
