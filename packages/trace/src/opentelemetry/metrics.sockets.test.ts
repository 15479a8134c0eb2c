import { ValueType } from '@opentelemetry/api';

import { DataPointType } from '@opentelemetry/sdk-metrics';
import {
  compose,
  HttpRequest,
  Transport,
  type ComposedRoundTripper,
  type HttpResponse,
  type RoundTripper,
  type TransportOptions,
  type RouteStats,
} from '@roundtripper/core';
import { testCertificate, TestClock, TestServer, type Fault } from '@roundtripper/testing';
import { expect, test, vi } from 'vitest';

import { Telemetry, type Metrics } from '../../test/telemetry.ts';
import { openTelemetry } from './open-telemetry.ts';
import type { OpenTelemetryOptions } from './options.ts';

interface Client extends ComposedRoundTripper {
  readonly transport: Transport;
}

function clientOf(
  { tracerProvider, meterProvider }: Telemetry,
  options: OpenTelemetryOptions = {},
  transportOptions: TransportOptions = {},
): Client {
  const transport = new Transport(transportOptions);
  return Object.assign(compose(openTelemetry({ tracerProvider, meterProvider, ...options }), transport), { transport });
}

async function get(client: RoundTripper, url: string, init: ConstructorParameters<typeof HttpRequest>[1] = {}): Promise<string> {
  return (await client.roundTrip(new HttpRequest(url, init))).text();
}

/** An exchange whose body the server keeps back until it is told. */
async function hold(client: RoundTripper, server: TestServer): Promise<() => Promise<string>> {
  const gate = Promise.withResolvers<void>();
  server.enqueue({ body: 'ok', bodyDelay: gate.promise });
  const response = await client.roundTrip(new HttpRequest(server.url));
  return () => {
    gate.resolve();
    return response.text();
  };
}

/** After the turn of the event loop, at whose end levels are told. */
async function afterTurn(telemetry: Telemetry): Promise<Metrics> {
  await new Promise(setImmediate);
  return telemetry.metrics();
}

const REQUEST_BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

test('the metrics have the names, units and kinds of the conventions', async () => {
  const clock = new TestClock();
  await using telemetry = new Telemetry();
  await using server = await TestServer.start();
  await using client = clientOf(telemetry, { clock }, { maxConnsPerHost: 1 });
  const finish = await hold(client, server);
  const second = get(client, `http://localhost:${server.port}/`, { method: 'POST', body: 'body' });
  await finish();
  await second;
  await client.close();
  const metrics = await telemetry.metrics();
  const told = metrics.names.map((name) => {
    const { descriptor, ...data } = metrics.data(name);
    const kind = data.dataPointType === DataPointType.SUM && !data.isMonotonic ? 'up-down counter' : DataPointType[data.dataPointType];
    return [name, kind, descriptor.unit, ValueType[descriptor.valueType]] as const;
  });
  expect(told.toSorted(([one], [other]) => one.localeCompare(other))).toEqual([
    ['dns.lookup.duration', 'HISTOGRAM', 's', 'DOUBLE'],
    ['http.client.active_requests', 'up-down counter', '{request}', 'INT'],
    ['http.client.connection.duration', 'HISTOGRAM', 's', 'DOUBLE'],
    ['http.client.open_connections', 'up-down counter', '{connection}', 'INT'],
    ['http.client.request.body.size', 'HISTOGRAM', 'By', 'INT'],
    ['http.client.request.duration', 'HISTOGRAM', 's', 'DOUBLE'],
    ['http.client.request.time_in_queue', 'HISTOGRAM', 's', 'DOUBLE'],
    ['http.client.response.body.size', 'HISTOGRAM', 'By', 'INT'],
  ]);
  const duration = metrics.data('http.client.request.duration');
  const boundaries =
    duration.dataPointType === DataPointType.HISTOGRAM ? duration.dataPoints.map(({ value }) => value.buckets.boundaries) : [];
  // Of two methods and two names for the server.
  expect(boundaries).toEqual([REQUEST_BOUNDARIES, REQUEST_BOUNDARIES]);
});

test('durations have the method, the server, the status, the protocol and what went wrong; and are those of the spans', async () => {
  const clock = new TestClock();
  await using telemetry = new Telemetry();
  await using server = await TestServer.start();
  await using client = clientOf(telemetry, { clock });
  const finish = await hold(client, server);
  await clock.advance(250);
  await finish();
  server.enqueue({ status: 404 }, { body: 'half', fault: 'truncate-body' }, { fault: 'garbage' });
  await get(client, server.url);
  await get(client, server.url).catch(() => {});
  await get(client, server.url).catch(() => {});
  const base = {
    'http.request.method': 'GET',
    'server.address': '127.0.0.1',
    'server.port': server.port,
    'network.protocol.version': '1.1',
  };
  expect((await telemetry.metrics()).series('http.client.request.duration')).toEqual([
    { attributes: { ...base, 'http.response.status_code': 200 }, value: 0.25, count: 1 },
    { attributes: { ...base, 'http.response.status_code': 404, 'error.type': '404' }, value: 0, count: 1 },
    { attributes: { ...base, 'http.response.status_code': 200, 'error.type': 'truncated' }, value: 0, count: 1 },
    { attributes: { ...base, 'error.type': 'malformed-response' }, value: 0, count: 1 },
  ]);
  expect(telemetry.spans[0]?.duration).toEqual([0, 250_000_000]);
});

test('sizes are those of the bodies on the wire, where there was one and all of it', async () => {
  await using telemetry = new Telemetry();
  await using server = await TestServer.start();
  await using client = clientOf(telemetry);
  server.enqueue({ body: '12345' }, { body: ['12', '345'] }, { status: 204 }, { body: 'half', fault: 'truncate-body' });
  await get(client, server.url);
  await get(client, server.url, { method: 'POST', body: 'four' });
  await get(client, server.url, { method: 'PUT', body: new ReadableStream({ pull: (controller) => controller.close() }) });
  await get(client, server.url).catch(() => {});
  const metrics = await telemetry.metrics();
  const sizes = (name: string): unknown =>
    metrics.series(name).map(({ attributes, value, count }) => [attributes['http.request.method'], value, count]);
  expect(sizes('http.client.request.body.size')).toEqual([
    ['POST', 4, 1],
    ['PUT', 0, 1],
  ]);
  expect(sizes('http.client.response.body.size')).toEqual([
    ['GET', 5, 1],
    ['POST', 5, 1],
    ['PUT', 0, 1],
  ]);
});

test('a connection is active while it carries an exchange, and idle between them', async () => {
  await using telemetry = new Telemetry();
  await using server = await TestServer.start();
  await using client = clientOf(telemetry);
  const [finishFirst, finishSecond] = [await hold(client, server), await hold(client, server)];
  const both = await afterTurn(telemetry);
  expect([both.connections('active'), both.connections('idle')]).toEqual([2, 0]);
  const asked = { 'http.request.method': 'GET', 'server.address': '127.0.0.1', 'server.port': server.port };
  expect(both.series('http.client.active_requests')).toMatchObject([{ attributes: asked, value: 2 }]);
  await finishFirst();
  const one = await afterTurn(telemetry);
  expect([one.connections('active'), one.connections('idle')]).toEqual([1, 1]);
  await finishSecond();
  // The last of them is told at once: the program may end now.
  const none = await telemetry.metrics();
  expect([none.connections('active'), none.connections('idle')]).toEqual([0, 2]);
  expect(none.series('http.client.active_requests')).toMatchObject([{ value: 0 }]);
  await client.close();
  const closed = await telemetry.metrics();
  const attributes = { 'server.address': '127.0.0.1', 'server.port': server.port, 'network.protocol.version': '1.1' };
  expect(closed.series('http.client.open_connections')).toEqual([
    { attributes: { 'http.connection.state': 'idle', ...attributes }, value: 0, count: 1 },
    { attributes: { 'http.connection.state': 'active', ...attributes }, value: 0, count: 1 },
  ]);
  expect(closed.series('http.client.connection.duration')).toMatchObject([{ attributes, count: 2 }]);
});

test('an HTTP/2 connection with several exchanges counts as active once, until the last is over', async () => {
  await using telemetry = new Telemetry();
  await using server = await TestServer.start({ protocol: 'h2', tls: true });
  await using client = clientOf(telemetry, { optIn: ['network.peer.address', 'url.scheme'] }, { tls: { ca: testCertificate.ca } });
  await get(client, server.url);
  const finish = [await hold(client, server), await hold(client, server), await hold(client, server)];
  for (const end of finish) {
    const metrics = await afterTurn(telemetry);
    expect([metrics.connections('active'), metrics.connections('idle')]).toEqual([1, 0]);
    await end();
  }
  const metrics = await telemetry.metrics();
  expect([metrics.connections('active'), metrics.connections('idle')]).toEqual([0, 1]);
  expect(metrics.series('http.client.open_connections')[0]?.attributes).toMatchObject({
    'network.protocol.version': '2',
    'network.peer.address': '127.0.0.1',
    'url.scheme': 'https',
  });
});

test('a connection that was opened ahead counts from its first request on', async () => {
  await using telemetry = new Telemetry();
  await using server = await TestServer.start();
  await using client = clientOf(telemetry);
  await client.transport.preconnect(server.url);
  const finish = await hold(client, server);
  const metrics = await afterTurn(telemetry);
  expect([metrics.connections('active'), metrics.connections('idle')]).toEqual([1, 0]);
  await finish();
});

test('connections of requests that are ignored count, too', async () => {
  await using telemetry = new Telemetry();
  await using server = await TestServer.start();
  await using client = clientOf(telemetry, { ignore: () => true });
  await get(client, server.url);
  const metrics = await afterTurn(telemetry);
  expect([metrics.names, metrics.connections('idle')]).toEqual([['http.client.open_connections'], 1]);
});

test('a request that waits for a connection tells for how long, and one that finds one does not', async () => {
  const clock = new TestClock();
  await using telemetry = new Telemetry();
  await using server = await TestServer.start();
  await using client = clientOf(telemetry, { clock }, { maxConnsPerHost: 1, poolTimeout: 60_000, clock });
  const finish = await hold(client, server);
  const served = get(client, server.url);
  await clock.advance(2_000);
  await finish();
  await served;
  const finishAgain = await hold(client, server);
  const refused = get(client, server.url);
  const failed = expect(refused).rejects.toMatchObject({ code: 'pool-timeout' });
  await clock.advance(60_000);
  await failed;
  await finishAgain();
  const base = { 'http.request.method': 'GET', 'server.address': '127.0.0.1', 'server.port': server.port };
  expect((await telemetry.metrics()).series('http.client.request.time_in_queue')).toEqual([
    // The first waited for its dial, in no time of this clock.
    { attributes: { ...base, 'network.protocol.version': '1.1' }, value: 2, count: 2 },
    { attributes: base, value: 60, count: 1 },
  ]);
});

test('a lookup tells how long it took, by the name and by what went wrong', async () => {
  const clock = new TestClock();
  await using telemetry = new Telemetry();
  await using server = await TestServer.start();
  const lookup: TransportOptions['lookup'] = (hostname, _options, callback) => {
    clock.after(40, () => {
      if (hostname === 'known.test') callback(null, [{ address: '127.0.0.1', family: 4 }]);
      else callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), []);
    });
    void clock.advance(40);
  };
  await using client = clientOf(telemetry, { clock }, { lookup });
  await get(client, `http://known.test:${server.port}/`);
  await expect(get(client, `http://unknown.test:${server.port}/`)).rejects.toMatchObject({ code: 'dns-failed' });
  expect((await telemetry.metrics()).series('dns.lookup.duration')).toEqual([
    { attributes: { 'dns.question.name': 'known.test' }, value: 0.04, count: 1 },
    { attributes: { 'dns.question.name': 'unknown.test', 'error.type': 'ENOTFOUND' }, value: 0.04, count: 1 },
  ]);
});

const FAULTS: readonly (Fault | undefined)[] = [
  undefined,
  undefined,
  'never-answer',
  'close-before-response',
  'reset-before-response',
  'garbage',
  'truncate-body',
  'reset-body',
  'stall-body',
  'close-after-response',
];

/** The same numbers each time. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test.for([1, 2, 3])(
  'after work in which everything goes wrong (%i) nothing is active, and what was opened less what was closed is open',
  async (seed) => {
    const next = numbers(seed);
    await using telemetry = new Telemetry();
    await using server = await TestServer.start();
    await using client = clientOf(telemetry, { spanEvents: true }, { maxConnsPerHost: 6 });
    const use = async (response: HttpResponse): Promise<unknown> => (next(4) === 0 ? response.dispose() : response.text());
    const one = async (): Promise<void> => {
      const fault = FAULTS[next(FAULTS.length)];
      server.enqueue({ body: 'x'.repeat(next(3) * 100_000), ...(fault === undefined ? {} : { fault }) });
      const controller = new AbortController();
      // Some are aborted early, and those that hang in the end: which request meets which fault is for chance to say.
      const patience = next(4) === 0 ? next(6) : 200;
      const state = { isOver: false };
      const upload = next(3) === 0 ? { method: 'POST', body: 'x' } : {};
      const used = client.roundTrip(new HttpRequest(server.url, { signal: controller.signal, ...upload })).then(use);
      const over = used.catch(() => {}).then(() => (state.isOver = true));
      for (let turn = 0; turn < patience && !state.isOver; turn++) await new Promise(setImmediate);
      controller.abort();
      await over;
    };
    for (let round = 0; round < 10; round++) await Promise.all(Array.from({ length: 12 }, one));
    const sumOf = (count: (route: RouteStats) => number): number => client.transport.stats().reduce((sum, route) => sum + count(route), 0);
    // What was disposed of may be drained yet.
    await vi.waitFor(() => expect(sumOf(({ busy }) => busy)).toBe(0));
    const before = await afterTurn(telemetry);
    expect([before.connections('active'), before.connections('idle')]).toEqual([0, sumOf(({ idle }) => idle)]);
    await client.close({ graceful: false });
    const after = await telemetry.metrics();
    expect([after.connections('active'), after.connections('idle')]).toEqual([0, 0]);
    for (const { value } of after.series('http.client.active_requests')) expect(value).toBe(0);
    const total = (name: string): number => after.series(name).reduce((sum, { count }) => sum + count, 0);
    expect([total('http.client.request.duration'), telemetry.spans.length]).toEqual([120, 120]);
    expect(total('http.client.connection.duration')).toBe(sumOf(({ opened }) => opened));
  },
);
