import { RecordingTrace, TestClock, TestServer } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { fetchText, holdExchange, send, isInUse } from '../../test/exchanges.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import type { HttpRequestInit } from '../contract/http-request.ts';
import { Transport } from './transport.ts';

/** So many connections at once, which are idle afterwards. */
async function fill(transport: Transport, server: TestServer, count: number, init: HttpRequestInit = {}): Promise<void> {
  const held = await Promise.all(Array.from({ length: count }, () => holdExchange(transport, server, init)));
  for (const exchange of held) await exchange.finish();
}

describe('maxConnsPerHost', () => {
  test('requests beyond it are served in the order in which they came', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport({ maxConnsPerHost: 2 });
    const order: number[] = [];
    const one = async (number: number): Promise<void> => {
      const response = await send(transport, `${server.url}/${number}`);
      order.push(number);
      await response.text();
    };
    const all = Array.from({ length: 12 }, (_, number) => one(number));
    expect(transport.stats()).toMatchObject([{ origin: server.url, open: 0, idle: 0, dialing: 2, waiting: 12 }]);
    await Promise.all(all);
    expect(server.requests.map((request) => request.url)).toEqual(Array.from({ length: 12 }, (_, number) => `/${number}`));
    expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, number) => number));
    expect(server.connectionsOpened).toBe(2);
  });

  test('each host has its own', async () => {
    await using one = await TestServer.start();
    await using two = await TestServer.start();
    await using transport = new Transport({ maxConnsPerHost: 1 });
    const held = [await holdExchange(transport, one), await holdExchange(transport, two)];
    expect(transport.stats()).toMatchObject([{ open: 1 }, { open: 1 }]);
    for (const exchange of held) await exchange.finish();
  });

  test('a connection that ends makes room for the next', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport({ maxConnsPerHost: 1 });
    const first = await holdExchange(transport, server);
    const waiting = fetchText(transport, server.url);
    await first.response.dispose();
    expect(await waiting).toBe('ok');
    expect(transport.stats()).toMatchObject([{ open: 1, idle: 1, waiting: 0 }]);
  });

  test('who leaves the queue is not served', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport({ maxConnsPerHost: 1 });
    const first = await holdExchange(transport, server);
    const controller = new AbortController();
    const leaves = rejectionOf(send(transport, `${server.url}/leaves`, { signal: controller.signal }));
    const stays = fetchText(transport, `${server.url}/stays`);
    controller.abort();
    expect(await leaves).toBe(controller.signal.reason);
    expect(transport.stats()).toMatchObject([{ waiting: 1 }]);
    await first.finish();
    await stays;
    expect(server.requests.map((request) => request.url)).toEqual(['/', '/stays']);
  });
});

test('maxQueuedPerHost refuses what comes beyond it, at once', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport({ maxConnsPerHost: 1, maxQueuedPerHost: 2 });
  const recorder = new RecordingTrace();
  const first = await holdExchange(transport, server);
  const queued = [fetchText(transport, server.url), fetchText(transport, server.url)];
  const body = new ReadableStream({ pull: () => {} });
  const refused = await rejectionOf(send(transport, server.url, { method: 'POST', body, trace: recorder.trace }));
  expect(refused).toMatchObject({ code: 'queue-full', phase: 'queue', sent: 'nothing', timeout: false });
  expect(recorder.kinds).toEqual(['getConn', 'requestFailed']);
  await first.finish();
  expect(await Promise.all(queued)).toEqual(['ok', 'ok']);
  expect(await fetchText(transport, server.url)).toBe('ok');
});

describe('idle connections', () => {
  test('maxIdleConns closes the longest idle of any host', async () => {
    const servers = [await TestServer.start(), await TestServer.start(), await TestServer.start()];
    await using transport = new Transport({ maxIdleConns: 2 });
    const recorders = servers.map(() => new RecordingTrace());
    for (const at of [0, 1, 0, 2]) await fetchText(transport, servers[at]?.url ?? '', { trace: recorders[at]?.trace });
    expect(recorders.map((recorder) => recorder.closeReasons)).toEqual([[], ['max-idle-conns'], []]);
    expect(transport.stats().flatMap((route) => (isInUse(route) ? [route.origin] : []))).toEqual([servers[0]?.url, servers[2]?.url]);
    await servers[1]?.whenOpenConnections(0);
    for (const server of servers) await server[Symbol.asyncDispose]();
  });

  test('maxIdleConnsPerHost closes what one host has more', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport({ maxIdleConnsPerHost: 2 });
    const recorder = new RecordingTrace();
    await fill(transport, server, 5, { trace: recorder.trace });
    expect(transport.stats()).toMatchObject([{ open: 2, idle: 2 }]);
    expect(recorder.closeReasons).toEqual(Array.from({ length: 3 }, () => 'max-idle-conns-per-host'));
    await server.whenOpenConnections(2);
  });

  test('below 0 none is kept, but who waits gets one', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport({ maxIdleConnsPerHost: -1, maxConnsPerHost: 1 });
    await Promise.all([1, 2, 3].map(() => fetchText(transport, server.url)));
    expect(server.connectionsOpened).toBe(1);
    expect(transport.stats().filter(isInUse)).toEqual([]);
    await server.whenOpenConnections(0);
  });

  test('0 stands for no limit', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport({ maxIdleConns: 0 });
    await fill(transport, server, 105);
    expect(transport.stats()).toMatchObject([{ open: 105, idle: 105 }]);
  });

  test('idleConnTimeout closes each when it is due', async () => {
    const clock = new TestClock();
    await using server = await TestServer.start();
    await using transport = new Transport({ clock, idleConnTimeout: 1_000 });
    const recorder = new RecordingTrace();
    const first = await holdExchange(transport, server, { trace: recorder.trace });
    const second = await holdExchange(transport, server, { trace: recorder.trace });
    await first.finish();
    await clock.advance(600);
    await second.finish();
    await clock.advance(399);
    expect(transport.stats()).toMatchObject([{ idle: 2 }]);
    await clock.advance(1);
    expect(transport.stats()).toMatchObject([{ idle: 1 }]);
    await clock.advance(599);
    expect(recorder.closeReasons).toEqual(['idle-timeout']);
    await clock.advance(1);
    expect(recorder.closeReasons).toEqual(['idle-timeout', 'idle-timeout']);
    expect(transport.stats().filter(isInUse)).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
    await server.whenOpenConnections(0);
  });

  test('a connection in use is not idle, however long it takes', async () => {
    const clock = new TestClock();
    await using server = await TestServer.start();
    await using transport = new Transport({ clock, idleConnTimeout: 1_000 });
    await fetchText(transport, server.url);
    const held = await holdExchange(transport, server);
    await clock.advance(5_000);
    expect(await held.finish()).toBe('ok');
    await clock.advance(999);
    await fetchText(transport, server.url);
    expect(server.connectionsOpened).toBe(1);
  });

  test('closeIdleConnections closes them now, and what becomes idle until the next request', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport();
    const recorder = new RecordingTrace();
    const busy = await holdExchange(transport, server, { trace: recorder.trace });
    const idle = await holdExchange(transport, server, { trace: recorder.trace });
    await idle.finish();
    transport.closeIdleConnections();
    expect(recorder.closeReasons).toEqual(['close-idle-connections']);
    expect(await busy.finish()).toBe('ok');
    expect(recorder.closeReasons).toEqual(['close-idle-connections', 'close-idle-connections']);
    expect(transport.stats().filter(isInUse)).toEqual([]);
    await fetchText(transport, server.url);
    expect(transport.stats()).toMatchObject([{ idle: 1 }]);
    await server.whenOpenConnections(1);
  });
});

test('responseHeaderTimeout counts from when the request is sent, and not the body of the answer', async () => {
  const clock = new TestClock();
  await using server = await TestServer.start();
  await using transport = new Transport({ clock, responseHeaderTimeout: 1_000, idleConnTimeout: 0 });
  const gate = Promise.withResolvers<void>();
  server.enqueue({ body: 'late', bodyDelay: gate.promise });
  const slow = await send(transport, server.url);
  await clock.advance(5_000);
  gate.resolve();
  expect(await slow.text()).toBe('late');
  server.enqueue({ fault: 'never-answer' });
  const failed = rejectionOf(send(transport, server.url, { method: 'POST', body: 'x' }));
  await server.takeRequest();
  await server.takeRequest();
  await clock.advance(999);
  expect(transport.stats()).toMatchObject([{ open: 1, idle: 0 }]);
  await clock.advance(1);
  expect(await failed).toMatchObject({ code: 'header-timeout', phase: 'response-head', sent: 'all', timeout: true });
  await server.whenOpenConnections(0);
  expect(transport.stats().filter(isInUse)).toEqual([]);
  expect(clock.pendingTimers).toBe(0);
});
