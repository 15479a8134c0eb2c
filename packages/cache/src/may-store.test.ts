import { HttpRequest, HttpResponse, type HttpRequestInit, type HttpResponseInit } from '@roundtripper/core';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import type { CacheMode } from './cache-options.ts';
import { mayStore } from './may-store.ts';

const URI = 'http://example.com/a';
const AT = { wallMs: Date.UTC(2026, 0, 1), monotonicMs: 0 };
const FRESH = { 'cache-control': 'max-age=60' };

function decide(response: HttpResponseInit, request: HttpRequestInit = {}, mode: CacheMode = 'private'): string {
  const received = { request: new HttpRequest(URI, request), response: new HttpResponse(null, response), requestedAt: AT, receivedAt: AT };
  const decision = mayStore(received, mode);
  return decision.kind === 'store' ? 'store' : decision.reason;
}

const control = (text: string, more: Record<string, string> = {}): HttpResponseInit => ({ headers: { 'cache-control': text, ...more } });

test.for<[number, string]>([
  [200, 'store'],
  [203, 'store'],
  [204, 'store'],
  [206, 'status'],
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
  ['max-age=0', 'stale-on-arrival', 'stale-on-arrival'],
  ['public', 'no-explicit-freshness', 'no-explicit-freshness'],
  ['', 'no-explicit-freshness', 'no-explicit-freshness'],
  ['no-store, max-age=60', 'no-store', 'no-store'],
  ['no-store=x, max-age=60', 'no-store', 'no-store'],
  ['no-cache, max-age=60', 'no-cache', 'no-cache'],
  ['no-cache="set-cookie", max-age=60', 'no-cache', 'no-cache'],
  ['private, max-age=60', 'store', 'private'],
  ['private="", max-age=60', 'store', 'private'],
  ['private=",", max-age=60', 'store', 'private'],
  ['private, private="x", max-age=60', 'store', 'private'],
  ['private=" authorization", max-age=60', 'store', 'private'],
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
    requestedAt: AT,
    receivedAt: AT,
  };
  expect(mayStore(received, 'private')).toEqual({ kind: 'refuse', reason: 'credentials-in-url' });
});

test('Set-Cookie keeps a response out of a shared cache only', () => {
  const response = control('public, max-age=60', { 'set-cookie': 'id=1' });
  expect([decide(response), decide(response, {}, 'shared')]).toEqual(['store', 'set-cookie']);
});

test.for<[string, HttpResponseInit, HttpRequestInit, string]>([
  ['a HEAD', control('max-age=60'), { method: 'HEAD' }, 'method'],
  ['Vary: *', control('max-age=60', { vary: '*' }), {}, 'vary'],
  ['older than it may be', control('max-age=60', { age: '60' }), {}, 'stale-on-arrival'],
  ['made long ago', control('max-age=60', { date: 'Wed, 31 Dec 2025 23:59:00 GMT' }), {}, 'stale-on-arrival'],
  ['just fresh', control('max-age=60', { age: '59' }), {}, 'store'],
  ['a redirect that was followed', { ...control('max-age=60'), redirected: true }, {}, 'another-uri'],
  ['of another URL', { ...control('max-age=60'), request: new HttpRequest('http://example.com/b') }, {}, 'another-uri'],
  ['of another origin', { ...control('max-age=60'), request: new HttpRequest('https://example.com/a') }, {}, 'another-uri'],
])('%s', ([, response, request, expected]) => expect(decide(response, request)).toBe(expected));

test('what is stored is found and aged by what was computed', () => {
  const response = new HttpResponse(null, { headers: { 'cache-control': 'max-age=60, must-revalidate', 'vary': 'accept', 'age': '7' } });
  const request = new HttpRequest(URI, { headers: { accept: 'text/plain' } });
  const receivedAt = { wallMs: AT.wallMs + 500, monotonicMs: 500 };
  expect(mayStore({ request, response, requestedAt: AT, receivedAt }, 'shared')).toEqual({
    kind: 'store',
    selecting: [['accept', 'text/plain']],
    initialAgeMs: 7_500,
    lifetimeMs: 60_000,
    mayBeServedStale: false,
  });
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
  const bad = fc.constantFrom('private', 'private="x"', 'Private=x', 'no-store', 'NO-STORE');
  fc.assert(
    fc.property(fc.array(part), bad, fc.array(part), (before, forbidden, after) => {
      expect(decide(control([...before, forbidden, ...after].join(', ')), {}, 'shared')).not.toBe('store');
    }),
  );
});
