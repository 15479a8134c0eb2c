import { getEventListeners } from 'node:events';

import { HttpRequest, HttpResponse, IncomingBody, RoundTripError, type TraceEvent } from '@roundtripper/core';
import { TestClock } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { busy, failure, gather, itself, scripted, setUp, silence, type Answer } from '../test/scripted.ts';
import { attemptsOf, resumeDownloads, retryBudget, type RepeatOptions } from './index.ts';

const TEXT = '0123456789';
const WHOLE = { 'etag': '"a"', 'content-length': '10' };

/** Some bytes, and then a failure: by default of the connection. */
async function* cutAfter(text: string, error: unknown = failure('truncated')): AsyncGenerator<Uint8Array> {
  if (text !== '') yield Buffer.from(text);
  throw error;
}

function begun(text: string, error?: unknown): HttpResponse {
  return new HttpResponse(cutAfter(text, error), { headers: WHOLE });
}

/** The rest from `first` on, or what there is of it up to a cut. */
function rest(first: number, body: string | AsyncIterable<Uint8Array> = TEXT.slice(first)): HttpResponse {
  return new HttpResponse(body, { status: 206, headers: { 'etag': '"a"', 'content-range': `bytes ${first}-9/10` } });
}

function start(answers: readonly Answer[], options: RepeatOptions = {}) {
  const clock = new TestClock();
  const events: TraceEvent[] = [];
  const next = scripted(...answers);
  const client = resumeDownloads({ clock, random: () => 0, ...options })(next);
  const get = (signal?: AbortSignal): Promise<HttpResponse> =>
    client.roundTrip(new HttpRequest('http://example.com/', { signal, trace: (event) => events.push(event) }));
  const ranges = (): unknown[] => next.calls.map(({ headers }) => [headers.get('range'), headers.get('if-range')]);
  return { clock, events, get, next, ranges };
}

/** What comes of a promise while time passes. */
async function during<T>(clock: TestClock, promise: Promise<T>): Promise<T> {
  const settled = promise.then(
    () => {},
    () => {},
  );
  await clock.advance(60_000);
  await settled;
  return promise;
}

test.for<{ how: string; read: (response: HttpResponse) => Promise<string> }>([
  { how: 'text()', read: (response) => response.text() },
  { how: 'bytes()', read: async (response) => Buffer.from(await response.bytes()).toString() },
  { how: 'chunks()', read: async (response) => (await gather(response.chunks())).toString() },
  { how: 'body', read: async (response) => (await gather(response.body)).toString() },
  { how: 'clone()', read: (response) => response.clone().text() },
  { how: 'json()', read: async (response) => `0${JSON.stringify(await response.json())}` },
])('a download that is interrupted twice is read to its end by $how', async ({ how, read }) => {
  const text = how === 'json()' ? '1234567890' : TEXT;
  const cut = (from: number, to?: number): AsyncIterable<Uint8Array> => cutAfter(text.slice(from, to));
  const answers = [new HttpResponse(cut(0, 3), { headers: WHOLE }), rest(3, cut(3, 7)), rest(7, text.slice(7))];
  const { clock, get, ranges } = start(answers);
  const response = await get();
  expect(await during(clock, read(response))).toBe(how === 'json()' ? '01234567890' : text);
  if (how === 'clone()') await response.dispose();
  expect(ranges()).toEqual([
    [null, null],
    ['bytes=3-9', '"a"'],
    ['bytes=7-9', '"a"'],
  ]);
});

test('what is not interrupted is as it was, and asked for once', async () => {
  const { get, next } = start([new HttpResponse(TEXT, { headers: { ...WHOLE, 'x-own': '1' }, status: 200 })]);
  const response = await get();
  expect([response.headers.get('x-own'), response.contentLength, await response.text(), next.calls.length]).toEqual(['1', 10, TEXT, 1]);
});

test.for([
  { fact: 'nothing came', came: '' },
  { fact: 'all came, and then the failure', came: TEXT },
])('$fact', async ({ came }) => {
  const { clock, get, next } = start([begun(came), rest(came.length)]);
  expect(await during(clock, (await get()).text())).toBe(TEXT);
  expect(next.calls.length).toBe(came === '' ? 2 : 1);
});

test('a part that ends before what was asked for is followed by another', async () => {
  const short = new HttpResponse('3456', { status: 206, headers: { 'etag': '"a"', 'content-range': 'bytes 3-6/10' } });
  const { clock, get, ranges } = start([begun('012'), short, rest(7)]);
  expect(await during(clock, (await get()).text())).toBe(TEXT);
  expect(ranges().at(-1)).toEqual(['bytes=7-9', '"a"']);
});

test('the caller’s own range goes on where it was, and not beyond it', async () => {
  const first = new HttpResponse(cutAfter('23'), {
    status: 206,
    headers: { 'etag': '"a"', 'content-length': '4', 'content-range': 'bytes 2-5/10' },
  });
  const second = new HttpResponse('45', { status: 206, headers: { 'etag': '"a"', 'content-range': 'bytes 4-5/10' } });
  const { clock, get, ranges } = start([first, second]);
  expect(await during(clock, (await get()).text())).toBe('2345');
  expect(ranges().at(-1)).toEqual(['bytes=4-5', '"a"']);
});

test('it waits before each try, longer and longer, and tells of it', async () => {
  const { clock, events, get, next } = start([begun('012'), failure(), busy(), rest(3)], { random: () => 1 });
  const text = (await get()).text();
  await clock.advance(699);
  expect(next.calls.length).toBe(3);
  await clock.advance(1);
  expect([await text, clock.pendingTimers]).toEqual([TEXT, 0]);
  expect(events).toMatchObject([
    { kind: 'retry', attempt: 2, delayMs: 100, error: { code: 'truncated' } },
    { kind: 'retry', attempt: 3, delayMs: 200, error: { code: 'connection-reset' } },
    { kind: 'retry', attempt: 4, delayMs: 400, status: 503 },
  ]);
});

test('a server that asks for time is given it', async () => {
  const { clock, get, next } = start([begun('012'), busy({ 'retry-after': '7' }), rest(3)]);
  const text = (await get()).text();
  await clock.advance(6_999);
  expect(next.calls.length).toBe(2);
  await clock.advance(1);
  expect(await text).toBe(TEXT);
});

test('after so many tries the last failure reaches the reader as it is', async () => {
  const last = failure();
  const { clock, get, next } = start([begun('012'), failure(), last], { retries: 2 });
  const error = await during(clock, (await get()).text()).catch(itself);
  expect([error === last, next.calls.length, attemptsOf(error).length]).toEqual([true, 3, 3]);
});

test('a server that gives a byte at a time is asked so many times, and no more', async () => {
  const answers = Array.from({ length: 9 }, (_, at) => rest(at + 1, cutAfter(TEXT.slice(at + 1, at + 2))));
  const { clock, get, next } = start([begun('0'), ...answers]);
  await expect(during(clock, (await get()).text())).rejects.toMatchObject({ code: 'truncated' });
  expect(next.calls.length).toBe(6);
});

test('the budget counts tries', async () => {
  const { clock, events, get, next } = start([begun('012'), rest(3)], { budget: retryBudget({ ratio: 0, reservePerSecond: 0 }) });
  await expect(during(clock, (await get()).text())).rejects.toMatchObject({ code: 'truncated' });
  expect([next.calls.length, events.at(-1)]).toMatchObject([1, { kind: 'retryStopped', reason: 'budget-exhausted' }]);
});

test.for<{ fact: string; answer: () => HttpResponse; code: string; status: number | undefined }>([
  {
    fact: 'changed',
    answer: () => new HttpResponse('new', { status: 200, headers: { etag: '"b"' } }),
    code: 'resume-changed',
    status: 200,
  },
  { fact: 'not given in parts', answer: () => new HttpResponse(TEXT, { headers: WHOLE }), code: 'resume-refused', status: 200 },
  { fact: 'gone', answer: busy({}, 404), code: 'resume-refused', status: 404 },
  { fact: 'another part', answer: () => rest(4), code: 'resume-invalid', status: 206 },
  { fact: 'too long', answer: () => rest(3, '3456789X'), code: 'resume-invalid', status: undefined },
])('what is $fact is an error, and not a byte of it is read', async ({ answer, code, status }) => {
  const interruption = failure('truncated');
  const wrong = answer();
  const { clock, get, next } = start([begun('012', interruption), wrong]);
  const read: string[] = [];
  const reading = (async () => {
    for await (const chunk of (await get()).chunks()) read.push(Buffer.from(chunk).toString());
  })();
  const error = await during(clock, reading).catch(itself);
  expect(error).toMatchObject({ name: 'RetryError', code, status, phase: 'response-body', origin: 'http://example.com' });
  if (status !== undefined) expect(error).toMatchObject({ cause: interruption });
  expect([read, next.calls.length, wrong.bodyUsed]).toEqual([['012'], 2, true]);
});

test.for([
  { fact: 'malformed', error: new RoundTripError('bad', { code: 'malformed-response', phase: 'response-body', sent: 'all' }) },
  { fact: 'another’s', error: new Error('disk full') },
])('a failure that no other try would mend reaches the reader at once: $fact', async ({ error }) => {
  const { get, next } = start([begun('012', error)]);
  expect(await (await get()).text().catch(itself)).toBe(error);
  expect(next.calls.length).toBe(1);
});

test('a response that cannot be resumed is passed on as it is', async () => {
  const response = new HttpResponse('x', { headers: { 'content-length': '1' } });
  const { get } = start([response]);
  expect(await get()).toBe(response);
});

test.for([
  { fact: 'before anything is read', read: 0 },
  { fact: 'while it is read', read: 1 },
])('a reader that leaves $fact gives up the response that is under way', async ({ read }) => {
  const inner = new HttpResponse(ReadableStream.from([Buffer.from('0'), Buffer.from('1')]), { headers: WHOLE });
  const { get } = start([inner]);
  const response = await get();
  if (read === 1) for await (const chunk of response.chunks()) if (chunk.length === 1) break;
  await response.dispose();
  expect(inner.bodyUsed).toBe(true);
});

test('a reader that leaves during the wait ends it', async () => {
  const { clock, get, next } = start([begun('012'), rest(3)], { random: () => 1 });
  const response = await get();
  const text = response.text().catch(itself);
  await clock.advance(50);
  await response.dispose();
  await clock.advance(0);
  expect([clock.pendingTimers, next.calls.length]).toEqual([0, 1]);
  await expect(text).resolves.toMatchObject({ code: 'body-disposed' });
});

test('a reader that leaves while the rest is asked for ends that', async () => {
  const { clock, get, events, next } = start([begun('012'), silence]);
  const response = await get();
  const text = response.text().catch(itself);
  await clock.advance(0);
  await response.dispose();
  await clock.advance(0);
  await expect(text).resolves.toMatchObject({ code: 'body-disposed' });
  expect([next.calls.length, next.calls[1]?.signal?.aborted, events.map(({ kind }) => kind)]).toEqual([2, true, ['retry']]);
});

test('an answer that comes for a reader that has left is disposed of', async () => {
  const late = rest(3);
  const answer = Promise.withResolvers<HttpResponse>();
  const { clock, get } = start([begun('012'), () => answer.promise]);
  const response = await get();
  const text = response.text().catch(itself);
  await clock.advance(0);
  await response.dispose();
  answer.resolve(late);
  await clock.advance(0);
  expect([late.bodyUsed, await text]).toMatchObject([true, { code: 'body-disposed' }]);
});

test('the caller’s signal ends the wait with its reason', async () => {
  const controller = new AbortController();
  const { clock, get } = start([begun('012'), rest(3)], { random: () => 1 });
  const text = (await get(controller.signal)).text().catch(itself);
  await clock.advance(50);
  controller.abort('why');
  await clock.advance(0);
  expect([await text, clock.pendingTimers, getEventListeners(controller.signal, 'abort').length]).toEqual(['why', 0, 0]);
});

test('the caller’s signal ends what goes on with a download, with its reason, and nobody listens to it after that', async () => {
  const controller = new AbortController();
  const going = new IncomingBody(undefined, undefined);
  const partial = { status: 206, headers: { 'etag': '"a"', 'content-range': 'bytes 3-9/10' } };
  const { clock, get, next } = start([begun('012'), new HttpResponse(going, partial)]);
  const text = (await get(controller.signal)).text().catch(itself);
  await clock.advance(0);
  const signal = next.calls[1]?.signal;
  expect([signal?.aborted, getEventListeners(controller.signal, 'abort').length]).toEqual([false, 1]);
  controller.abort('why');
  expect([signal?.reason, getEventListeners(controller.signal, 'abort').length]).toEqual(['why', 0]);
  going.fail('why');
  expect(await text).toBe('why');
});

test('nobody listens to the caller’s signal once the download is there', async () => {
  const { signal } = new AbortController();
  const { clock, get, next } = start([begun('012'), failure(), busy(), rest(3, cutAfter('34')), rest(5)]);
  expect(
    await during(
      clock,
      get(signal).then((response) => response.text()),
    ),
  ).toBe(TEXT);
  expect([next.calls.length, getEventListeners(signal, 'abort').length]).toEqual([5, 0]);
});

test('with retry({ resume: true }) the attempts of retry() serve to get the rest', async () => {
  const next = scripted(busy(), begun('012'), busy(), rest(3));
  const { clock, send } = setUp(next, { resume: true, minTimeout: 0 });
  const text = send().then((response) => response.text());
  expect(await during(clock, text)).toBe(TEXT);
  expect(next.calls.map(({ headers }) => headers.get('range'))).toEqual([null, null, 'bytes=3-9', 'bytes=3-9']);
});
