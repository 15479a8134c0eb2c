import {
  compose,
  HttpRequest,
  HttpResponse,
  RoundTripError,
  roundTripper,
  type HttpRequestInit,
  type HttpResponseInit,
  type RoundTripper,
  type TraceEvent,
} from '@roundtripper/core';
import { TestClock } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { cache, cacheStatus, memoryStore, type CacheOptions, type HttpCache } from './index.ts';

const URI = 'http://example.com/a';
const FRESH = { 'Cache-Control': 'max-age=60' };

interface SetUp {
  readonly clock: TestClock;
  readonly httpCache: HttpCache;
  /** What the cache decided, as `decision detail`. */
  readonly decisions: string[];
  readonly send: (init?: HttpRequestInit & { url?: string }) => Promise<HttpResponse>;
}

function setUp(next: RoundTripper, options: CacheOptions = {}): SetUp {
  const clock = new TestClock();
  const httpCache = cache({ clock, ...options });
  const client = httpCache(next);
  const decisions: string[] = [];
  const trace = (event: TraceEvent): void => {
    if (event.kind === 'cacheDecision') decisions.push(`${event.decision} ${event.detail}`);
  };
  return { clock, httpCache, decisions, send: ({ url = URI, ...init } = {}) => client.roundTrip(new HttpRequest(url, { trace, ...init })) };
}

/** Answers with 1, 2, 3…, so that it shows which answer is whose. */
function counting(init: HttpResponseInit = { headers: FRESH }): RoundTripper & { readonly requests: HttpRequest[] } {
  const requests: HttpRequest[] = [];
  const next = roundTripper(async (request) => {
    requests.push(request);
    const hasBody = request.method !== 'HEAD' && init.status !== 204;
    return new HttpResponse(hasBody ? `${requests.length}` : null, { request, ...init });
  });
  return { ...next, requests };
}

/** A body that comes when the test says so. */
function scriptedBody(): {
  body: ReadableStream<Uint8Array>;
  push(text: string): void;
  end(): void;
  fail(error: unknown): void;
  cancelled: unknown[];
} {
  const cancelled: unknown[] = [];
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({
    start: (given) => void (controller = given),
    cancel: (reason) => void cancelled.push(reason),
  });
  return {
    body,
    cancelled,
    push: (text) => controller?.enqueue(Buffer.from(text)),
    end: () => controller?.close(),
    fail: (error) => controller?.error(error),
  };
}

const itself = (error: unknown): unknown => error;

test('is asked once and answers again and again, each time with bytes of its own', async () => {
  const next = counting({ headers: { ...FRESH, 'X-A': '1', 'Content-Type': 'text/plain' } });
  const { clock, httpCache, decisions, send } = setUp(next);
  expect(await (await send()).text()).toBe('1');
  await clock.advance(7_400);
  const hit = await send();
  expect([hit.status, hit.headers.get('age'), hit.headers.get('x-a'), hit.headers.get('content-type'), hit.connection]).toEqual([
    200,
    '7',
    '1',
    'text/plain',
    undefined,
  ]);
  (await hit.bytes()).fill(0);
  for await (const chunk of (await send()).chunks()) chunk.fill(0);
  expect(await (await send()).text()).toBe('1');
  expect(next.requests.length).toBe(1);
  expect(decisions).toEqual(['miss nothing-stored', 'stored complete', 'hit fresh', 'hit fresh', 'hit fresh']);
  expect(await httpCache.stats()).toMatchObject({ entries: 1, hits: 3, misses: 1, bypasses: 0, stores: 1, evictions: 0, invalidations: 0 });
});

test('the response belongs to the request that asks', async () => {
  const { send } = setUp(counting());
  await (await send()).text();
  const request = new HttpRequest(URI, { headers: { 'X-Who': 'me' } });
  const { httpCache } = setUp(counting());
  const client = httpCache(counting());
  await (await client.roundTrip(new HttpRequest(URI))).text();
  const hit = await client.roundTrip(request);
  expect(hit.request).toBe(request);
  expect([hit.context.get(cacheStatus), hit.redirected, hit.url]).toEqual(['hit', false, URI]);
});

test('says of each response what it did', async () => {
  const { send } = setUp(counting());
  const responses = [await send(), await send({ method: 'POST' }), await send({ headers: { 'cache-control': 'only-if-cached' } })];
  expect(responses.map((response) => response.context.get(cacheStatus))).toEqual(['miss', 'bypass', 'miss']);
  await Promise.all(responses.map((response) => response.dispose()));
});

test('what is no longer fresh is asked for anew, and replaced', async () => {
  const { clock, httpCache, decisions, send } = setUp(counting());
  await (await send()).text();
  await clock.advance(60_000);
  expect(await (await send()).text()).toBe('2');
  expect(await (await send()).text()).toBe('2');
  expect([(await httpCache.stats()).entries, decisions]).toEqual([
    1,
    ['miss nothing-stored', 'stored complete', 'miss stale', 'stored complete', 'hit fresh'],
  ]);
});

test('HEAD is answered from a stored GET, without its body, and is not stored itself', async () => {
  const next = counting({ headers: { ...FRESH, 'Content-Length': '1' } });
  const { decisions, send } = setUp(next);
  await (await send({ method: 'HEAD' })).text();
  expect(decisions).toEqual(['miss nothing-stored', 'not-stored method']);
  await (await send()).text();
  const hit = await send({ method: 'HEAD' });
  expect([hit.body, hit.headers.get('content-length'), await hit.text(), next.requests.length]).toEqual([null, '1', '', 2]);
});

test('a response without a body is stored although nobody reads it', async () => {
  for (const init of [
    { status: 204, headers: FRESH },
    { status: 301, headers: { ...FRESH, 'Content-Length': '0' } },
  ]) {
    const empty = roundTripper(async () => new HttpResponse(null, init));
    const { decisions, send } = setUp(empty);
    expect((await send()).body).toBeNull();
    const hit = await send();
    expect([hit.status, hit.context.get(cacheStatus), await hit.text()]).toEqual([init.status, 'hit', '']);
    if (init.status === 204) expect(hit.body).toBeNull();
    expect(decisions).toEqual(['miss nothing-stored', 'stored complete', 'hit fresh']);
  }
});

test('only-if-cached is answered by 504 where there is nothing, and releases the body', async () => {
  const next = counting();
  const { decisions, send } = setUp(next);
  const stream = scriptedBody();
  const response = await send({ headers: { 'cache-control': 'only-if-cached' }, body: stream.body });
  expect([response.status, response.statusText, next.requests.length, stream.cancelled.length]).toEqual([504, 'Gateway Timeout', 0, 1]);
  expect(decisions).toEqual(['miss request-body']);
});

test('a request for fresh data gets it, and what it gets is served from then on', async () => {
  const { send } = setUp(counting());
  const texts = [];
  for (const control of ['', 'no-cache', 'max-age=0', '']) texts.push(await (await send({ headers: { 'cache-control': control } })).text());
  expect(texts).toEqual(['1', '2', '3', '3']);
});

test('what is newer and may not be stored takes the place of what is stored', async () => {
  const fields = [FRESH, { 'Cache-Control': 'no-store' }, FRESH];
  let count = 0;
  const next = roundTripper(async () => new HttpResponse(`${count + 1}`, { headers: fields[count++] ?? {} }));
  const { decisions, send } = setUp(next);
  await (await send()).text();
  expect(await (await send({ headers: { pragma: 'no-cache' } })).text()).toBe('2');
  expect(await (await send()).text()).toBe('3');
  expect(decisions.filter((decision) => decision.startsWith('not'))).toEqual(['not-stored no-store']);
});

test('a failure takes the place of nothing', async () => {
  let count = 0;
  const next = roundTripper(
    async () => new HttpResponse(`${++count}`, { status: count === 2 ? 503 : 200, headers: count === 2 ? {} : FRESH }),
  );
  const { send } = setUp(next);
  await (await send()).text();
  await (await send({ headers: { 'cache-control': 'no-cache' } })).text();
  expect(await (await send()).text()).toBe('1');
});

test('each variant is served to its own, and a server that changes its mind about Vary to nobody else', async () => {
  const vary = ['Accept-Language', 'Accept-Language', 'Accept', ''];
  let count = 0;
  const next = roundTripper(async () => {
    count += 1;
    return new HttpResponse(`${count}`, { headers: { ...FRESH, Vary: vary[count - 1] ?? '*' } });
  });
  const { decisions, send } = setUp(next);
  const text = async (language: string, accept: string): Promise<string> =>
    (await send({ headers: { 'Accept-Language': language, 'Accept': accept } })).text();
  expect([await text('de', 'x'), await text('en', 'x'), await text('de', 'x'), await text('en', 'y')]).toEqual(['1', '2', '1', '2']);
  expect([await text('fr', 'z'), await text('it', 'z'), await text('fr', 'w')]).toEqual(['3', '3', '4']);
  // From here on it varies on everything.
  expect([await text('it', 'w'), await text('de', 'x')]).toEqual(['4', '4']);
  expect(decisions.filter((decision) => decision.startsWith('miss')).length).toBe(4);
});

test('Vary: * is never stored', async () => {
  const { decisions, send } = setUp(counting({ headers: { ...FRESH, Vary: '*' } }));
  await (await send()).text();
  await (await send()).text();
  expect(decisions).toEqual(['miss nothing-stored', 'not-stored vary', 'miss nothing-stored', 'not-stored vary']);
});

test('a private cache keeps users apart by their credentials', async () => {
  const { send } = setUp(counting());
  const text = async (headers: Record<string, string>): Promise<string> => (await send({ headers })).text();
  const users = [{ Authorization: 'Bearer a' }, { Authorization: 'Bearer b' }, { Cookie: 's=a' }, { Cookie: 's=b' }, {}];
  const first = [];
  for (const user of users) first.push(await text(user));
  const second = [];
  for (const user of users) second.push(await text(user));
  expect([first, second]).toEqual([
    ['1', '2', '3', '4', '5'],
    ['1', '2', '3', '4', '5'],
  ]);
});

test('what was said to nobody in particular is for everybody, but not in place of what was said to one', async () => {
  const { send } = setUp(counting());
  const text = async (headers: Record<string, string>): Promise<string> => (await send({ headers })).text();
  const texts = [
    await text({ Cookie: 's=a' }),
    await text({}),
    await text({ Cookie: 's=a' }),
    await text({ Cookie: 's=b' }),
    await text({}),
  ];
  expect(texts).toEqual(['1', '2', '1', '2', '2']);
});

test('what begins a session is for nobody who has one', async () => {
  const { send } = setUp(counting({ headers: { ...FRESH, 'Set-Cookie': 's=a' } }));
  const text = async (headers: Record<string, string>): Promise<string> => (await send({ headers })).text();
  expect([await text({}), await text({ Cookie: 's=a' }), await text({})]).toEqual(['1', '2', '1']);
});

test('queries, origins and paths are resources of their own; a fragment and userinfo are not', async () => {
  const { send } = setUp(counting());
  const texts = [];
  const urls = ['/a', '/a?', '/a?b', '/a?b&', '/A', '/a/', '/a#f', '/a%2F'].map((path) => `http://example.com${path}`);
  for (const url of [
    ...urls,
    'https://example.com/a',
    'http://example.com:81/a',
    'http://EXAMPLE.com:80/x/../a',
    'http://u:p@example.com/a',
  ]) {
    texts.push(await (await send({ url })).text());
  }
  expect(texts).toEqual(['1', '1', '2', '3', '4', '5', '1', '6', '7', '8', '1', '1']);
});

test('an unsafe request that succeeds makes what is stored invalid, at its URL and where it points to', async () => {
  for (const [status, expected] of [
    [200, ['4', '5']],
    [303, ['4', '5']],
    [404, ['1', '2']],
    [500, ['1', '2']],
  ] as const) {
    let count = 0;
    const next = roundTripper(async (request) => {
      count += 1;
      if (request.method === 'GET') return new HttpResponse(`${count}`, { headers: FRESH });
      return new HttpResponse(null, { status, headers: { Location: '/b', ...FRESH } });
    });
    const { send } = setUp(next);
    const both = async (): Promise<string[]> => [await (await send()).text(), await (await send({ url: 'http://example.com/b' })).text()];
    await both();
    await send({ method: 'PUT', body: 'x' });
    expect(await both()).toEqual(expected);
  }
});

test('so does one that may have had its effect before it failed', async () => {
  const lost = new RoundTripError('lost', { code: 'connection-reset', phase: 'response-head', sent: 'all' });
  const inner = counting();
  const next = roundTripper((request) => (request.method === 'GET' ? inner.roundTrip(request) : Promise.reject(lost)));
  const { httpCache, send } = setUp(next);
  await (await send()).text();
  expect(await send({ method: 'DELETE' }).catch(itself)).toBe(lost);
  expect([await (await send()).text(), (await httpCache.stats()).invalidations]).toEqual(['2', 1]);
});

test('clear() and delete(url) forget', async () => {
  const { httpCache, send } = setUp(counting());
  await (await send({ headers: { cookie: 'x' } })).text();
  await (await send()).text();
  await (await send({ url: 'http://example.com/b' })).text();
  expect([
    await httpCache.delete('http://u:p@EXAMPLE.com/a#x'),
    await httpCache.delete(new URL(URI)),
    (await httpCache.stats()).entries,
  ]).toEqual([true, false, 1]);
  await httpCache.clear();
  expect(await httpCache.stats()).toMatchObject({ entries: 0, bytes: 0, stores: 3, invalidations: 2, evictions: 0 });
  expect(await (await send()).text()).toBe('4');
});

test('delete() of what is no URL rejects, and does not say what was passed', async () => {
  const error = await setUp(counting()).httpCache.delete('no url, secret').catch(itself);
  expect(error).toBeInstanceOf(TypeError);
  expect(JSON.stringify(error) + String(error)).not.toContain('secret');
});

test.for<[string, (set: SetUp) => Promise<unknown>]>([
  ['clear()', ({ httpCache }) => httpCache.clear()],
  ['delete(url)', ({ httpCache }) => httpCache.delete(URI)],
  ['an unsafe request', async ({ send }) => (await send({ method: 'PUT', body: 'x' })).dispose()],
])('%s keeps out what is on its way: before the head, and while the body comes', async ([, forget]) => {
  const [head, body] = [Promise.withResolvers<void>(), scriptedBody()];
  const next = roundTripper(async (request) => {
    if (request.method !== 'GET') return new HttpResponse();
    await head.promise;
    return new HttpResponse(body.body, { headers: FRESH });
  });
  const first = setUp(next);
  const early = first.send();
  await forget(first);
  head.resolve();
  body.push('old');
  body.end();
  expect(await (await early).text()).toBe('old');
  expect([(await first.httpCache.stats()).entries, first.decisions.at(-1)]).toEqual([0, 'not-stored invalidated']);

  const late = scriptedBody();
  const second = setUp(
    roundTripper(async ({ method }) => (method === 'GET' ? new HttpResponse(late.body, { headers: FRESH }) : new HttpResponse())),
  );
  const chunks = (await second.send()).chunks();
  late.push('ol');
  await chunks.next();
  await forget(second);
  late.push('d');
  late.end();
  expect([Buffer.from((await chunks.next()).value ?? []).toString(), (await chunks.next()).done]).toEqual(['d', true]);
  expect(await second.httpCache.stats()).toMatchObject({ entries: 0, stores: 0 });
  expect(second.decisions.filter((decision) => decision.startsWith('not-stored')).length).toBe(1);
});

test('the reader sets the pace: nothing is read before it reads', async () => {
  let pulled = 0;
  const body = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1_000).fill(pulled++)) }, { highWaterMark: 0 });
  const { send } = setUp(roundTripper(async () => new HttpResponse(body, { headers: FRESH })));
  const response = await send();
  await new Promise((resolve) => setImmediate(resolve));
  expect(pulled).toBe(0);
  await response.dispose();
});

test.for<[string, (response: HttpResponse) => Promise<unknown>]>([
  ['dispose() before it was read', (response) => response.dispose()],
  ['dispose() while it is read', async (response) => Promise.all([response.text().catch(itself), response.dispose()])],
  [
    'leaving a loop',
    async (response) => {
      for await (const _ of response.chunks()) break;
    },
  ],
  ['cancelling the stream', async (response) => response.body?.cancel('enough')],
])('%s gives the source up, and nothing is stored', async ([, leave]) => {
  const body = scriptedBody();
  const { httpCache, decisions, send } = setUp(roundTripper(async () => new HttpResponse(body.body, { headers: FRESH })));
  const response = await send();
  body.push('part');
  await leave(response);
  await new Promise((resolve) => setImmediate(resolve));
  expect([body.cancelled.length, (await httpCache.stats()).stores, decisions.at(-1)]).toEqual([1, 0, 'not-stored body-not-read']);
});

test('a body that fails is not stored, and its reader gets the very error', async () => {
  const body = scriptedBody();
  const { httpCache, decisions, send } = setUp(roundTripper(async () => new HttpResponse(body.body, { headers: FRESH })));
  const response = await send();
  const error = new Error('cut off');
  body.push('part');
  const text = response.text().catch(itself);
  body.fail(error);
  expect([await text, (await httpCache.stats()).stores, decisions.at(-1)]).toEqual([error, 0, 'not-stored body-failed']);
});

test('a body larger than maxEntryBytes passes through, declared or not', async () => {
  const large = 'x'.repeat(1_001);
  for (const headers of [FRESH, { ...FRESH, 'Content-Length': '1001' }]) {
    const next = roundTripper(async () => new HttpResponse([large.slice(0, 600), large.slice(600)], { headers }));
    const { httpCache, decisions, send } = setUp(next, { maxEntryBytes: 1_000 });
    expect(await (await send()).text()).toBe(large);
    expect([(await httpCache.stats()).entries, decisions.at(-1)]).toEqual([0, 'not-stored too-large']);
  }
});

test('100 MB pass through', async () => {
  function* chunks(): Generator<Uint8Array> {
    for (let at = 0; at < 100; at++) yield new Uint8Array(1_000_000);
  }
  const next = roundTripper(async () => new HttpResponse(chunks(), { headers: FRESH }));
  const { send } = setUp(next);
  let bytes = 0;
  for await (const part of (await send()).chunks()) bytes += part.byteLength;
  expect(bytes).toBe(100_000_000);
});

test('a body that is not as long as it was declared is not stored', async () => {
  const { decisions, send } = setUp(counting({ headers: { ...FRESH, 'Content-Length': '5' } }));
  expect(await (await send()).text()).toBe('1');
  expect(decisions.at(-1)).toBe('not-stored wrong-content-length');
});

test('maxBytes holds, whatever comes', async () => {
  const next = roundTripper(async () => new HttpResponse('x'.repeat(1_000), { headers: FRESH }));
  const { httpCache, send } = setUp(next, { store: memoryStore({ maxBytes: 10_000 }) });
  for (let at = 0; at < 100; at++) await (await send({ url: `http://example.com/${at}` })).text();
  const { entries, bytes, evictions } = await httpCache.stats();
  expect(bytes).toBeLessThanOrEqual(10_000);
  expect([entries, entries + evictions]).toEqual([4, 100]);
});

test('what is served stays when something has to go', async () => {
  const next = roundTripper(async () => new HttpResponse('x'.repeat(1_000), { headers: FRESH }));
  const { decisions, send } = setUp(next, { store: memoryStore({ maxBytes: 4_800 }) });
  for (const path of ['a', 'b', 'a', 'c', 'a']) await (await send({ url: `http://example.com/${path}` })).text();
  expect(decisions.filter((decision) => decision === 'hit fresh').length).toBe(2);
});

test('of two that were on their way at once the one that came last is kept, whichever was read first', async () => {
  const bodies = [scriptedBody(), scriptedBody()];
  let count = 0;
  const next = roundTripper(async () => new HttpResponse(bodies[count++]?.body, { headers: FRESH }));
  const { clock, decisions, send } = setUp(next, { coalesce: false });
  const older = await send();
  await clock.advance(10);
  const newer = await send();
  for (const [at, body] of bodies.entries()) {
    body.push(`${at}`);
    body.end();
  }
  await newer.text();
  await older.text();
  expect([await (await send()).text(), decisions.includes('not-stored superseded')]).toEqual(['1', true]);
});

test('a request that was cancelled before is not answered from the store', async () => {
  const inner = counting();
  const next = roundTripper(async (request) => {
    request.signal?.throwIfAborted();
    return inner.roundTrip(request);
  });
  const { send } = setUp(next);
  await (await send()).text();
  expect(await send({ signal: AbortSignal.abort('why') }).catch(itself)).toBe('why');
});

test('what next rejects with comes through as it is', async () => {
  const reason: unknown = 'a string';
  const { httpCache, send } = setUp(roundTripper(() => Promise.reject(reason)));
  expect([await send().catch(itself), await send({ method: 'POST' }).catch(itself), (await httpCache.stats()).misses]).toEqual([
    'a string',
    'a string',
    1,
  ]);
});

test('a clock that jumps makes nothing fresh for longer, and nothing fail', async () => {
  const { clock, send } = setUp(counting());
  await (await send()).text();
  clock.jumpWallClock(-86_400_000);
  const back = await send();
  expect([await back.text(), back.headers.get('age')]).toEqual(['1', '0']);
  await clock.advance(60_000);
  expect(await (await send()).text()).toBe('2');
  clock.jumpWallClock(2 * 86_400_000);
  expect(await (await send()).text()).toBe('3');
});

test.for([
  'max-age=-1',
  'max-age=99999999999999999999',
  'max-age=1.5',
  'max-age=NaN',
  'max-age=60, max-age=0',
  'max-age=0x3c',
  'max-age="',
])('Cache-Control: %s neither fails nor stays for ever', async (control) => {
  const { clock, send } = setUp(counting({ headers: { 'Cache-Control': control } }));
  await (await send()).text();
  await clock.advance(2 ** 31 * 1_000);
  expect(await (await send()).text()).toBe('2');
});

test('1000 requests at once each get their own answer, and what is stored is one of a kind', async () => {
  const next = roundTripper(async ({ target }) => {
    await new Promise((resolve) => setImmediate(resolve));
    return new HttpResponse([target.path, target.path], { headers: FRESH });
  });
  const { httpCache, send } = setUp(next);
  const round = (): Promise<string[]> =>
    Promise.all(Array.from({ length: 1_000 }, async (_, at) => (await send({ url: `http://example.com/${at % 100}` })).text()));
  const expected = Array.from({ length: 1_000 }, (_, at) => `/${at % 100}`.repeat(2));
  expect(await round()).toEqual(expected);
  expect(await round()).toEqual(expected);
  expect(await httpCache.stats()).toMatchObject({ entries: 100, hits: 1_900, misses: 100, collapsed: 900 });
});

test('one cache serves several chains', async () => {
  const { httpCache } = setUp(counting());
  const [one, other] = [compose(httpCache, counting()), compose(httpCache, counting({ headers: { ...FRESH, 'X-Other': '1' } }))];
  await (await one.roundTrip(new HttpRequest(URI))).text();
  const hit = await other.roundTrip(new HttpRequest(URI));
  expect([hit.headers.has('x-other'), await hit.text()]).toEqual([false, '1']);
});

test('no event holds a value of a field or a URL', async () => {
  const { decisions, send } = setUp(counting({ headers: { ...FRESH, 'Vary': 'X-Secret', 'Set-Cookie': 'hunter2' } }));
  for (const secret of ['hunter2', 'hunter3']) await (await send({ url: `${URI}?hunter2`, headers: { 'X-Secret': secret } })).text();
  expect(decisions.join(' ')).not.toContain('hunter');
});
