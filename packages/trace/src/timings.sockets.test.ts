import {
  compose,
  HttpRequest,
  HttpResponse,
  Transport,
  type Middleware,
  type RoundTripper,
  type TraceEvent,
  type TransportOptions,
} from '@roundtripper/core';
import { BytePeer, testCertificate, TestServer } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { faultsOf } from '../test/sound-record.ts';
import type { ExchangeRecord } from './exchange-record.ts';
import { recordOf } from './record-exchanges.ts';
import { recordTimings } from './record-timings.ts';
import { serverTiming } from './server-timing.ts';
import { timings } from './timings.ts';
import { traceLog } from './trace-log.ts';

/** A Transport for 127.0.0.1 and localhost, behind `middleware`. */
function clientOf(middleware: Middleware, options: TransportOptions = {}): ReturnType<typeof compose> {
  return compose(middleware, new Transport({ tls: { ca: testCertificate.ca }, ...options }));
}

/** A GET whose answer was read, or could not be; of what failed altogether the error. */
async function get(client: RoundTripper, url: string): Promise<HttpResponse | Error> {
  try {
    const response = await client.roundTrip(new HttpRequest(url));
    await response.text().catch(() => '');
    return response;
  } catch (error) {
    return error instanceof Error ? error : new Error('not an error', { cause: error });
  }
}

/** The record of what has come out, checked. */
function soundRecordOf(outcome: unknown): ExchangeRecord {
  const record = recordOf(outcome);
  if (record === undefined) throw new Error('nothing was recorded');
  expect(faultsOf(record)).toEqual([]);
  return record;
}

test.for([
  { name: 'HTTP/1.1', proto: 'HTTP/1.1', server: { protocol: 'http/1.1' }, protocols: { http1: true }, tls: false },
  { name: 'HTTP/1.1 over TLS', proto: 'HTTP/1.1', server: { protocol: 'http/1.1', tls: true }, protocols: { http1: true }, tls: true },
  { name: 'HTTP/2 over TLS', proto: 'HTTP/2.0', server: { protocol: 'h2', tls: true }, protocols: { http2: true }, tls: true },
  { name: 'HTTP/2 by prior knowledge', proto: 'HTTP/2.0', server: { protocol: 'h2' }, protocols: { unencryptedHttp2: true }, tls: false },
] as const)('over $name: a connection is opened, then reused', async ({ proto, server: options, protocols, tls }) => {
  await using server = options.protocol === 'h2' ? await TestServer.start(options) : await TestServer.start(options);
  await using client = clientOf(recordTimings(), { protocols: { http1: false, http2: false, unencryptedHttp2: false, ...protocols } });
  const url = server.url.replace('127.0.0.1', 'localhost');
  const [first, second] = [await get(client, url), await get(client, url)];
  const [cold, warm] = [soundRecordOf(first), soundRecordOf(second)];
  expect([cold.status, cold.proto, warm.proto]).toEqual([200, proto, proto]);
  expect(timings(first)).toMatchObject({ reused: false, numConnects: 1, numRetries: 0, attempts: 1 });
  const { dns, connect, ssl, timeNamelookup, timeConnect, timeAppconnect, timePretransfer } = timings(first);
  expect([dns, connect, ssl].map((phase) => phase !== undefined)).toEqual([true, true, tls]);
  const inOrder = [timeNamelookup, timeConnect, ...(tls ? [timeAppconnect] : []), timePretransfer].map((time) => time ?? Number.NaN);
  expect(inOrder.toSorted((one, other) => one - other)).toEqual(inOrder);
  expect(timings(second)).toMatchObject({ dns: undefined, connect: undefined, ssl: undefined, reused: true, numConnects: 0, queued: 0 });
  expect(warm.attempts[0]?.connection).toBe(cold.attempts[0]?.connection);
  expect(cold.attempts[0]).toMatchObject({ bodyBytes: 2, requestBodyBytes: 0, waitsFor: 'own-dial', connectedAddress: '127.0.0.1' });
  expect(cold.attempts[0]?.releasedMs).toBeGreaterThanOrEqual(cold.startMs);
});

test('the wait is the server’s time, and receiving that of the body', async () => {
  await using server = await TestServer.start();
  server.enqueue({ headDelay: 30, bodyDelay: 20, body: 'slow' });
  await using client = clientOf(recordTimings());
  const { wait = 0, receive = 0, time = 0 } = timings(await get(client, server.url));
  // Timers of Node may be a millisecond early.
  expect([wait >= 29, receive >= 19, time >= wait + receive]).toEqual([true, true, true]);
});

test('with room for one connection the second request is queued for as long as the first takes', async () => {
  await using server = await TestServer.start();
  const gate = Promise.withResolvers<void>();
  server.enqueue({ body: 'first', bodyDelay: gate.promise });
  await using client = clientOf(recordTimings(), { maxConnsPerHost: 1 });
  const first = await client.roundTrip(new HttpRequest(server.url));
  const second = get(client, server.url);
  const openedMs = performance.now();
  await new Promise(setImmediate);
  gate.resolve();
  await first.text();
  const record = soundRecordOf(await second);
  expect(record.attempts).toMatchObject([{ waitsFor: 'room', reused: true, wasIdle: false, dialStartMs: undefined }]);
  const { queued, blocked = 0 } = timings(await second);
  expect(queued).toBeGreaterThan(0);
  expect(blocked).toBeGreaterThanOrEqual(queued);
  expect(record.startMs).toBeLessThanOrEqual(openedMs);
});

test('a stale connection: two attempts, the second over a fresh one', async () => {
  await using peer = await BytePeer.listen(async (conversation) => {
    await conversation.readHead();
    await conversation.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    // It ends the connection as soon as another request comes.
    if (conversation.number === 1) {
      await conversation.readHead();
      conversation.end();
    }
  });
  await using client = clientOf(recordTimings());
  await get(client, peer.url);
  const outcome = await get(client, peer.url);
  const { attempts } = soundRecordOf(outcome);
  expect(attempts).toMatchObject([
    { cause: 'first', reused: true, error: { code: 'stale-connection' } },
    { cause: 'resend', reused: false, error: undefined },
  ]);
  expect(timings(outcome)).toMatchObject({ attempts: 2, numRetries: 1, numConnects: 1, reused: false });
  expect(timings(outcome).earlier).toBeGreaterThan(0);
});

test('a dial that fails', async () => {
  const gone = await TestServer.start();
  await gone[Symbol.asyncDispose]();
  await using client = clientOf(recordTimings());
  const error = await get(client, gone.url);
  const record = soundRecordOf(error);
  expect(record).toMatchObject({ error, attempts: [{ gotConnMs: undefined, error }] });
  expect(record.attempts[0]?.dialError).toBeDefined();
  expect(timings(error)).toMatchObject({ dns: undefined, ssl: undefined, send: undefined, connection: undefined });
  expect(timings(error).connect).toBeGreaterThan(0);
});

test.for([
  'getConn',
  'queueStart',
  'dialStart',
  'connectStart',
  'connOpened',
  'queueEnd',
  'gotConn',
  'wroteHeaders',
  'wroteRequest',
  'gotFirstResponseByte',
  'gotResponse',
  'bodyStart',
] as const)('a request that is given up at %s is over, with what it was given up for', async (kind) => {
  await using server = await TestServer.start();
  server.enqueue({ body: 'xx', fault: 'stall-body' });
  const controller = new AbortController();
  const reason = new Error('enough');
  const records: ExchangeRecord[] = [];
  await using client = clientOf(recordTimings({ onExchange: (record) => void records.push(record) }));
  const trace = (event: TraceEvent): void => {
    if (event.kind === kind) controller.abort(reason);
  };
  await client
    .roundTrip(new HttpRequest(server.url, { signal: controller.signal, trace }))
    .then((response) => response.text())
    .catch(() => '');
  expect(records).toMatchObject([{ error: reason }]);
  expect(records.flatMap((record) => faultsOf(record))).toEqual([]);
});

test('an answer before the request body was sent: the body ends later, or not at all', async () => {
  await using server = await TestServer.start();
  server.enqueue({ status: 413, body: 'too large', when: 'request-head' });
  await using client = clientOf(recordTimings());
  const body = Promise.withResolvers<void>();
  const request = new HttpRequest(server.url, {
    method: 'PUT',
    body: (async function* slow() {
      yield 'a';
      await body.promise;
      yield 'b';
    })(),
  });
  const response = await client.roundTrip(request);
  await response.text();
  const record = soundRecordOf(response);
  expect(record).toMatchObject({ status: 413, error: undefined, attempts: [{ wroteRequestMs: undefined }] });
  expect(timings(response).wait).toBe(0);
  body.resolve();
  await client.close();
  expect(record.attempts[0]?.wroteRequestMs).toBeGreaterThanOrEqual(record.endMs ?? Number.NaN);
});

test('what the server says of its own time, trailers included', async () => {
  await using server = await TestServer.start();
  server.enqueue({
    headers: { 'Server-Timing': ['db;dur=53', 'cache;desc="a, b"'] },
    body: ['x'],
    trailers: { 'Server-Timing': 'total;dur=60.5' },
  });
  await using client = clientOf(recordTimings());
  const response = await get(client, server.url);
  if (!(response instanceof HttpResponse)) throw response;
  expect(serverTiming(response)).toEqual([
    { name: 'db', duration: 53, description: '' },
    { name: 'cache', duration: 0, description: 'a, b' },
    { name: 'total', duration: 60.5, description: '' },
  ]);
});

test('a log of connections: opened, carrying, closed with a reason', async () => {
  await using server = await TestServer.start();
  const log = traceLog();
  await using client = clientOf(log);
  await get(client, server.url);
  await get(client, server.url);
  await client.close();
  const [first, second] = log.exchanges.map(({ id }) => id);
  expect(log.connections).toMatchObject([
    { exchanges: [first, second], exchangeCount: 2, closeReason: 'transport-closed', proto: 'http/1.1', remotePort: server.port },
  ]);
  const [{ dialStartMs = Number.NaN, openedMs = Number.NaN, closedMs } = {}] = log.connections;
  expect(openedMs).toBeGreaterThanOrEqual(dialStartMs);
  expect(closedMs).toBeGreaterThanOrEqual(openedMs);
});

test('HTTP/2: requests side by side share a connection, each with a stream', async () => {
  await using server = await TestServer.start({ protocol: 'h2', tls: true });
  const log = traceLog();
  await using client = clientOf(log);
  await get(client, server.url);
  await Promise.all(Array.from({ length: 10 }, () => get(client, server.url)));
  expect(log.exchanges.flatMap((record) => faultsOf(record))).toEqual([]);
  expect(log.connections).toMatchObject([{ exchangeCount: 11, proto: 'h2' }]);
  const streams = log.exchanges.map(({ attempts }) => attempts[0]?.streamId);
  expect(new Set(streams).size).toBe(11);
});
