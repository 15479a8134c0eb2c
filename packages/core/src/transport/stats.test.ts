import { RecordingTrace, TestServer } from '@roundtripper/testing';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';

import { fetchText, holdExchange, isInUse, send, until } from '../../test/exchanges.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import { HttpRequest, type HttpRequestInit } from '../contract/http-request.ts';
import { RoundTripError } from '../contract/round-trip-error.ts';
import type { RouteStats } from '../contract/route-stats.ts';
import type { CloseReason, TraceEvent } from '../contract/trace-event.ts';
import type { Lookup } from '../wire/checked-lookup.ts';
import { Transport } from './transport.ts';

test('one exchange after the other, seen from outside at every step', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport({ maxConnsPerHost: 1 });
  const { url: origin } = server;
  expect(transport.stats()).toEqual([]);
  const first = holdExchange(transport, server);
  const nothing = { origin, dialing: 0, open: 0, idle: 0, busy: 0, waiting: 0, opened: 0, exchanges: 0, reused: 0, closed: {} };
  // Who dials waits too: for its own dial, or whatever comes first.
  expect(transport.stats()).toEqual([{ ...nothing, dialing: 1, waiting: 1 }]);
  const held = await first;
  expect(transport.stats()).toEqual([{ ...nothing, open: 1, busy: 1, opened: 1, exchanges: 1 }]);
  const second = holdExchange(transport, server);
  expect(transport.stats()).toEqual([{ ...nothing, open: 1, busy: 1, waiting: 1, opened: 1, exchanges: 1 }]);
  await held.finish();
  const again = await second;
  expect(transport.stats()).toEqual([{ ...nothing, open: 1, busy: 1, opened: 1, exchanges: 2, reused: 1 }]);
  await again.finish();
  expect(transport.stats()).toEqual([{ ...nothing, open: 1, idle: 1, opened: 1, exchanges: 2, reused: 1 }]);
  transport.closeIdleConnections();
  expect(transport.stats()).toEqual([{ ...nothing, opened: 1, exchanges: 2, reused: 1, closed: { 'close-idle-connections': 1 } }]);
});

test('what was given is a snapshot: it does not change, and changing it changes nothing', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport();
  await fetchText(transport, server.url);
  const before = transport.stats();
  const copy = structuredClone(before);
  for (const route of before) Reflect.set(route.closed, 'timeout', 99);
  await fetchText(transport, server.url, { close: true });
  expect(before).toMatchObject(copy);
  expect(transport.stats()).toMatchObject([{ exchanges: 2, closed: { 'request-close': 1 } }]);
  expect(transport.stats()[0]?.closed).not.toHaveProperty('timeout');
});

test('a dial that fails has opened nothing, and one that is left behind is counted when it is done', async () => {
  await using server = await TestServer.start();
  const answers: (() => void)[] = [];
  const lookup: Lookup = (hostname, _options, callback) => {
    if (hostname === 'fails.test') callback(new Error('no such host'), []);
    else answers.push(() => callback(null, [{ address: '127.0.0.1', family: 4 }]));
  };
  await using transport = new Transport({ lookup });
  await rejectionOf(send(transport, 'http://fails.test/'));
  const controller = new AbortController();
  const left = rejectionOf(send(transport, `http://slow.test:${server.port}/`, { signal: controller.signal }));
  await until(() => answers.length === 1);
  controller.abort();
  await left;
  const numbers = (): readonly unknown[] =>
    transport.stats().map(({ dialing, open, opened, exchanges }) => ({ dialing, open, opened, exchanges }));
  expect(numbers()).toEqual([
    { dialing: 0, open: 0, opened: 0, exchanges: 0 },
    { dialing: 1, open: 0, opened: 0, exchanges: 0 },
  ]);
  answers[0]?.();
  await until(() => transport.stats()[1]?.idle === 1);
  expect(numbers()[1]).toEqual({ dialing: 0, open: 1, opened: 1, exchanges: 0 });
});

test('a crawler does not fill the memory: of those that hold nothing the last thousand are kept', async () => {
  const lookup: Lookup = (_hostname, _options, callback) => callback(new Error('no such host'), []);
  await using server = await TestServer.start();
  await using transport = new Transport({ lookup });
  await fetchText(transport, server.url);
  await Promise.all(Array.from({ length: 1_010 }, (_, number) => rejectionOf(send(transport, `http://host-${number}.test/`))));
  const origins = transport.stats().map(({ origin }) => origin);
  expect(origins).toHaveLength(1_001);
  expect(origins).toContain(server.url);
  expect(origins).toContain('http://host-1009.test');
  expect(origins).not.toContain('http://host-9.test');
});

/** Mulberry32: the same numbers in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What a server does: mostly what it should, and some of everything that costs a connection. */
const ANSWERS: readonly ((response: ServerResponse, request: IncomingMessage) => void)[] = [
  ...Array.from({ length: 8 }, () => (response: ServerResponse) => void response.end('fine')),
  (response) => void response.writeHead(200, { Connection: 'close' }).end('last'),
  (response) => void response.writeHead(200, { 'Keep-Alive': 'timeout=5, max=0' }).end('last'),
  (response) => void response.writeHead(204).end(),
  (response) => void (response.write('in '), response.end('chunks')),
  (_, { socket }) => socket.destroy(),
  (_, { socket }) => socket.resetAndDestroy(),
  (response, { socket }) => void response.writeHead(200, { 'Content-Length': 10 }).write('short', () => socket.destroy()),
  (response, { socket }) => void response.end('goodbye', () => socket.destroy()),
  (response, { socket }) => void response.end('more', () => socket.write('HTTP/1.1 200 OK\r\n\r\n')),
  (_, { socket }) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n'),
  (_, { socket }) => void socket.write('HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold'),
  (response) => void response.writeHead(200, { 'Content-Length': 10 }).write('stalls'),
  (response) => void response.writeHead(200, { 'Content-Length': 100_000 }).end('x'.repeat(100_000)),
];

/** Where some requests are aborted. */
const MOMENTS: readonly TraceEvent['kind'][] = [
  'queueStart',
  'connectStart',
  'gotConn',
  'wroteHeaders',
  'gotFirstResponseByte',
  'gotResponse',
];

/** What the caller does with a request and its answer. */
async function use(transport: Transport, url: string, random: () => number, recorder: RecordingTrace): Promise<void> {
  const controller = new AbortController();
  const chance = random();
  const moment = random() < 0.1 ? MOMENTS[Math.floor(random() * MOMENTS.length)] : undefined;
  const trace = (event: TraceEvent): void => {
    recorder.trace(event);
    if (event.kind === moment) queueMicrotask(() => controller.abort());
  };
  const body = chance < 0.3 ? 'x' : undefined;
  const init: HttpRequestInit = {
    method: body === undefined ? 'GET' : 'POST',
    body,
    close: chance > 0.97,
    signal: controller.signal,
    trace,
  };
  try {
    const response = await transport.roundTrip(new HttpRequest(url, init));
    if (random() < 0.1) await response.dispose();
    else await response.text();
  } catch (error) {
    if (error !== controller.signal.reason && !(error instanceof RoundTripError)) throw error;
  }
}

/** What the events of one origin say that the Transport has counted. */
function counted(events: RecordingTrace, origin: string): Partial<RouteStats> {
  const closed: Partial<Record<CloseReason, number>> = {};
  const here = (event: { readonly connection: { readonly origin: string } }): boolean => event.connection.origin === origin;
  for (const { reason } of events.all('connClosed').filter(here)) closed[reason] = (closed[reason] ?? 0) + 1;
  const got = events.all('gotConn').filter(here);
  return {
    opened: events.all('connOpened').filter(here).length,
    exchanges: got.length,
    reused: got.filter(({ reused }) => reused).length,
    closed,
  };
}

describe('stats() and the events of all requests agree', () => {
  test('over a varied load', async () => {
    const random = seeded(20_261_121);
    const answer = (request: IncomingMessage, response: ServerResponse): void => {
      request.resume();
      request.once('end', () => ANSWERS[Math.floor(random() * ANSWERS.length)]?.(response, request));
    };
    const servers = [await TestServer.start({ handler: answer }), await TestServer.start({ handler: answer })];
    const gone = await TestServer.start();
    await gone[Symbol.asyncDispose]();
    const urls = [...servers.map(({ url }) => url), gone.url];
    const transport = new Transport({
      maxConnsPerHost: 12,
      maxIdleConnsPerHost: 4,
      maxIdleConns: 6,
      maxRequestsPerConn: 9,
      bodyIdleTimeout: 20,
    });
    const recorder = new RecordingTrace();
    let left = 1_000;
    const worker = async (): Promise<void> => {
      while (left-- > 0) await use(transport, urls[random() < 0.02 ? 2 : left % 2] ?? '', random, recorder);
    };
    await Promise.all(Array.from({ length: 40 }, worker));
    await until(() => transport.stats().every(({ dialing, busy }) => dialing + busy === 0));

    for (const { origin, opened, exchanges, reused, closed, open } of transport.stats()) {
      expect({ opened, exchanges, reused, closed }).toEqual(counted(recorder, origin));
      expect(opened - Object.values(closed).reduce((sum, count) => sum + count, 0)).toBe(open);
    }
    await transport.close();
    for (const { origin, opened, exchanges, reused, closed } of transport.stats()) {
      expect({ opened, exchanges, reused, closed }).toEqual(counted(recorder, origin));
    }
    expect(transport.stats().filter(isInUse)).toEqual([]);
    // Some were closed before their server had accepted them.
    for (const server of servers) {
      await until(() => server.connectionsOpened === counted(recorder, server.url).opened);
      await server.whenOpenConnections(0);
    }
    // The load was as varied as it was meant to be.
    expect(new Set(recorder.closeReasons).size).toBeGreaterThan(9);
    expect(recorder.all('gotConn').filter(({ reused }) => reused).length).toBeGreaterThan(100);
    for (const server of servers) await server[Symbol.asyncDispose]();
  });
});
