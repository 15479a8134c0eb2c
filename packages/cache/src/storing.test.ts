import { HttpRequest, HttpResponse, type HttpRequestInit, type HttpResponseInit } from '@roundtripper/core';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import type { CacheMode } from './cache-options.ts';
import { PRIVATE, SHARED } from '../test/stored.ts';
import type { Rules } from './rules.ts';
import { mayStore } from './storing.ts';

const URI = 'http://example.com/a';
const AT = { wallMs: Date.UTC(2026, 0, 1), monotonicMs: 0 };
const FRESH = { 'cache-control': 'max-age=60' };

function decide(response: HttpResponseInit, request: HttpRequestInit = {}, mode: CacheMode = 'private'): string {
  const received = { request: new HttpRequest(URI, request), response: new HttpResponse(null, response), requestedAtMs: 0, receivedAt: AT };
  const decision = mayStore(received, mode === 'private' ? PRIVATE : SHARED);
  return decision.kind === 'store' ? 'store' : decision.reason;
}

const control = (text: string, more: Record<string, string> = {}): HttpResponseInit => ({ headers: { 'cache-control': text, ...more } });

test.for<[number, string]>([
  [200, 'store'],
  [203, 'store'],
  [204, 'store'],
  [206, 'content-range'],
  [416, 'status'],
  [301, 'store'],
  [302, 'store'],
  [304, 'status'],
  [307, 'store'],
  [308, 'store'],
  [404, 'store'],
  [407, 'status'],
  [410, 'store'],
  [428, 'status'],
  [429, 'status'],
  [431, 'status'],
  [499, 'store'],
  [500, 'store'],
  [511, 'status'],
  [600, 'status'],
  [999, 'status'],
  [101, 'status'],
])('status %i with max-age: %s', ([status, expected]) => expect(decide({ status, headers: FRESH })).toBe(expected));

test.for<[string, string, string]>([
  ['max-age=60', 'store', 'store'],
  ['max-age=0', 'of-no-use', 'of-no-use'],
  ['public', 'no-explicit-freshness', 'no-explicit-freshness'],
  ['', 'no-explicit-freshness', 'no-explicit-freshness'],
  ['no-store, max-age=60', 'no-store', 'no-store'],
  ['no-store=x, max-age=60', 'no-store', 'no-store'],
  ['no-cache, max-age=60', 'no-validator', 'no-validator'],
  ['max-age=0, stale-if-error=9', 'store', 'store'],
  ['no-cache="set-cookie", max-age=60', 'store', 'store'],
  ['private, max-age=60', 'store', 'private'],
  ['private="", max-age=60', 'store', 'private'],
  ['private=",", max-age=60', 'store', 'private'],
  ['private, private="x", max-age=60', 'store', 'private'],
  ['private=" authorization", max-age=60', 'store', 'store'],
  ['private="a b", max-age=60', 'store', 'private'],
  ['no-cache ="authorization", max-age=60', 'malformed-cache-control', 'malformed-cache-control'],
  ['max-age=60; no-store', 'malformed-cache-control', 'malformed-cache-control'],
  ['immutable, stale-if-error=5, x-ext="y", max-age=60', 'store', 'store'],
  ['must-understand, no-store, max-age=60', 'store', 'store'],
  ['s-maxage=60', 'no-explicit-freshness', 'store'],
])('Cache-Control: %s: %s in a private cache, %s in a shared one', ([text, inPrivate, inShared]) => {
  expect([decide(control(text)), decide(control(text), {}, 'shared')]).toEqual([inPrivate, inShared]);
});

test('must-understand keeps out statuses that are not understood', () => {
  expect(decide({ status: 499, ...control('must-understand, no-store, max-age=60') })).toBe('must-understand');
});

test.for<[string, string]>([
  ['max-age=60', 'authorization'],
  ['public, max-age=60', 'store'],
  ['s-maxage=60', 'store'],
  ['must-revalidate, max-age=60', 'store'],
  ['proxy-revalidate, max-age=60', 'authorization'],
  ['private, public, max-age=60', 'private'],
])('asked for with Authorization, a shared cache, %s: %s', ([text, expected]) => {
  expect(decide(control(text), { headers: { Authorization: 'Basic eDp5' } }, 'shared')).toBe(expected);
  const inner = new HttpRequest(URI, { headers: { Authorization: 'Basic eDp5' } });
  expect(decide({ ...control(text), request: inner }, {}, 'shared')).toBe(expected);
  if (expected === 'authorization') expect(decide(control(text), { headers: { Authorization: 'Basic eDp5' } })).toBe('store');
});

test('in a private cache credentials that were in the URL keep a response out: nothing else would tell the users apart', () => {
  const received = {
    request: new HttpRequest('http://user:secret@example.com/a'),
    response: new HttpResponse(null, { headers: FRESH, request: new HttpRequest(URI, { headers: { Authorization: 'Basic eDp5' } }) }),
    requestedAtMs: 0,
    receivedAt: AT,
  };
  expect(mayStore(received, PRIVATE)).toEqual({ kind: 'refuse', reason: 'credentials-in-url' });
});

test('Set-Cookie keeps a response out of a shared cache only', () => {
  const response = control('public, max-age=60', { 'set-cookie': 'id=1' });
  expect([decide(response), decide(response, {}, 'shared')]).toEqual(['store', 'set-cookie']);
});

test.for<[string, HttpResponseInit, HttpRequestInit, string]>([
  ['a HEAD', control('max-age=60'), { method: 'HEAD' }, 'method'],
  ['Vary: *', control('max-age=60', { vary: '*' }), {}, 'vary'],
  ['older than it may be', control('max-age=60', { age: '60' }), {}, 'of-no-use'],
  ['made long ago', control('max-age=60', { date: 'Wed, 31 Dec 2025 23:59:00 GMT' }), {}, 'of-no-use'],
  ['stale on arrival, but with a validator', control('max-age=60', { age: '60', etag: '"a"' }), {}, 'store'],
  ['a validator and nothing else', { headers: { etag: '"a"' } }, {}, 'store'],
  ['an error with a validator and nothing else', { status: 403, headers: { etag: '"a"' } }, {}, 'no-explicit-freshness'],
  ['no-cache with a validator', control('no-cache', { etag: '"a"' }), {}, 'store'],
  ['POST without Content-Location', control('max-age=60'), { method: 'POST' }, 'method'],
  ['POST of which GET would get the same', control('max-age=60', { 'content-location': '/a' }), { method: 'POST' }, 'store'],
  ['PATCH too', control('max-age=60', { 'content-location': URI }), { method: 'PATCH' }, 'store'],
  ['POST of another resource', control('max-age=60', { 'content-location': '/b' }), { method: 'POST' }, 'method'],
  ['POST without explicit freshness', { headers: { 'content-location': '/a', 'etag': '"a"' } }, { method: 'POST' }, 'method'],
  ['PUT', control('max-age=60', { 'content-location': '/a' }), { method: 'PUT' }, 'method'],
  ['QUERY', control('max-age=60'), { method: 'QUERY', body: 'q' }, 'store'],
  [
    'a part that was asked for',
    { status: 206, headers: { ...FRESH, 'content-range': 'bytes 0-4/9' } },
    { headers: { range: 'bytes=0-4' } },
    'store',
  ],
  ['a part that nobody asked for', { status: 206, headers: { ...FRESH, 'content-range': 'bytes 0-4/9' } }, {}, 'content-range'],
  [
    'a part that contradicts itself',
    { status: 206, headers: { ...FRESH, 'content-range': 'bytes 5-4/9' } },
    { headers: { range: 'bytes=0-4' } },
    'content-range',
  ],
  [
    'a part beyond the end',
    { status: 206, headers: { ...FRESH, 'content-range': 'bytes 0-9/9' } },
    { headers: { range: 'bytes=0-4' } },
    'content-range',
  ],
  ['just fresh', control('max-age=60', { age: '59' }), {}, 'store'],
  ['a redirect that was followed', { ...control('max-age=60'), redirected: true }, {}, 'another-uri'],
  ['of another URL', { ...control('max-age=60'), request: new HttpRequest('http://example.com/b') }, {}, 'another-uri'],
  ['of another origin', { ...control('max-age=60'), request: new HttpRequest('https://example.com/a') }, {}, 'another-uri'],
])('%s', ([, response, request, expected]) => expect(decide(response, request)).toBe(expected));

test('what is stored is found and aged by what was computed', () => {
  const response = new HttpResponse(null, { headers: { 'cache-control': 'max-age=60, must-revalidate', 'vary': 'accept', 'age': '7' } });
  const request = new HttpRequest(URI, { headers: { accept: 'text/plain' } });
  const receivedAt = { wallMs: AT.wallMs + 500, monotonicMs: 500 };
  const decision = mayStore({ request, response, requestedAtMs: 0, receivedAt }, SHARED);
  expect(decision).toMatchObject({
    kind: 'store',
    selecting: [['accept', 'text/plain']],
    initialAgeMs: 7_500,
    policy: { lifetimeMs: 60_000, source: 'max-age', mustRevalidate: true },
  });
});

test('what is stored has a Date, and nothing of the connection, of its age, or of what only a validated response may have', () => {
  const fields = {
    'Cache-Control': 'max-age=60, no-cache="X-Once, x-twice", private="X-Mine"',
    'Age': '1',
    'Connection': 'close, X-Hop',
    'X-Hop': '1',
    'Keep-Alive': 'x',
    'Transfer-Encoding': 'chunked',
    'X-Once': '1',
    'X-Mine': '1',
    'X-Kept': '1',
  };
  const received = {
    request: new HttpRequest(URI),
    response: new HttpResponse(null, { headers: fields }),
    requestedAtMs: 0,
    receivedAt: AT,
  };
  const namesIn = (rules: Rules): unknown => {
    const decision = mayStore(received, rules);
    return decision.kind === 'store' ? [...decision.fields.storable.keys()] : decision.reason;
  };
  expect(namesIn(PRIVATE)).toEqual(['cache-control', 'date', 'x-kept', 'x-mine']);
  expect(namesIn(SHARED)).toEqual(['cache-control', 'date', 'x-kept']);
});

test.for<[string, string]>([
  ['CDN-Cache-Control: max-age=9', 'max-age 9000'],
  ['CDN-Cache-Control: MAX-AGE=9', 'max-age 60000'],
  ['CDN-Cache-Control: no-store', 'no-store'],
  ['CDN-Cache-Control: ', 'max-age 60000'],
  ['CDN-Cache-Control: max-age=x y', 'max-age 60000'],
  ['CDN-Cache-Control: max-age="9"', 'of-no-use'],
  ['CDN-Cache-Control: max-age=9;x, foo=(a b)', 'max-age 9000'],
  ['Near: max-age=1', 'max-age 1000'],
])('RFC 9213, %s beside Cache-Control: max-age=60: %s', ([field, expected]) => {
  const [name = '', value = ''] = field.split(': ');
  const headers = { 'Cache-Control': 'max-age=60', [name]: value };
  const received = { request: new HttpRequest(URI), response: new HttpResponse(null, { headers }), requestedAtMs: 0, receivedAt: AT };
  const decision = mayStore(received, { ...SHARED, targets: ['near', 'CDN-Cache-Control'] });
  expect(decision.kind === 'store' ? `${decision.policy.source} ${decision.policy.lifetimeMs}` : decision.reason).toBe(expected);
});

test('a shared cache never stores what holds private, no-store or Set-Cookie, whatever is around it', () => {
  const part = fc.constantFrom(
    'public',
    'max-age=60',
    's-maxage=60',
    'x="a,b"',
    'must-revalidate',
    'immutable',
    ',',
    '"',
    '=',
    'max-age=x',
  );
  const bad = fc.constantFrom('private', 'private=""', 'Private="x y"', 'private, private="x"', 'no-store', 'NO-STORE');
  fc.assert(
    fc.property(fc.array(part), bad, fc.array(part), (before, forbidden, after) => {
      expect(decide(control([...before, forbidden, ...after].join(', ')), {}, 'shared')).not.toBe('store');
    }),
  );
});
