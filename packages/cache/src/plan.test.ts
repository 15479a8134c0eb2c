import { HttpHeaders, HttpRequest, type HttpRequestInit } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { plan } from './plan.ts';
import type { Moment, StoredResponse } from './stored-response.ts';

const NOW = Date.UTC(2026, 0, 1);
const URI = 'http://example.com/a';
/** Stored at 0, fresh for 60 s. */
const stored = (changes: Partial<StoredResponse> = {}): StoredResponse => ({
  uri: URI,
  selecting: [],
  status: 200,
  statusText: 'OK',
  proto: 'HTTP/1.1',
  headers: new HttpHeaders(),
  body: new Uint8Array(0),
  dateMs: NOW,
  receivedAt: { wallMs: NOW, monotonicMs: 0 },
  initialAgeMs: 0,
  lifetimeMs: 60_000,
  mayBeServedStale: true,
  ...changes,
});
const after = (seconds: number): Moment => ({ wallMs: NOW + seconds * 1_000, monotonicMs: seconds * 1_000 });

function decide(init: HttpRequestInit, candidates: readonly StoredResponse[] = [stored()], seconds = 10): string {
  const decision = plan(new HttpRequest(URI, init), candidates, after(seconds));
  return decision.kind === 'forward' ? `${decision.cacheStatus} ${decision.detail}` : `${decision.kind} ${decision.detail}`;
}

const control = (text: string): HttpRequestInit => ({ headers: { 'cache-control': text } });

test.for<[string, HttpRequestInit, string]>([
  ['GET', {}, 'serve fresh'],
  ['HEAD', { method: 'HEAD' }, 'serve fresh'],
  ['POST', { method: 'POST' }, 'bypass method'],
  ['QUERY', { method: 'QUERY' }, 'bypass method'],
  ['OPTIONS', { method: 'OPTIONS' }, 'bypass method'],
  ['a method of nobody’s', { method: 'FROBNICATE' }, 'bypass method'],
  ['GET with a body', { body: 'x' }, 'bypass request-body'],
  ['Host', { headers: { host: 'other.example' } }, 'bypass request-host'],
  ['the same Host', { headers: { host: 'example.com' } }, 'serve fresh'],
  ['another host', { host: 'other.example' }, 'bypass request-host'],
  ['Range', { headers: { range: 'bytes=0-1' } }, 'bypass request-range'],
  ['If-None-Match', { headers: { 'if-none-match': '"a"' } }, 'bypass request-conditional'],
  ['If-Modified-Since', { headers: { 'if-modified-since': 'x' } }, 'bypass request-conditional'],
  ['If-Match', { headers: { 'if-match': '*' } }, 'bypass request-conditional'],
  ['no-store', control('no-store'), 'bypass request-no-store'],
  ['no-cache', control('no-cache'), 'miss request-no-cache'],
  ['Pragma', { headers: { pragma: 'no-cache' } }, 'miss request-no-cache'],
  ['Pragma among others', { headers: { pragma: 'x, No-Cache' } }, 'miss request-no-cache'],
  ['another Pragma', { headers: { pragma: 'no-cache-at-all' } }, 'serve fresh'],
  ['Pragma beside Cache-Control', { headers: { 'pragma': 'no-cache', 'cache-control': 'max-age=99' } }, 'serve fresh'],
  ['malformed', control('max-age=1 0'), 'bypass request-malformed-cache-control'],
  ['max-age above its age', control('max-age=11'), 'serve fresh'],
  ['max-age of its age', control('max-age=10'), 'serve fresh'],
  ['max-age below its age', control('max-age=9'), 'miss request-max-age'],
  ['max-age=0', control('max-age=0'), 'miss request-max-age'],
  ['max-age without a number', control('max-age'), 'miss request-max-age'],
  ['a negative max-age', control('max-age=-1'), 'miss request-max-age'],
  ['max-age twice', control('max-age=99, max-age=99'), 'miss request-max-age'],
  ['min-fresh that is left', control('min-fresh=50'), 'serve fresh'],
  ['min-fresh that is not', control('min-fresh=51'), 'miss request-min-fresh'],
  ['min-fresh without a number', control('min-fresh'), 'miss request-min-fresh'],
  ['max-stale beside max-age', control('max-stale, max-age=9'), 'miss request-max-age'],
  ['only-if-cached', control('only-if-cached'), 'serve fresh'],
  ['only-if-cached and no-cache', control('only-if-cached, no-cache'), 'unsatisfiable request-no-cache'],
  ['only-if-cached and no-store', control('only-if-cached, no-store'), 'unsatisfiable request-no-store'],
  ['only-if-cached and Range', { headers: { 'cache-control': 'only-if-cached', 'range': 'bytes=0-1' } }, 'unsatisfiable request-range'],
  ['only-if-cached and POST', { method: 'POST', ...control('only-if-cached') }, 'bypass method'],
])('stored 10 s ago, fresh for 60: %s', ([, init, expected]) => expect(decide(init)).toBe(expected));

test.for<[string, number, HttpRequestInit, Partial<StoredResponse>, string]>([
  ['59.9 s', 59.9, {}, {}, 'serve fresh'],
  ['60 s: no longer fresh', 60, {}, {}, 'miss stale'],
  ['it came with an age', 10, {}, { initialAgeMs: 50_000 }, 'miss stale'],
  ['max-stale', 1_000, control('max-stale'), {}, 'serve stale-as-requested'],
  ['max-stale, not against the server', 1_000, control('max-stale'), { mayBeServedStale: false }, 'miss stale'],
  ['max-stale of as much', 70, control('max-stale=10'), {}, 'serve stale-as-requested'],
  ['max-stale of less', 70.1, control('max-stale=10'), {}, 'miss stale'],
  ['max-stale=0', 60, control('max-stale=0'), {}, 'serve stale-as-requested'],
  ['max-stale that cannot be read', 60, control('max-stale=x'), {}, 'miss stale'],
  ['max-stale twice', 61, control('max-stale, max-stale'), {}, 'miss stale'],
  ['min-fresh beside max-stale', 70, control('max-stale, min-fresh=1'), {}, 'miss request-min-fresh'],
  ['only-if-cached', 60, control('only-if-cached'), {}, 'unsatisfiable stale'],
])('at its end: %s', ([, seconds, init, changes, expected]) => expect(decide(init, [stored(changes)], seconds)).toBe(expected));

test('nothing is stored', () => {
  expect([decide({}, []), decide(control('only-if-cached'), [])]).toEqual(['miss nothing-stored', 'unsatisfiable nothing-stored']);
});

test('only what the request selects is served', () => {
  const german = stored({ selecting: [['accept-language', 'de']] });
  expect(decide({ headers: { 'accept-language': 'de' } }, [german])).toBe('serve fresh');
  expect(decide({ headers: { 'accept-language': 'en' } }, [german])).toBe('miss another-variant-stored');
  expect(decide({}, [german])).toBe('miss another-variant-stored');
});

test('of several the most recent by Date is served, and of the same second the one that came last', () => {
  const older = stored({ dateMs: NOW - 1_000, receivedAt: { wallMs: NOW, monotonicMs: 9 } });
  const first = stored();
  const last = stored({ receivedAt: { wallMs: NOW, monotonicMs: 5 } });
  for (const candidates of [
    [older, first, last],
    [last, first, older],
    [first, last, older],
  ]) {
    expect(plan(new HttpRequest(URI), candidates, after(1))).toMatchObject({ kind: 'serve', stored: last });
  }
});

test('a clock that was set back keeps nothing fresh for longer', () => {
  const now = { wallMs: NOW - 86_400_000, monotonicMs: 61_000 };
  expect(plan(new HttpRequest(URI), [stored()], now)).toMatchObject({ kind: 'forward', detail: 'stale' });
});

test('max-age=0 asks for a new one, also in the moment in which one was stored', () => {
  expect([decide(control('max-age=0'), [stored()], 0), decide(control('max-age=1'), [stored()], 0)]).toEqual([
    'miss request-max-age',
    'serve fresh',
  ]);
});

test('it changes nothing', () => {
  const one = Object.freeze(stored());
  const request = new HttpRequest(URI);
  expect(plan(request, [one], after(1))).toEqual(plan(request, [one], after(1)));
});
