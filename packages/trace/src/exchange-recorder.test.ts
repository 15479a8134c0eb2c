import { compose, HttpRequest, HttpResponse, type TraceEvent } from '@roundtripper/core';
import { TestClock } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import {
  answerOver,
  bodyEnd,
  connectDone,
  connectionInfo,
  connectStart,
  connOpened,
  dialEnd,
  dialStart,
  dnsDone,
  dnsStart,
  firstByte,
  getConn,
  gotConn,
  gotResponse,
  queueEnd,
  queueStart,
  ScriptedEvents,
  tlsDone,
  tlsStart,
  wroteHeaders,
  wroteRequest,
  type Step,
} from '../test/scripted-events.ts';
import type { ExchangeRecord } from './exchange-record.ts';
import { ExchangeRecorder } from './exchange-recorder.ts';
import { recordTimings, type RecordTimingsOptions } from './record-timings.ts';
import { secretNames } from './secret-names.ts';
import { timingsOf } from './timings.ts';

const fresh = connectionInfo(1);
const other = connectionInfo(2);
const error = new Error('failed');

/** A record as far as the steps make it, and what `onExchange` was told at its end. */
async function recordOfScript(
  steps: readonly Step[],
  options: Omit<RecordTimingsOptions, 'clock' | 'onExchange'> = {},
): Promise<{ readonly record: ExchangeRecord; readonly ended: readonly ExchangeRecord[]; readonly startMs: number }> {
  const script = new ScriptedEvents();
  await script.clock.advance(500);
  const ended: ExchangeRecord[] = [];
  const recording = recordTimings({ ...options, clock: script.clock, onExchange: (record) => void ended.push(record) });
  const url = 'https://user:password@example.com/a?b=c&sig=secret&visit=s#top';
  const outcome = compose(recording, script)
    .roundTrip(new HttpRequest(url, { method: 'POST', headers: { Authorization: 'x' } }))
    .catch((reason: unknown) => reason);
  await script.play(steps);
  await outcome;
  const [record] = ended;
  if (record === undefined) throw new Error('the record is not over');
  return { record, ended, startMs: 500 };
}

const WARM: readonly Step[] = [
  [5, getConn],
  [5, gotConn(other, true)],
  [6, wroteHeaders],
  [6, { kind: 'requestBodyStart' }],
  [7, wroteRequest],
  [8, firstByte],
  [9, gotResponse],
  [9, answerOver(other)],
  [9, { kind: 'bodyStart' }],
  [10, bodyEnd],
  [11, { kind: 'leaseReleased', connection: other }],
  [11, { kind: 'putIdleConn', connection: other, reason: 'response-close' }],
];

test('a request over a connection that was there', async () => {
  const { record, ended } = await recordOfScript(WARM);
  expect(ended).toHaveLength(1);
  expect(record).toMatchObject({
    method: 'POST',
    url: 'https://example.com/a?b=c&sig=REDACTED&visit=s',
    origin: 'https://example.com',
    startedAtMs: Date.UTC(2026, 0, 1) + 500,
    startMs: 500,
    answeredMs: 509,
    endMs: 510,
    status: 200,
    proto: 'HTTP/1.1',
    error: undefined,
    requestHeaders: undefined,
    responseHeaders: undefined,
  });
  expect(record.attempts).toEqual([
    expect.objectContaining({
      cause: 'first',
      hostPort: 'example.com:443',
      startMs: 505,
      gotConnMs: 505,
      connection: other,
      reused: true,
      wasIdle: true,
      idleTimeMs: 9,
      wroteHeadersMs: 506,
      requestBodyStartMs: 506,
      wroteRequestMs: 507,
      requestBodyBytes: 3,
      firstByteMs: 508,
      gotResponseMs: 509,
      status: 200,
      proto: 'HTTP/1.1',
      bodyStartMs: 509,
      bodyEndMs: 510,
      bodyBytes: 5,
      releasedMs: 511,
      notKept: 'response-close',
      endMs: 510,
      error: undefined,
      queueStartMs: undefined,
      dialStartMs: undefined,
    }),
  ]);
});

test('a dial, step by step, and the wait beside it', async () => {
  const { record } = await recordOfScript([
    [0, getConn],
    [1, queueStart],
    [2, dialStart],
    [3, dnsStart],
    [4, dnsDone],
    [5, { kind: 'connectStart', address: '::1', port: 443 }],
    [6, connectStart],
    [7, connectDone],
    [8, { kind: 'connectDone', address: '::1', port: 443, error: undefined }],
    [9, { kind: 'tlsHandshakeStart', servername: 'proxy' }],
    [10, { kind: 'tlsHandshakeDone', resumed: true }],
    [11, { kind: 'proxyConnectStart', proxy: 'https://proxy', target: 'example.com:443' }],
    [12, { kind: 'proxyConnectDone', proxy: 'https://proxy', status: 200 }],
    [13, { kind: 'tlsHandshakeStart', servername: 'example.com' }],
    [14, { kind: 'tlsHandshakeDone', resumed: false }],
    [15, connOpened(fresh)],
    [15, dialEnd(fresh)],
    [16, queueEnd],
    [17, gotConn(fresh)],
    [20, { error }],
  ]);
  expect(record).toMatchObject({ endMs: 520, error, status: undefined });
  expect(record.attempts).toMatchObject([
    {
      queueStartMs: 501,
      queueEndMs: 516,
      waitsFor: 'own-dial',
      dialStartMs: 502,
      dnsStartMs: 503,
      dnsEndMs: 504,
      connectStartMs: 505,
      connectEndMs: 507,
      connectedAddress: '127.0.0.1',
      connectTries: 2,
      proxyTlsStartMs: 509,
      proxyTlsEndMs: 510,
      proxyStartMs: 511,
      proxyEndMs: 512,
      tlsStartMs: 513,
      tlsEndMs: 514,
      tlsResumed: false,
      dialEndMs: 515,
      dialled: fresh,
      gotConnMs: 517,
      endMs: 520,
      error,
    },
  ]);
});

test('late binding: the own dial goes on, for another, after the request is over', async () => {
  const { record } = await recordOfScript([
    [0, getConn],
    [1, queueStart],
    [1, dialStart],
    [1, dnsStart],
    [2, queueEnd],
    [2, gotConn(other, true)],
    [3, gotResponse],
    [3, answerOver(other)],
    [4, bodyEnd],
    [10, dnsDone],
    [20, connOpened(fresh)],
    [20, dialEnd(fresh)],
    [20, { kind: 'dialDonated', connection: fresh, to: 'request' }],
  ]);
  expect(record.endMs).toBe(504);
  const attempt = { connection: other, dnsEndMs: 510, dialEndMs: 520, dialled: fresh, dialDonatedTo: 'request', endMs: 504 };
  expect(record.attempts).toMatchObject([attempt]);
});

test('a connection that another request dialled: how, and what of it this one has waited for', () => {
  const [clock, otherClock] = [new TestClock(), new TestClock()];
  const of = (itsClock: TestClock): ExchangeRecorder => {
    const policy = { clock: itsClock, secretNames: secretNames([], []), keepHeaders: false };
    return new ExchangeRecorder(new HttpRequest('https://example.com/'), policy);
  };
  const [dialler, taker, stranger] = [of(clock), of(clock), of(otherClock)];
  const steps = [getConn, dialStart, dnsStart, dnsDone, connectStart, connectDone, tlsStart, tlsDone, dialEnd(fresh)];
  for (const [atMs, event] of steps.entries()) dialler.hear(event, atMs * 10);
  for (const each of [taker, stranger]) {
    // Within the look-up.
    each.hear(getConn, 25);
    each.hear(
      { ...gotConn(fresh), kind: 'gotConn', dialledByAnother: true, connection: fresh, reused: false, wasIdle: false, idleTimeMs: 0 },
      90,
    );
    each.failed(error, 100);
  }
  const dial = {
    dialStartMs: 10,
    dnsStartMs: 20,
    dnsEndMs: 30,
    connectStartMs: 40,
    tlsStartMs: 60,
    tlsEndMs: 70,
    dialEndMs: 80,
    dialled: fresh,
  };
  expect(taker.record.attempts).toMatchObject([{ dialStartMs: undefined, dialOfAnother: dial }]);
  expect(timingsOf(taker.record)).toMatchObject({
    blocked: 35,
    dns: 5,
    connect: 50,
    ssl: 10,
    send: 10,
    time: 100,
    timeNamelookup: 30,
    timeConnect: 50,
  });
  expect(timingsOf(stranger.record)).toMatchObject({ blocked: 90, dns: undefined, connect: undefined, ssl: undefined, time: 100 });
});

test('a resend while the dial of the attempt before goes on: its steps are those of the attempt that began it', async () => {
  const { record } = await recordOfScript([
    [0, getConn],
    [1, dialStart],
    [2, gotConn(other, true)],
    [3, { kind: 'resend', attempt: 2, error }],
    [3, getConn],
    [4, connectStart],
    [5, dialEnd(fresh)],
    [5, { kind: 'dialDonated', connection: fresh, to: 'pool' }],
    [6, gotConn(fresh)],
    [7, { error }],
  ]);
  expect(record.attempts).toMatchObject([
    { cause: 'first', endMs: 503, error, connectStartMs: 504, dialEndMs: 505, dialDonatedTo: 'pool' },
    { cause: 'resend', dialStartMs: undefined, connectStartMs: undefined, dialEndMs: undefined, dialled: undefined },
  ]);
});

test('retries, redirects, decisions of a cache, and why each attempt was made', async () => {
  const over: readonly TraceEvent[] = [getConn, gotConn(other, true), gotResponse, bodyEnd];
  const at = (atMs: number): Step[] => over.map((event) => [atMs, event]);
  const { record } = await recordOfScript(
    [
      [0, { kind: 'cacheDecision', decision: 'miss', detail: 'not stored' }],
      ...at(1),
      [2, { kind: 'retry', attempt: 2, delayMs: 1, reason: 'why', status: 503 }],
      ...at(3),
      [4, { kind: 'redirect', status: 302, hop: 1, url: 'https://example.com/b?Visit=s&token=t' }],
      ...at(5),
      ...at(6),
      [7, { kind: 'cacheDecision', decision: 'stored', detail: 'fresh' }],
      [7, answerOver(other)],
    ],
    { secretParameters: ['VISIT'] },
  );
  expect(record).toMatchObject({
    url: 'https://example.com/a?b=c&sig=REDACTED&visit=REDACTED',
    endMs: 507,
    retries: [{ atMs: 502, attempt: 2, delayMs: 1, status: 503 }],
    redirects: [{ atMs: 504, status: 302, hop: 1, url: 'https://example.com/b?Visit=REDACTED&token=REDACTED' }],
    cacheDecisions: [
      { atMs: 500, decision: 'miss', detail: 'not stored' },
      { atMs: 507, decision: 'stored', detail: 'fresh' },
    ],
  });
  expect(record.attempts.map(({ cause, endMs }) => [cause, endMs])).toEqual([
    ['first', 501],
    ['retry', 503],
    ['redirect', 505],
    ['other', 506],
  ]);
});

test('an answer of a cache is over when it comes; what the cache asks for in the background is not of this request', async () => {
  const { record, ended } = await recordOfScript([
    [2, { answer: (request) => new HttpResponse('stale', { request, status: 203 }) }],
    [5, getConn],
    [6, gotConn(other, true)],
    [7, gotResponse],
    [8, bodyEnd],
    [9, { kind: 'cacheDecision', decision: 'stored', detail: 'fresh' }],
  ]);
  expect(record).toMatchObject({ status: 203, answeredMs: 502, endMs: 502, attempts: [], cacheDecisions: undefined });
  expect(ended).toHaveLength(1);
});

test('after the end of an exchange, nothing of another attempt is written to it', async () => {
  const { record } = await recordOfScript([
    ...WARM,
    [20, getConn],
    [21, gotConn(fresh)],
    [22, { kind: 'wroteRequest', bodyBytes: 99 }],
    [23, { kind: 'leaseReleased', connection: fresh }],
    [24, dialEnd(fresh)],
  ]);
  expect(record.attempts).toMatchObject([{ connection: other, requestBodyBytes: 3, releasedMs: 511, dialEndMs: undefined }]);
});

test('the headers, where they are asked for', async () => {
  const { record } = await recordOfScript(WARM, { keepHeaders: true });
  expect(record.requestHeaders?.get('authorization')).toBe('x');
  expect(record.responseHeaders?.get('content-type')).toBe('text/plain;charset=UTF-8');
});

test('events before a connection is looked for, of a transport that tells nothing else, are no attempt', async () => {
  const { record } = await recordOfScript([
    [0, bodyEnd],
    [0, wroteRequest],
    [1, answerOver(fresh)],
  ]);
  expect(record).toMatchObject({ attempts: [], endMs: 501 });
});
