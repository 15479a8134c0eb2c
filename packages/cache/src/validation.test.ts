import { RoundTripError, type HttpHeaders, type HttpRequestInit } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { never, origin, setUp, told, type Scripted } from '../test/set-up.ts';
import { cacheStatus } from './index.ts';

const ETAG = { 'Cache-Control': 'max-age=1', 'ETag': '"a"' };
const fieldsOf = (headers: HttpHeaders | undefined, ...names: string[]): (string | null)[] =>
  names.map((name) => headers?.get(name) ?? null);
const headers = (fields: Record<string, string>): HttpRequestInit => ({ headers: fields });

test.for<[string, Record<string, string>, (string | null)[]]>([
  ['by its tag', { ETag: '"a"' }, ['"a"', null]],
  ['by a weak tag', { ETag: 'W/"a"' }, ['W/"a"', null]],
  ['by a tag without quotes', { ETag: 'a' }, ['a', null]],
  ['by its date', { 'Last-Modified': 'Wed, 31 Dec 2025 00:00:00 GMT' }, [null, 'Wed, 31 Dec 2025 00:00:00 GMT']],
  ['by both', { 'ETag': '"a"', 'Last-Modified': 'Wed, 31 Dec 2025 00:00:00 GMT' }, ['"a"', 'Wed, 31 Dec 2025 00:00:00 GMT']],
  ['not by a date that is none', { 'ETag': '"a"', 'Last-Modified': 'yesterday' }, ['"a"', null]],
])('RFC 9111 §4.3.1: what is stale is asked about %s', async ([, fields, expected]) => {
  const next = origin(
    { headers: { 'Cache-Control': 'max-age=1', ...fields }, body: 'x' },
    { status: 304, headers: { 'Cache-Control': 'max-age=60' } },
  );
  const { clock, send, decisions } = setUp(next);
  await (await send()).text();
  await clock.advance(2_000);
  const response = await send();
  expect([await response.text(), response.status, response.context.get(cacheStatus)]).toEqual(['x', 200, 'revalidated']);
  expect(fieldsOf(next.requests[1]?.headers, 'if-none-match', 'if-modified-since')).toEqual(expected);
  expect(response.headers.get('cache-status')).toBe('roundtripper; fwd=stale; fwd-status=304; ttl=60');
  expect(await (await send()).text()).toBe('x');
  expect([next.requests.length, decisions]).toEqual([
    2,
    ['miss nothing-stored', 'stored complete', 'miss stale', 'revalidated stale', 'hit fresh'],
  ]);
});

test('RFC 9111 §3.2: a 304 replaces and adds fields, but none that describe its own message or how the body is coded', async () => {
  const stored = {
    ...ETAG,
    'X-Old': '1',
    'X-Both': '1',
    'Content-Type': 'text/plain',
    'Content-Length': '1',
    'Content-Encoding': 'identity',
  };
  const update = {
    'Cache-Control': 'max-age=60',
    'ETag': '"a"',
    'X-Both': '2',
    'X-New': '2',
    'Content-Length': '99',
    'Content-Encoding': 'gzip',
    'Content-Range': 'bytes 0-1/2',
    'Connection': 'X-Hop',
    'X-Hop': '2',
    'Transfer-Encoding': 'chunked',
    'Date': 'Thu, 01 Jan 2026 00:00:02 GMT',
  };
  const next = origin({ headers: stored, body: 'x' }, { status: 304, headers: update });
  const { clock, send } = setUp(next);
  await (await send()).text();
  await clock.advance(2_000);
  await (await send()).text();
  const hit = await send();
  const names = [
    'x-old',
    'x-both',
    'x-new',
    'content-type',
    'content-length',
    'content-encoding',
    'content-range',
    'x-hop',
    'transfer-encoding',
    'date',
    'cache-control',
  ];
  expect(fieldsOf(hit.headers, ...names)).toEqual([
    '1',
    '2',
    '2',
    'text/plain',
    '1',
    'identity',
    null,
    null,
    null,
    update.Date,
    'max-age=60',
  ]);
  await hit.dispose();
});

test.for<[string, Scripted, string[]]>([
  ['another tag', { status: 304, headers: { ETag: '"b"' } }, ['y', 'miss']],
  ['a 304 that forbids to store it', { status: 304, headers: { 'ETag': '"a"', 'Cache-Control': 'no-store' } }, ['y', 'miss']],
  ['a 304 that cannot be read', { status: 304, headers: { 'ETag': '"a"', 'Cache-Control': 'max-age=1 0' } }, ['y', 'miss']],
  ['a 304 that varies on everything', { status: 304, headers: { ETag: '"a"', Vary: '*' } }, ['y', 'miss']],
  ['a new response', { headers: ETAG, body: 'y' }, ['y', 'miss']],
])('answered by %s, the whole is what counts', async ([, answer, expected]) => {
  const next = origin({ headers: ETAG, body: 'x' }, answer, { headers: ETAG, body: 'y' });
  const { clock, send } = setUp(next);
  await (await send()).text();
  await clock.advance(2_000);
  const response = await send();
  expect([await response.text(), response.context.get(cacheStatus)]).toEqual(expected);
  expect(fieldsOf(next.requests.at(-1)?.headers, 'if-none-match')).toEqual([next.requests.length === 3 ? null : '"a"']);
});

test('a 304 for another variant is that variant’s: strong tags of all that is stored are sent, but no user’s for another', async () => {
  const variant = (request: { headers: HttpHeaders }): Scripted => {
    const ifNoneMatch = request.headers.get('if-none-match') ?? '';
    if (ifNoneMatch.includes('"de"')) return { status: 304, headers: { ETag: '"de"' } };
    return { headers: { 'Cache-Control': 'max-age=60', 'Vary': 'Accept-Language', 'ETag': '"de"' }, body: 'Hallo' };
  };
  const next = origin(variant);
  const { send } = setUp(next);
  await (await send(headers({ 'Accept-Language': 'de' }))).text();
  const other = await send(headers({ 'Accept-Language': 'de-AT' }));
  expect([await other.text(), other.context.get(cacheStatus), next.requests[1]?.headers.get('if-none-match')]).toEqual([
    'Hallo',
    'revalidated',
    '"de"',
  ]);
  await (await send(headers({ 'Accept-Language': 'fr', 'Authorization': 'me' }))).text();
  expect(next.requests[2]?.headers.get('if-none-match')).toBe('"de"');

  const nextOfUsers = origin(variant);
  const users = setUp(nextOfUsers);
  await (await users.send(headers({ 'Accept-Language': 'de', 'Authorization': 'me' }))).text();
  await (await users.send(headers({ 'Accept-Language': 'fr', 'Authorization': 'you' }))).text();
  await (await users.send(headers({ 'Accept-Language': 'fr' }))).text();
  expect(nextOfUsers.requests.map((request) => request.headers.get('if-none-match'))).toEqual([null, null, null]);
});

test.for<[string, Record<string, string>, number]>([
  ['its tag', { 'If-None-Match': '"a"' }, 304],
  ['its tag, weakly', { 'If-None-Match': 'W/"a"' }, 304],
  ['its tag among others', { 'If-None-Match': '"x, y", W/"z" , "a"' }, 304],
  ['any tag', { 'If-None-Match': '*' }, 304],
  ['another tag', { 'If-None-Match': '"b"' }, 200],
  ['what is no list from there on', { 'If-None-Match': '"x, "a", y"' }, 200],
  ['its date', { 'If-Modified-Since': 'Wed, 31 Dec 2025 00:00:00 GMT' }, 304],
  ['a later date', { 'If-Modified-Since': 'Wed, 31 Dec 2025 00:00:01 GMT' }, 304],
  ['an earlier date', { 'If-Modified-Since': 'Tue, 30 Dec 2025 00:00:00 GMT' }, 200],
  ['a date that is none', { 'If-Modified-Since': '2025-12-31' }, 200],
  [
    'a tag that is not, and a date that is: the tag counts',
    { 'If-None-Match': '"b"', 'If-Modified-Since': 'Wed, 31 Dec 2025 00:00:00 GMT' },
    200,
  ],
])('RFC 9111 §4.3.2: the caller’s own condition is answered from what is fresh: %s', async ([, condition, status]) => {
  const fields = {
    'Cache-Control': 'max-age=60',
    'ETag': '"a"',
    'Last-Modified': 'Wed, 31 Dec 2025 00:00:00 GMT',
    'Content-Type': 'text/plain',
    'X-A': '1',
  };
  const next = origin({ headers: fields, body: 'x' });
  const { send } = setUp(next);
  await (await send()).text();
  const response = await send(headers(condition));
  expect([response.status, await response.text(), next.requests.length]).toEqual([status, status === 304 ? '' : 'x', 1]);
  expect(fieldsOf(response.headers, 'etag', 'x-a', 'content-type')).toEqual([
    '"a"',
    ...(status === 304 ? [null, null] : ['1', 'text/plain']),
  ]);
});

test('a condition is nothing to a response that is no success without it (RFC 9110 §13.2.1)', async () => {
  const next = origin({ status: 404, headers: { 'Cache-Control': 'max-age=60', 'ETag': '"a"' }, body: 'x' });
  const { send } = setUp(next);
  await (await send()).text();
  expect((await send(headers({ 'If-None-Match': '"a"' }))).status).toBe(404);
});

test('the caller’s condition goes along where nothing is stored, and the 304 is the caller’s', async () => {
  const next = origin({ status: 304, headers: { ETag: '"mine"' } });
  const { send, httpCache } = setUp(next);
  const response = await send(headers({ 'If-None-Match': '"mine"', 'If-Modified-Since': 'x' }));
  expect([response.status, fieldsOf(next.requests[0]?.headers, 'if-none-match', 'if-modified-since')]).toEqual([304, ['"mine"', 'x']]);
  expect((await httpCache.stats()).entries).toBe(0);
});

test('its tags and those of what is stale are asked about together: each 304 is for whom it names', async () => {
  const next = origin(
    { headers: ETAG, body: 'x' },
    { status: 304, headers: { ETag: '"mine"' } },
    { status: 304, headers: { 'ETag': '"a"', 'Cache-Control': 'max-age=60' } },
  );
  const { clock, send } = setUp(next);
  await (await send()).text();
  await clock.advance(2_000);
  expect((await send(headers({ 'If-None-Match': '"mine"' }))).status).toBe(304);
  expect(next.requests[1]?.headers.get('if-none-match')).toBe('"a", "mine"');
  const response = await send(headers({ 'If-None-Match': '"mine"' }));
  expect([response.status, await response.text(), response.context.get(cacheStatus)]).toEqual([200, 'x', 'revalidated']);
});

test.for<[string, Record<string, string>, number, string[]]>([
  ['the same tag: what is stored is freshened', { 'ETag': '"a"', 'Cache-Control': 'max-age=60', 'X-New': '1' }, 200, ['hit', '1']],
  ['another tag: it is validated', { ETag: '"b"' }, 200, ['revalidated', '']],
  ['another length: it is validated', { 'Content-Length': '2' }, 200, ['revalidated', '']],
  ['gone', {}, 410, ['revalidated', '']],
  ['an error says nothing', { ETag: '"b"' }, 503, ['hit', '']],
])('RFC 9111 §4.3.5: a HEAD says %s', async ([, fields, status, expected]) => {
  const long = { ...ETAG, 'Cache-Control': 'max-age=30' };
  const next = origin({ headers: long, body: 'x' }, { status, headers: fields }, { status: 304, headers: { ETag: '"a"' } });
  const { clock, send } = setUp(next);
  await (await send()).text();
  await clock.advance(5_000);
  await (await send({ method: 'HEAD', headers: { 'Cache-Control': 'no-cache' } })).dispose();
  const response = await send();
  expect([response.context.get(cacheStatus), response.headers.get('x-new') ?? '', await response.text()]).toEqual([...expected, 'x']);
});

const GONE = new RoundTripError('no way', { code: 'dial-failed', phase: 'connect', sent: 'nothing' });

test.for<[string, string, Scripted, string]>([
  ['nothing allows it', 'max-age=1', { error: GONE }, 'error'],
  ['must-revalidate', 'max-age=1, must-revalidate, stale-if-error=60', { error: GONE }, '504'],
  ['no-cache', 'no-cache', { error: GONE }, '504'],
  ['stale-if-error', 'max-age=1, stale-if-error=60', { error: GONE }, '200 x'],
  ['stale-if-error that is over', 'max-age=1, stale-if-error=1', { error: GONE }, 'error'],
  ['stale-if-error, and the server is in trouble', 'max-age=1, stale-if-error=60', { status: 503, body: 'no' }, '200 x'],
  ['the server is in trouble', 'max-age=1', { status: 503, body: 'no' }, '503 no'],
  ['must-revalidate, and the server is in trouble', 'max-age=1, must-revalidate, stale-if-error=60', { status: 503, body: 'no' }, '503 no'],
  ['stale-if-error is not for 501', 'max-age=1, stale-if-error=60', { status: 501, body: 'no' }, '501 no'],
])('RFC 9111 §4.2.4, RFC 5861 §4: stale, and %s (%s)', async ([, control, answer, expected]) => {
  const next = origin({ headers: { 'Cache-Control': control, 'ETag': '"a"' }, body: 'x' }, answer);
  const { clock, send } = setUp(next);
  await (await send()).text();
  await clock.advance(4_000);
  const said = await send().then(
    async (response) => `${response.status} ${await response.text()}`.trim(),
    (error: unknown) => (error === GONE ? 'error' : 'another'),
  );
  expect(said).toBe(expected);
});

test('a request may allow it too, and is told what went wrong', async () => {
  const next = origin({ headers: ETAG, body: 'x' }, { error: GONE });
  const { clock, send } = setUp(next);
  await (await send()).text();
  await clock.advance(4_000);
  const response = await send(headers({ 'Cache-Control': 'stale-if-error=60' }));
  expect([await response.text(), response.context.get(cacheStatus), told(response)?.reason, told(response)?.error]).toEqual([
    'x',
    'stale',
    'stale-if-error',
    GONE,
  ]);
  expect(response.headers.get('cache-status')).toBe('roundtripper; fwd=stale; ttl=-3; detail=stale-if-error');
});

test('a caller’s mistake and a cancellation are no disconnection', async () => {
  const mistake = new TypeError('bad');
  const next = origin({ headers: { 'Cache-Control': 'no-cache', 'ETag': '"a"' }, body: 'x' }, { error: mistake }, (request) => ({
    error: request.signal?.reason,
  }));
  const { send } = setUp(next);
  await (await send()).text();
  await expect(send()).rejects.toBe(mistake);
  const controller = new AbortController();
  const pending = send({ signal: controller.signal });
  controller.abort('enough');
  await expect(pending).rejects.toBe('enough');
});

test('RFC 5861 §3: served stale, and asked for once in the background however often it is served', async () => {
  const next = origin(
    { headers: { 'Cache-Control': 'max-age=1, stale-while-revalidate=60', 'ETag': '"a"' }, body: 'x' },
    { headers: { 'Cache-Control': 'max-age=60' }, body: 'y' },
  );
  const { clock, send, httpCache } = setUp(next);
  await (await send()).text();
  await clock.advance(2_000);
  const stale = await Promise.all([send(), send(), send(headers({ 'If-None-Match': '"mine"', 'Range': 'bytes=0-0' }))]);
  expect(await Promise.all(stale.map(async (response) => `${response.context.get(cacheStatus)} ${await response.text()}`))).toEqual([
    'stale x',
    'stale x',
    'stale x',
  ]);
  await clock.advance(0);
  expect([next.requests.length, fieldsOf(next.requests[1]?.headers, 'if-none-match', 'range')]).toEqual([2, ['"a"', null]]);
  expect([await (await send()).text(), next.requests.length]).toEqual(['y', 2]);
  await httpCache.close();
});

test('a background revalidation that fails harms nobody, and ends with the cache', async () => {
  const next = origin(
    { headers: { 'Cache-Control': 'max-age=1, stale-while-revalidate=60', 'ETag': '"a"' }, body: 'x' },
    { error: GONE },
    never,
  );
  const { clock, send, httpCache } = setUp(next);
  await (await send()).text();
  await clock.advance(2_000);
  expect(await (await send()).text()).toBe('x');
  await clock.advance(0);
  expect(await (await send()).text()).toBe('x');
  await httpCache[Symbol.asyncDispose]();
  expect([next.requests.length, next.requests[2]?.signal?.aborted, clock.pendingTimers]).toEqual([3, true, 0]);
});

test('a closed cache lets everything through', async () => {
  const next = origin({ headers: { 'Cache-Control': 'max-age=60' }, body: 'x' });
  const { send, httpCache } = setUp(next);
  await (await send()).text();
  await httpCache.close();
  const response = await send();
  expect([await response.text(), response.context.get(cacheStatus), told(response)?.reason, next.requests.length]).toEqual([
    'x',
    'bypass',
    'closed',
    2,
  ]);
});

const T0 = 'Mon, 01 Jan 2024 00:00:00 GMT';
const T1 = 'Thu, 01 Feb 2024 00:00:00 GMT';

test.for<[string, Record<string, string>, Record<string, string>, (string | null)[]]>([
  ['a date that was replaced by that of what is stored', { 'Last-Modified': T1 }, { 'If-Modified-Since': T0 }, [null, T1]],
  ['a date in whose place there was a tag', { ETag: '"2"' }, { 'If-Modified-Since': T0 }, ['"2"', null]],
  ['a tag that what is stored has too', { ETag: '"2"' }, { 'If-None-Match': '"2"' }, ['"2"', null]],
])('a 304 that says nothing is not the answer to %s', async ([, fields, asked, expected]) => {
  const next = origin({ headers: { 'Cache-Control': 'max-age=1', ...fields }, body: 'new' }, { status: 304 });
  const { clock, send } = setUp(next);
  await (await send()).text();
  await clock.advance(2_000);
  const response = await send(headers(asked));
  expect([response.status, await response.text()]).toEqual(asked['If-None-Match'] === '"2"' ? [304, ''] : [200, 'new']);
  expect(fieldsOf(next.requests[1]?.headers, 'if-none-match', 'if-modified-since')).toEqual(expected);
});

test('of a 304 that may be about what the caller has or about what is stored the server is asked again, with what the caller has', async () => {
  const next = origin(
    { headers: { 'Cache-Control': 'max-age=1', 'ETag': '"2"' }, body: 'new' },
    { status: 304 },
    { headers: { ETag: '"2"' }, body: 'new' },
  );
  const { clock, send } = setUp(next);
  await (await send()).text();
  await clock.advance(2_000);
  const response = await send(headers({ 'If-None-Match': '"1"' }));
  expect([response.status, await response.text()]).toEqual([200, 'new']);
  expect(next.requests.map((request) => request.headers.get('if-none-match'))).toEqual([null, '"2", "1"', '"1"']);
});

test('a tag that the caller names too is named once', async () => {
  const next = origin({ headers: ETAG, body: 'x' }, { status: 304, headers: { ETag: '"a"' } });
  const { clock, send } = setUp(next);
  await (await send()).text();
  await clock.advance(2_000);
  expect((await send(headers({ 'If-None-Match': '"a"' }))).status).toBe(304);
  await clock.advance(2_000);
  expect((await send(headers({ 'If-None-Match': '"b", "a"' }))).status).toBe(304);
  expect(next.requests.map((request) => request.headers.get('if-none-match'))).toEqual([null, '"a"', '"b", "a"']);
});
