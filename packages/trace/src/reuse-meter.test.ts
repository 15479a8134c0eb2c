import { compose, HttpRequest, HttpResponse, roundTripper, Transport, type HttpHeadersInit, type TraceListener } from '@roundtripper/core';
import { TestServer } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { reuseMeter } from './reuse-meter.ts';

test('counts reuse, and what stood in its way', async () => {
  await using server = await TestServer.start();
  const meter = reuseMeter();
  await using client = compose(meter, new Transport());
  const get = async (headers: HttpHeadersInit = {}): Promise<string> =>
    (await client.roundTrip(new HttpRequest(server.url, { headers }))).text();
  for (let count = 0; count < 4; count++) await get();
  await get({ Connection: 'close' });
  await Promise.all([get(), get()]);
  expect(meter.report()).toMatchObject({
    requests: 7,
    failed: 0,
    exchanges: 7,
    reused: 4,
    reuseRate: 4 / 7,
    fromIdle: 4,
    waited: 3,
    connectionsOpened: 3,
    connectionsClosed: 1,
    closeReasons: { 'request-close': 1 },
    notKept: { 'request-close': 1 },
  });
  await client.close();
  const { origins, ...counts } = meter.report();
  expect(counts.closeReasons).toEqual({ 'request-close': 1, 'transport-closed': 2 });
  expect(origins).toEqual({ [server.url]: counts });
});

test('a request that waits its turn is handed the connection', async () => {
  await using server = await TestServer.start();
  const meter = reuseMeter();
  await using client = compose(meter, new Transport({ maxConnsPerHost: 1 }));
  await Promise.all(Array.from({ length: 5 }, async () => (await client.roundTrip(new HttpRequest(server.url))).text()));
  expect(meter.report()).toMatchObject({
    exchanges: 5,
    reused: 4,
    handedOver: 4,
    fromIdle: 0,
    waited: 5,
    waitedForRoom: 4,
    connectionsOpened: 1,
  });
});

test('a server that closes what is idle, and a request that met such a connection too late', async () => {
  await using server = await TestServer.start();
  const meter = reuseMeter();
  await using client = compose(meter, new Transport());
  server.enqueue({ body: 'first' }, { fault: 'close-before-response' }, { body: 'second' });
  for (const body of ['first', 'second']) expect(await (await client.roundTrip(new HttpRequest(server.url))).text()).toBe(body);
  expect(meter.report()).toMatchObject({
    requests: 2,
    exchanges: 3,
    reused: 1,
    resends: 1,
    failed: 0,
    connectionsOpened: 2,
    closeReasons: { 'server-closed-idle': 1 },
  });
});

test('a dial that fails is a request without an exchange', async () => {
  const gone = await TestServer.start();
  await gone[Symbol.asyncDispose]();
  const meter = reuseMeter();
  await using client = compose(meter, new Transport());
  await expect(client.roundTrip(new HttpRequest(gone.url))).rejects.toMatchObject({ code: 'dial-failed' });
  expect(meter.report()).toMatchObject({ requests: 1, exchanges: 0, failed: 1, connectionsOpened: 0 });
});

test('chains that share a meter are counted together, each origin by itself', async () => {
  await using one = await TestServer.start();
  await using other = await TestServer.start();
  const meter = reuseMeter();
  await using first = compose(meter, new Transport());
  await using second = compose(meter, new Transport());
  for (const [client, url] of [
    [first, one.url],
    [first, other.url],
    [second, one.url],
  ] as const) {
    await (await client.roundTrip(new HttpRequest(url))).text();
  }
  const { requests, connectionsOpened, origins } = meter.report();
  expect([requests, connectionsOpened, origins[one.url]?.requests, origins[other.url]?.requests]).toEqual([3, 3, 2, 1]);
});

test('a reset forgets what was counted, and counts the end of what is under way', async () => {
  const meter = reuseMeter();
  const listeners: (TraceListener | undefined)[] = [];
  const client = compose(
    meter,
    roundTripper((request) => {
      listeners.push(request.trace);
      return Promise.resolve(new HttpResponse('ok'));
    }),
  );
  await client.roundTrip(new HttpRequest('http://example.com/'));
  const before = meter.report();
  meter.reset();
  expect(meter.report()).toMatchObject({ requests: 0, exchanges: 0, reuseRate: 0, meanIdleTime: 0, closeReasons: {}, origins: {} });
  listeners[0]?.({ kind: 'requestFailed', error: 'late' });
  expect(meter.report()).toMatchObject({ requests: 0, failed: 1, origins: { 'http://example.com': { failed: 1 } } });
  expect(before).toMatchObject({ requests: 1, failed: 0 });
});

test('beyond a thousand origins the later ones are counted together', async () => {
  const meter = reuseMeter();
  const client = compose(
    meter,
    roundTripper((request) => {
      request.trace?.({ kind: 'queueStart', willDial: true, waitsFor: 'own-dial' });
      return Promise.resolve(new HttpResponse('ok'));
    }),
  );
  for (let host = 0; host < 1_500; host++) await client.roundTrip(new HttpRequest(`http://h${host}.example/`));
  await client.roundTrip(new HttpRequest('http://h7.example/'));
  const { origins, waited } = meter.report();
  expect([Object.keys(origins).length, origins['others']?.waited, origins['http://h7.example']?.waited, waited]).toEqual([
    1_001, 500, 2, 1_501,
  ]);
});
