import { compose, goDefaults, HttpRequest, Transport, type HttpHeadersInit, type RoundTripper } from '@roundtripper/core';
import { testCertificate, TestServer } from '@roundtripper/testing';
import { lookup } from 'node:dns';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';

import type { ChurnWarning } from './churn-warning.ts';
import { formatReuseReport } from './format-reuse-report.ts';
import { reuseMeter } from './reuse-meter.ts';

async function get(client: RoundTripper, url: string, headers: HttpHeadersInit = {}): Promise<string> {
  return (await client.roundTrip(new HttpRequest(url, { headers }))).text();
}

const several = (count: number, act: () => Promise<unknown>): Promise<unknown[]> => Promise.all(Array.from({ length: count }, act));

test('counts reuse, and what stood in its way', async () => {
  await using server = await TestServer.start();
  const meter = reuseMeter();
  await using client = compose(meter, new Transport());
  for (let count = 0; count < 4; count++) await get(client, server.url);
  await get(client, server.url, { Connection: 'close' });
  await several(2, () => get(client, server.url));
  expect(meter.report()).toMatchObject({
    requests: 7,
    failed: 0,
    exchanges: 7,
    reused: 4,
    reuseRate: 4 / 7,
    fromIdle: 4,
    idleTime: { count: 4 },
    waited: 3,
    waitTime: { 'own-dial': { count: 3 } },
    connectionsOpened: 3,
    connectionsClosed: 1,
    connectionsOpen: 2,
    connectionsIdle: 2,
    closeReasons: { 'request-close': 1 },
    notKept: { 'request-close': 1 },
    exchangesPerConnection: { count: 1, sum: 5 },
  });
  await client.close();
  const { routes, warnings, ...counts } = meter.report();
  expect(counts).toMatchObject({ connectionsOpen: 0, connectionsIdle: 0, closeReasons: { 'request-close': 1, 'transport-closed': 2 } });
  expect(routes).toEqual([{ ...counts, origin: server.url }]);
  expect(warnings).toEqual([]);
});

test('a request that waits its turn is handed the connection, and only those that could not dial wait for room', async () => {
  await using server = await TestServer.start();
  const meter = reuseMeter();
  await using client = compose(meter, new Transport({ maxConnsPerHost: 1 }));
  await several(5, () => get(client, server.url));
  expect(meter.report()).toMatchObject({
    exchanges: 5,
    reused: 4,
    handedOver: 4,
    fromIdle: 0,
    waited: 5,
    waiting: 0,
    mostWaiting: 5,
    waitTime: { 'own-dial': { count: 1 }, 'room': { count: 4 } },
    connectionsOpened: 1,
    mostOpen: 1,
  });
});

test('over HTTP/2 those who wait for the dial of another, or for a stream, do not wait for room', async () => {
  await using server = await TestServer.start({ protocol: 'h2', tls: true, settings: { maxConcurrentStreams: 2 } });
  const meter = reuseMeter();
  const http2 = { strictMaxConcurrentStreams: true };
  await using client = compose(meter, new Transport({ tls: { ca: testCertificate.ca }, protocols: { http1: false, http2: true }, http2 }));
  await several(2, () => get(client, server.url));
  const gate = Promise.withResolvers<void>();
  for (let count = 0; count < 2; count++) server.enqueue({ body: 'held', bodyDelay: gate.promise });
  const held = await several(2, () => client.roundTrip(new HttpRequest(server.url)));
  expect(held).toHaveLength(2);
  const last = get(client, server.url);
  expect(meter.report()).toMatchObject({ waiting: 1 });
  gate.resolve();
  await last;
  const { waitTime, connectionsOpened, exchanges } = meter.report();
  expect({ connectionsOpened, exchanges }).toEqual({ connectionsOpened: 1, exchanges: 5 });
  expect(Object.keys(waitTime).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(['another-dial', 'capacity', 'own-dial']);
});

test('a dial whose request was served otherwise is donated, and serves another, as new', async () => {
  await using server = await TestServer.start();
  const lookups: (() => void)[] = [];
  const bothAsked = Promise.withResolvers<void>();
  const transport = new Transport({
    lookup: (hostname, options, callback) => {
      if (lookups.push(() => lookup(hostname, options, callback)) === 2) bothAsked.resolve();
    },
  });
  const meter = reuseMeter();
  await using client = compose(meter, transport);
  const url = `http://localhost:${server.port}/`;
  const both = several(2, () => get(client, url));
  await bothAsked.promise;
  lookups[0]?.();
  await both;
  expect(meter.report()).toMatchObject({ exchanges: 2, handedOver: 1, dials: 2, dialing: 1, dialsDonated: { toRequest: 0, toPool: 0 } });
  lookups[1]?.();
  while (meter.report().connectionsIdle < 2) await new Promise(setImmediate);
  expect(meter.report()).toMatchObject({ dialing: 0, dialsDonated: { toRequest: 0, toPool: 1 }, connectionsOpen: 2 });
  await several(2, () => get(client, url));
  expect(meter.report()).toMatchObject({ dialledByAnother: 1, reused: 2, fromIdle: 2 });
});

test('connections opened ahead are found when they are used', async () => {
  await using server = await TestServer.start();
  const meter = reuseMeter();
  const transport = new Transport();
  await using client = compose(meter, transport);
  await transport.preconnect(server.url, 2);
  await several(2, () => get(client, server.url));
  expect(meter.report()).toMatchObject({ connectionsOpened: 0, connectionsFound: 2, connectionsOpen: 2, waited: 0, dialledByAnother: 2 });
});

test('a server that closes what is idle, and a request that met such a connection too late', async () => {
  await using server = await TestServer.start();
  const meter = reuseMeter();
  await using client = compose(meter, new Transport());
  server.enqueue({ body: 'first' }, { fault: 'close-before-response' }, { body: 'second' });
  for (const body of ['first', 'second']) expect(await get(client, server.url)).toBe(body);
  const counts = { requests: 2, exchanges: 3, reused: 1, resends: 1, failed: 0, connectionsOpened: 2 };
  expect(meter.report()).toMatchObject({ ...counts, closeReasons: { 'server-closed-idle': 1 }, missedReuse: { servers: { count: 0 } } });
  server.closeIdleConnections();
  while (meter.report().connectionsOpen > 0) await new Promise(setImmediate);
  await get(client, server.url);
  expect(meter.report()).toMatchObject({ closeReasons: { 'server-closed-idle': 2 }, missedReuse: { servers: { count: 1 } } });
});

test('an HTTP/2 server that takes few requests at once, and says so too late for the first of them', async () => {
  const meter = reuseMeter();
  await using server = await TestServer.start({
    protocol: 'h2',
    settings: { maxConcurrentStreams: 5 },
    handler: async (_, response) => {
      while (meter.report().resends < 15) await new Promise(setImmediate);
      response.end();
    },
  });
  const transport = new Transport({ protocols: { http1: false, unencryptedHttp2: true }, http2: { strictMaxConcurrentStreams: true } });
  await using client = compose(meter, transport);
  await several(20, () => get(client, server.url));
  const { resends, warnings } = meter.report();
  expect([resends, warnings.map(({ kind, count }) => `${count} ${kind}`)]).toEqual([
    15,
    ['15 max-concurrent-streams', '15 refused-streams'],
  ]);
});

test('an HTTP/2 server that goes away', async () => {
  await using server = await TestServer.start({ protocol: 'h2', tls: true });
  const meter = reuseMeter();
  await using client = compose(meter, new Transport({ tls: { ca: testCertificate.ca } }));
  for (let count = 0; count < 3; count++) {
    server.enqueue({ body: 'last', fault: { kind: 'go-away' } });
    await get(client, server.url);
  }
  while (meter.report().connectionsOpen > 0) await new Promise(setImmediate);
  expect(meter.report()).toMatchObject({
    exchanges: 3,
    connectionsOpened: 3,
    closeReasons: { 'server-goaway': 3 },
    lifetime: { count: 3 },
  });
});

test('a dial that fails is a request without an exchange', async () => {
  const gone = await TestServer.start();
  await gone[Symbol.asyncDispose]();
  const meter = reuseMeter();
  await using client = compose(meter, new Transport());
  await expect(client.roundTrip(new HttpRequest(gone.url))).rejects.toMatchObject({ code: 'dial-failed' });
  expect(meter.report()).toMatchObject({ requests: 1, exchanges: 0, failed: 1, dials: 1, dialsFailed: 1, connectionsOpened: 0 });
});

test('chains that share a meter are counted together, each route by itself', async () => {
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
    await get(client, url);
  }
  const { requests, connectionsOpened, routes } = meter.report();
  const byOrigin = Object.fromEntries(routes.map((route) => [route.origin, route.requests]));
  expect({ requests, connectionsOpened, byOrigin }).toEqual({
    requests: 3,
    connectionsOpened: 3,
    byOrigin: { [one.url]: 2, [other.url]: 1 },
  });
});

/** A proxy that answers by itself whatever it is asked to pass on. */
async function startProxy(): Promise<Server & AsyncDisposable> {
  const proxy = createServer((_, response) => void response.end('passed on'));
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return proxy;
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

test('what a proxy passes on goes over a route of its own, whomever it is for', async () => {
  await using server = await TestServer.start();
  await using proxy = await startProxy();
  const name = `http://127.0.0.1:${portOf(proxy)}`;
  const meter = reuseMeter();
  const transport = new Transport({ proxy: ({ url }) => (url.hostname === '127.0.0.1' ? null : name) });
  await using client = compose(meter, transport);
  await get(client, server.url);
  for (const host of ['a.test', 'b.test', 'c.test']) expect(await get(client, `http://${host}/`)).toBe('passed on');
  await client.close();
  const connections = meter.report().routes.filter(({ exchanges }) => exchanges > 0);
  expect(connections.map(({ origin, proxy: by, exchanges, connectionsOpened }) => [origin, by, exchanges, connectionsOpened])).toEqual([
    [server.url, undefined, 1, 1],
    [name, name, 3, 1],
  ]);
  expect(transport.stats().map(({ origin, proxy: by, opened }) => [origin, by, opened])).toEqual([
    [server.url, undefined, 1],
    [name, name, 1],
  ]);
});

test("with Go's limits it says why connections are opened all day, and what to do", async () => {
  await using server = await TestServer.start();
  const options = { ...goDefaults };
  const warnings: ChurnWarning[] = [];
  const meter = reuseMeter({ transportOptions: options, onWarning: (warning) => warnings.push(warning) });
  await using client = compose(meter, new Transport(options));
  for (let burst = 0; burst < 5; burst++) await several(8, () => get(client, server.url));
  const closed = meter.report().closeReasons['max-idle-conns-per-host'] ?? 0;
  expect(closed).toBeGreaterThanOrEqual(10);
  const warning = { kind: 'max-idle-conns-per-host', origin: server.url };
  const text = (count: number): string => `${count} connections closed because maxIdleConnsPerHost is 2: raise it`;
  expect(warnings).toHaveLength(1);
  expect(warnings).toMatchObject([{ ...warning, count: 10, text: text(10) }]);
  expect(meter.report().warnings).toEqual([{ ...warning, count: closed, exchanges: 40, text: text(closed) }]);
  expect(formatReuseReport(meter.report())).toContain(`\n! ${text(closed)}`);
});

test('without being told the limit it says how many were idle', async () => {
  await using server = await TestServer.start();
  const meter = reuseMeter();
  await using client = compose(meter, new Transport({ maxIdleConnsPerHost: 3 }));
  for (let burst = 0; burst < 5; burst++) await several(8, () => get(client, server.url));
  expect(meter.report().warnings[0]?.text).toMatch(
    /^\d+ connections closed because of maxIdleConnsPerHost \(3 were idle already\): raise it$/,
  );
});

test('waits for a stream of HTTP/2 are warned of as they come, though no connection closes', async () => {
  await using server = await TestServer.start({ protocol: 'h2', tls: true, settings: { maxConcurrentStreams: 1 } });
  const warnings: ChurnWarning[] = [];
  const meter = reuseMeter({ onWarning: (warning) => warnings.push(warning) });
  const http2 = { strictMaxConcurrentStreams: true };
  await using client = compose(meter, new Transport({ tls: { ca: testCertificate.ca }, protocols: { http1: false, http2: true }, http2 }));
  await get(client, server.url);
  await several(12, () => get(client, server.url));
  expect(warnings).toMatchObject([{ kind: 'max-concurrent-streams', origin: server.url, count: 10 }]);
});

test.for([
  {
    fact: 'that throws',
    onWarning: (): never => {
      throw new Error('listener');
    },
  },
  { fact: 'whose promise is rejected', onWarning: (): unknown => Promise.reject(new Error('listener')) },
])('a listener of warnings $fact breaks nothing', async ({ onWarning }) => {
  await using server = await TestServer.start({
    handler: (_, response) => void response.writeHead(200, { Connection: 'close' }).end('ok'),
  });
  const meter = reuseMeter({ onWarning });
  await using client = compose(meter, new Transport());
  for (let count = 0; count < 12; count++) expect(await get(client, server.url)).toBe('ok');
  expect(meter.report()).toMatchObject({ connectionsClosed: 12, warnings: [{ kind: 'response-close', count: 12 }] });
});
