import { RecordingTrace, TestClock, TestServer } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { fetchText, holdExchange, isInUse, send, until } from '../../test/exchanges.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import type { Lookup } from '../wire/checked-lookup.ts';
import { Transport } from './transport.ts';
import type { TransportOptions } from './transport-options.ts';

const never: Lookup = () => {};

test('opens as many as are asked for, which the next requests use', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport();
  await transport.preconnect(server.url, 3);
  expect(transport.stats()).toMatchObject([{ origin: server.url, open: 3, idle: 3, dialing: 0, opened: 3, exchanges: 0 }]);
  const recorder = new RecordingTrace();
  const held = [
    await holdExchange(transport, server, { trace: recorder.trace }),
    await holdExchange(transport, server),
    await holdExchange(transport, server),
  ];
  expect(held.map(({ response }) => response.connection?.reused)).toEqual([false, false, false]);
  expect(recorder.all('gotConn')).toMatchObject([{ reused: false, wasIdle: true }]);
  for (const exchange of held) await exchange.finish();
  expect(server.connectionsOpened).toBe(3);
});

test('counts those that are idle or being dialled already', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport();
  await fetchText(transport, server.url);
  const both = [transport.preconnect(server.url, 3), transport.preconnect(new URL('/some/path?x', server.url), 3)];
  expect(transport.stats()).toMatchObject([{ idle: 1, dialing: 2 }]);
  await Promise.all(both);
  await transport.preconnect(server.url);
  expect(transport.stats()).toMatchObject([{ idle: 3, opened: 3 }]);
  await server.whenOpenConnections(3);
});

test('one in use does not count: it is not there for the next request', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport();
  const held = await holdExchange(transport, server);
  await transport.preconnect(server.url, 1);
  expect(transport.stats()).toMatchObject([{ open: 2, idle: 1, busy: 1 }]);
  await held.finish();
});

describe('opens no more than the limits allow', () => {
  test.for<{ fact: string; options: TransportOptions; opened: number }>([
    { fact: 'maxConnsPerHost', options: { maxConnsPerHost: 2 }, opened: 2 },
    { fact: 'maxIdleConnsPerHost', options: { maxIdleConnsPerHost: 2 }, opened: 2 },
    { fact: 'maxIdleConnsPerHost, where none is kept', options: { maxIdleConnsPerHost: -1 }, opened: 0 },
    { fact: 'maxIdleConns', options: { maxIdleConns: 3 }, opened: 3 },
    { fact: 'a limit of the host’s own', options: { hosts: { '127.0.0.1': { maxConnsPerHost: 1 } } }, opened: 1 },
    { fact: 'none, where 0 stands for no limit', options: { maxIdleConns: 0 }, opened: 5 },
  ])('$fact', async ({ options, opened }) => {
    await using server = await TestServer.start();
    await using transport = new Transport(options);
    await transport.preconnect(server.url, 5);
    await transport.preconnect(server.url, 5);
    const [stats] = transport.stats();
    expect({ opened: stats?.opened ?? 0, idle: stats?.idle ?? 0, closed: stats?.closed ?? {} }).toEqual({
      opened,
      idle: opened,
      closed: {},
    });
    await server.whenOpenConnections(opened);
  });

  test('those in use included', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport({ maxConnsPerHost: 2 });
    const held = await holdExchange(transport, server);
    await transport.preconnect(server.url, 5);
    expect(transport.stats()).toMatchObject([{ open: 2, idle: 1, busy: 1 }]);
    await held.finish();
  });
});

test('a request that waits for its own dial takes what was opened ahead if it comes first', async () => {
  await using server = await TestServer.start();
  const found: (() => void)[] = [];
  const lookup: Lookup = (_hostname, _options, callback) => void found.push(() => callback(null, [{ address: '127.0.0.1', family: 4 }]));
  await using transport = new Transport({ lookup });
  const url = `http://peer.test:${server.port}`;
  const ahead = transport.preconnect(url);
  const text = fetchText(transport, url);
  expect(transport.stats()).toMatchObject([{ dialing: 2, waiting: 1 }]);
  await until(() => found.length === 2);
  found[0]?.();
  await ahead;
  expect(await text).toBe('ok');
  found[1]?.();
  await until(() => transport.stats()[0]?.idle === 2);
});

test('fails as the dial did, and leaves nothing', async () => {
  const server = await TestServer.start();
  await server[Symbol.asyncDispose]();
  await using transport = new Transport();
  expect(await rejectionOf(transport.preconnect(server.url, 3))).toMatchObject({ code: 'dial-failed', phase: 'connect', sent: 'nothing' });
  await until(() => !transport.stats().some(isInUse));
  expect(transport.stats()).toMatchObject([{ opened: 0 }]);
});

describe('a Transport that is closed', () => {
  test('ends what it opens ahead', async () => {
    const clock = new TestClock();
    await using transport = new Transport({ lookup: never, clock });
    const ahead = rejectionOf(transport.preconnect('http://peer.test'));
    await transport.close();
    expect(await ahead).toMatchObject({ code: 'transport-closed', sent: 'nothing' });
    expect(clock.pendingTimers).toBe(0);
  });

  test('opens nothing', async () => {
    const transport = new Transport();
    await transport.close();
    expect(await rejectionOf(transport.preconnect('http://peer.test'))).toMatchObject({ code: 'transport-closed', phase: 'queue' });
  });
});

test('closeIdleConnections closes what was opened ahead, and the next to ask gets others', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport();
  await transport.preconnect(server.url, 2);
  transport.closeIdleConnections();
  expect(transport.stats()).toMatchObject([{ open: 0, closed: { 'close-idle-connections': 2 } }]);
  await transport.preconnect(server.url);
  expect(transport.stats()).toMatchObject([{ idle: 1, opened: 3 }]);
  expect((await send(transport, server.url)).status).toBe(200);
});

test('what was opened ahead grows old like any other', async () => {
  const clock = new TestClock();
  await using server = await TestServer.start();
  await using transport = new Transport({ clock, idleConnTimeout: 1_000 });
  await transport.preconnect(server.url);
  await clock.advance(1_000);
  expect(transport.stats()).toMatchObject([{ open: 0, closed: { 'idle-timeout': 1 } }]);
  await server.whenOpenConnections(0);
});

describe('is a TypeError', () => {
  test.for<{ fact: string; origin: string; count?: number; options?: TransportOptions }>([
    { fact: 'where the origin is no URL', origin: 'example.com' },
    { fact: 'where it is of another scheme', origin: 'ftp://example.com' },
    { fact: 'for no connection', origin: 'http://example.com', count: 0 },
    { fact: 'for half a connection', origin: 'http://example.com', count: 0.5 },
    { fact: 'for all there are', origin: 'http://example.com', count: Infinity },
    { fact: 'where keep-alive is off', origin: 'http://example.com', options: { disableKeepAlives: true } },
    {
      fact: 'where it is off for the host',
      origin: 'http://example.com',
      options: { hosts: { 'example.com': { disableKeepAlives: true } } },
    },
  ])('$fact', async ({ origin, count, options }) => {
    await using transport = new Transport(options);
    expect(await rejectionOf(transport.preconnect(origin, count))).toBeInstanceOf(TypeError);
    expect(transport.stats()).toEqual([]);
  });
});
