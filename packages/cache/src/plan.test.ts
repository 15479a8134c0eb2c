import { Context, HttpRequest, type HttpRequestInit } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { stored, STORED_AT, STORED_URL, type StoredChanges } from '../test/stored.ts';
import { cacheRequest, type CacheRequest } from './cache-request.ts';
import { plan } from './plan.ts';
import { viewOf } from './request-view.ts';
import type { Moment, StoredResponse } from './stored-response.ts';

const after = (seconds: number): Moment => ({ wallMs: STORED_AT + seconds * 1_000, monotonicMs: seconds * 1_000 });

function decide(init: HttpRequestInit, candidates: readonly StoredResponse[] = [stored()], seconds = 10): string {
  const decision = plan(viewOf(new HttpRequest(STORED_URL, init)), candidates, after(seconds));
  return `${decision.kind} ${decision.reason}`;
}

const control = (text: string): HttpRequestInit => ({ headers: { 'cache-control': text } });

test.for<[string, HttpRequestInit, string]>([
  ['GET', {}, 'serve fresh'],
  ['HEAD', { method: 'HEAD' }, 'serve fresh'],
  ['POST', { method: 'POST' }, 'bypass method'],
  ['QUERY', { method: 'QUERY' }, 'serve fresh'],
  ['QUERY with a body', { method: 'QUERY', body: 'x' }, 'serve fresh'],
  ['QUERY with a stream', { method: 'QUERY', body: new ReadableStream() }, 'bypass request-body'],
  ['OPTIONS', { method: 'OPTIONS' }, 'bypass method'],
  ['a method of nobody’s', { method: 'FROBNICATE' }, 'bypass method'],
  ['GET with a body', { body: 'x' }, 'bypass request-body'],
  ['Host', { headers: { host: 'other.example' } }, 'bypass request-host'],
  ['the same Host', { headers: { host: 'example.com' } }, 'serve fresh'],
  ['another host', { host: 'other.example' }, 'bypass request-host'],
  ['Range', { headers: { range: 'bytes=0-1' } }, 'serve fresh'],
  ['Range of several', { headers: { range: 'bytes=0-1,3-4' } }, 'serve fresh'],
  ['Range that cannot be read', { headers: { range: 'bytes=4-3' } }, 'serve fresh'],
  ['Range in what nobody knows', { headers: { range: 'lines=0-1' } }, 'bypass request-range'],
  ['Range of HEAD means nothing', { method: 'HEAD', headers: { range: 'lines=0-1' } }, 'serve fresh'],
  ['If-None-Match', { headers: { 'if-none-match': '"a"' } }, 'serve fresh'],
  ['If-Modified-Since', { headers: { 'if-modified-since': 'x' } }, 'serve fresh'],
  ['If-Match that holds', { headers: { 'if-match': '*' } }, 'serve fresh'],
  ['If-Match that does not: the origin says so itself', { headers: { 'if-match': '"b"' } }, 'bypass request-condition'],
  ['no-store', control('no-store'), 'bypass request-no-store'],
  ['no-cache', control('no-cache'), 'forward request-no-cache'],
  ['Pragma', { headers: { pragma: 'no-cache' } }, 'forward request-no-cache'],
  ['Pragma among others', { headers: { pragma: 'x, No-Cache' } }, 'forward request-no-cache'],
  ['another Pragma', { headers: { pragma: 'no-cache-at-all' } }, 'serve fresh'],
  ['Pragma beside Cache-Control', { headers: { 'pragma': 'no-cache', 'cache-control': 'max-age=99' } }, 'serve fresh'],
  ['malformed', control('max-age=1 0'), 'bypass request-malformed-cache-control'],
  ['max-age above its age', control('max-age=11'), 'serve fresh'],
  ['max-age of its age', control('max-age=10'), 'serve fresh'],
  ['max-age below its age', control('max-age=9'), 'forward request-max-age'],
  ['max-age=0', control('max-age=0'), 'forward request-max-age'],
  ['max-age without a number', control('max-age'), 'forward request-max-age'],
  ['a negative max-age', control('max-age=-1'), 'forward request-max-age'],
  ['max-age twice', control('max-age=99, max-age=98'), 'forward request-max-age'],
  ['min-fresh that is left', control('min-fresh=50'), 'serve fresh'],
  ['min-fresh that is not', control('min-fresh=51'), 'forward request-min-fresh'],
  ['min-fresh without a number', control('min-fresh'), 'forward request-min-fresh'],
  ['max-stale beside max-age', control('max-stale, max-age=9'), 'forward request-max-age'],
  ['only-if-cached', control('only-if-cached'), 'serve fresh'],
  ['only-if-cached and no-cache', control('only-if-cached, no-cache'), 'unsatisfiable request-no-cache'],
  ['only-if-cached and no-store', control('only-if-cached, no-store'), 'unsatisfiable request-no-store'],
  ['only-if-cached and Range', { headers: { 'cache-control': 'only-if-cached', 'range': 'lines=0-1' } }, 'unsatisfiable request-range'],
  ['only-if-cached and POST', { method: 'POST', ...control('only-if-cached') }, 'unsatisfiable method'],
])('stored 10 s ago, fresh for 60: %s', ([, init, expected]) => expect(decide(init)).toBe(expected));

test.for<[string, number, HttpRequestInit, StoredChanges, string]>([
  ['59.9 s', 59.9, {}, {}, 'serve fresh'],
  ['60 s: no longer fresh', 60, {}, {}, 'forward stale'],
  ['it came with an age', 10, {}, { initialAgeMs: 50_000 }, 'forward stale'],
  ['max-stale', 1_000, control('max-stale'), {}, 'serve stale-as-requested'],
  ['max-stale, not against the server', 1_000, control('max-stale'), { policy: { mustRevalidate: true } }, 'forward stale'],
  ['max-stale of as much', 70, control('max-stale=10'), {}, 'serve stale-as-requested'],
  ['max-stale of less', 70.1, control('max-stale=10'), {}, 'forward stale'],
  ['max-stale=0', 60, control('max-stale=0'), {}, 'serve stale-as-requested'],
  ['max-stale that cannot be read', 60, control('max-stale=x'), {}, 'forward stale'],
  ['max-stale twice', 61, control('max-stale, max-stale'), {}, 'forward stale'],
  ['min-fresh beside max-stale', 70, control('max-stale, min-fresh=1'), {}, 'forward request-min-fresh'],
  ['only-if-cached', 60, control('only-if-cached'), {}, 'unsatisfiable stale'],
  ['stale-while-revalidate', 70, {}, { policy: { staleWhileRevalidateMs: 60_000 } }, 'serve stale-while-revalidate'],
  ['max-age beside stale-while-revalidate', 70, control('max-age=99'), { policy: { staleWhileRevalidateMs: 60_000 } }, 'forward stale'],
])('at its end: %s', ([, seconds, init, changes, expected]) => expect(decide(init, [stored(changes)], seconds)).toBe(expected));

test('nothing is stored', () => {
  expect([decide({}, []), decide(control('only-if-cached'), [])]).toEqual(['forward nothing-stored', 'unsatisfiable nothing-stored']);
});

test('only what the request selects is served', () => {
  const german = stored({ selecting: [['accept-language', 'de']] });
  expect(decide({ headers: { 'accept-language': 'de' } }, [german])).toBe('serve fresh');
  expect(decide({ headers: { 'accept-language': 'en' } }, [german])).toBe('forward another-variant-stored');
  expect(decide({}, [german])).toBe('forward another-variant-stored');
});

test('of several the most recent by Date is served, and of the same second the one that came last', () => {
  const at = (seconds: number): string => new Date(STORED_AT + seconds * 1_000).toUTCString();
  const older = stored({ fields: { date: at(-1) }, receivedAtMs: STORED_AT + 9 });
  const first = stored({ fields: { date: at(0) } });
  const last = stored({ fields: { date: at(0) }, receivedAtMs: STORED_AT + 5 });
  for (const candidates of [
    [older, first, last],
    [last, first, older],
    [first, last, older],
  ]) {
    expect(plan(viewOf(new HttpRequest(STORED_URL)), candidates, after(1))).toMatchObject({ kind: 'serve', stored: last });
  }
});

test('RFC 9111 §4.1: of two that the request selects the one with Vary is served, though the other is more recent', () => {
  const at = (seconds: number): string => new Date(STORED_AT + seconds * 1_000).toUTCString();
  const french = stored({ fields: { date: at(-9), vary: 'Accept-Language' }, selecting: [['accept-language', 'fr']] });
  const standard = stored({ fields: { date: at(0) } });
  const request = new HttpRequest(STORED_URL, { headers: { 'Accept-Language': 'fr' } });
  for (const candidates of [
    [french, standard],
    [standard, french],
  ]) {
    expect(plan(viewOf(request), candidates, after(1))).toMatchObject({ kind: 'serve', stored: french });
  }
});

test('a clock that was set back keeps nothing fresh for longer', () => {
  const now = { wallMs: STORED_AT - 86_400_000, monotonicMs: 61_000 };
  expect(plan(viewOf(new HttpRequest(STORED_URL)), [stored()], now)).toMatchObject({ kind: 'forward', reason: 'stale' });
});

test('max-age=0 asks for a new one, also in the moment in which one was stored', () => {
  expect([decide(control('max-age=0'), [stored()], 0), decide(control('max-age=1'), [stored()], 0)]).toEqual([
    'forward request-max-age',
    'serve fresh',
  ]);
});

test('it changes nothing', () => {
  const one = Object.freeze(stored());
  const request = viewOf(new HttpRequest(STORED_URL));
  expect(plan(request, [one], after(1))).toEqual(plan(request, [one], after(1)));
});

const ETAG = { ETag: '"v1"' };

test.for<[string, number, HttpRequestInit, StoredChanges, string]>([
  ['stale, with a validator', 60, {}, { fields: ETAG }, 'revalidate stale'],
  ['stale, within stale-while-revalidate', 70, {}, { policy: { staleWhileRevalidateMs: 10_000 } }, 'serve stale-while-revalidate'],
  ['beyond it', 70.1, {}, { policy: { staleWhileRevalidateMs: 10_000 } }, 'forward stale'],
  ['within it, against must-revalidate', 70, {}, { policy: { staleWhileRevalidateMs: 10_000, mustRevalidate: true } }, 'forward stale'],
  [
    'within it, and nothing may be sent',
    70,
    control('only-if-cached'),
    { policy: { staleWhileRevalidateMs: 10_000 } },
    'unsatisfiable stale',
  ],
  ['made stale before its time', 1, {}, { isInvalidated: true, fields: ETAG }, 'revalidate invalidated'],
  ['no-cache in the response', 1, {}, { policy: { isAlwaysValidated: true }, fields: ETAG }, 'revalidate response-no-cache'],
  ['no-cache in the request', 1, control('no-cache'), { fields: ETAG }, 'revalidate request-no-cache'],
  ['RFC 8246: a reload of what is immutable', 1, control('max-age=0'), { policy: { isImmutable: true } }, 'serve fresh'],
  ['but not once it is stale', 60, control('max-age=0'), { policy: { isImmutable: true } }, 'forward request-max-age'],
  ['nor by force', 1, control('no-cache'), { policy: { isImmutable: true } }, 'forward request-no-cache'],
  ['If-Match on what is stale', 60, { headers: { 'if-match': '"v1"' } }, { fields: ETAG }, 'bypass request-condition'],
  ['a part, and the whole is wanted', 1, {}, { part: { start: 0, total: 20 }, fields: ETAG }, 'complete a-part-stored'],
  ['a part without a strong validator', 1, {}, { part: { start: 0, total: 20 }, fields: { ETag: 'W/"v1"' } }, 'forward a-part-stored'],
  ['a part of nobody knows how much', 1, {}, { part: { start: 0, total: undefined }, fields: ETAG }, 'forward a-part-stored'],
  ['a part from the middle', 1, {}, { part: { start: 5, total: 20 }, fields: ETAG }, 'forward a-part-stored'],
  ['a part that has the range', 1, { headers: { range: 'bytes=3-9' } }, { part: { start: 0, total: 20 } }, 'serve fresh'],
  ['a part that has not all of it', 1, { headers: { range: 'bytes=3-10' } }, { part: { start: 0, total: 20 } }, 'forward a-part-stored'],
  [
    'a part, for another representation',
    1,
    { headers: { 'range': 'bytes=3-9', 'if-range': '"v0"' } },
    { part: { start: 0, total: 20 }, fields: ETAG },
    'forward a-part-stored',
  ],
])('%s', ([, seconds, init, changes, expected]) => expect(decide(init, [stored(changes)], seconds)).toBe(expected));

test.for<[CacheRequest, number, string]>([
  [{ mode: 'default' }, 10, 'serve fresh'],
  [{ mode: 'no-store' }, 10, 'bypass request-no-store'],
  [{ mode: 'reload' }, 10, 'forward request-reload'],
  [{ mode: 'no-cache' }, 10, 'forward request-no-cache'],
  [{ mode: 'force-cache' }, 1_000, 'serve forced'],
  [{ mode: 'only-if-cached' }, 10, 'serve fresh'],
  [{ mode: 'only-if-cached' }, 60, 'unsatisfiable stale'],
])('a request that says %o of what is %i s old', ([request, seconds, expected]) => {
  expect(decide({ context: Context.empty.with(cacheRequest, request) }, [stored()], seconds)).toBe(expected);
});

test('RFC 9111 §4.3.1: all that is selected is asked about, and on a miss what is stored for others, by strong tags only', () => {
  const chosen = stored({ fields: ETAG, receivedAtMs: STORED_AT + 1 });
  const other = stored({ fields: { ETag: 'W/"v2"' } });
  const none = stored();
  expect(plan(viewOf(new HttpRequest(STORED_URL)), [none, other, chosen], after(61))).toMatchObject({
    kind: 'revalidate',
    asked: [chosen, other],
  });
  const german = stored({ fields: ETAG, selecting: [['accept-language', 'de']] });
  const weak = stored({ fields: { ETag: 'W/"x"' }, selecting: [['accept-language', 'fr']] });
  const of = (selecting: StoredResponse['selecting']): StoredResponse => stored({ fields: { ETag: '"u"' }, selecting });
  const candidates = [german, weak, of([['authorization', 'digest']])];
  expect(plan(viewOf(new HttpRequest(STORED_URL)), candidates, after(1))).toMatchObject({
    kind: 'revalidate',
    asked: [german],
    forwarded: 'vary-miss',
  });
});
