import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  compose,
  HttpRequest,
  Transport,
  type ComposedRoundTripper,
  type Middleware,
  type RoundTripper,
  type TransportOptions,
} from '@roundtripper/core';
import { BytePeer, testCertificate, TestClock, TestServer } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { Telemetry } from '../../test/telemetry.ts';
import { openTelemetry } from './open-telemetry.ts';
import type { OpenTelemetryOptions } from './options.ts';
import { countResends } from './resends.ts';

/** A Transport of which the SDK is told. */
function clientOf(telemetry: Telemetry, options: OpenTelemetryOptions = {}, transport: TransportOptions = {}): ComposedRoundTripper {
  return compose(middlewareOf(telemetry, options), new Transport(transport));
}

function middlewareOf({ tracerProvider, meterProvider, propagator }: Telemetry, options: OpenTelemetryOptions = {}): Middleware {
  return openTelemetry({ tracerProvider, meterProvider, propagator, ...options });
}

async function get(client: RoundTripper, url: string): Promise<string> {
  return (await client.roundTrip(new HttpRequest(url))).text();
}

/** What it rejects with. */
async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it was expected to fail');
}

/** A body that does not come whole with its head. */
const LARGE = 'x'.repeat(3_000_000);

test('a request has a span of kind CLIENT, with what the conventions require, and sends its context along', async () => {
  await using telemetry = new Telemetry();
  await using server = await TestServer.start();
  await using client = clientOf(telemetry);
  expect(await get(client, `${server.url}/a?b=c`)).toBe('ok');
  const { span } = telemetry;
  expect(span).toMatchObject({ name: 'GET', kind: SpanKind.CLIENT, status: { code: SpanStatusCode.UNSET }, events: [], links: [] });
  expect(span.instrumentationScope.name).toBe('@roundtripper/trace');
  expect(span.attributes).toEqual({
    'http.request.method': 'GET',
    'server.address': '127.0.0.1',
    'server.port': server.port,
    'url.full': `${server.url}/a?b=c`,
    'http.response.status_code': 200,
    'network.protocol.version': '1.1',
    'network.peer.address': '127.0.0.1',
    'network.peer.port': server.port,
  });
  const { traceId, spanId } = span.spanContext();
  expect(server.requests[0]?.header('traceparent')).toBe(`00-${traceId}-${spanId}-01`);
});

test.for([
  { status: 302, code: SpanStatusCode.UNSET, errorType: undefined },
  { status: 404, code: SpanStatusCode.ERROR, errorType: '404' },
  { status: 503, code: SpanStatusCode.ERROR, errorType: '503' },
])('a $status is an error: $errorType', async ({ status, code, errorType }) => {
  await using telemetry = new Telemetry();
  await using server = await TestServer.start();
  await using client = clientOf(telemetry);
  server.enqueue({ status });
  await get(client, server.url);
  const { attributes, status: spanStatus } = telemetry.span;
  expect([attributes['http.response.status_code'], attributes['error.type'], spanStatus]).toEqual([status, errorType, { code }]);
});

test('without an answer the span says what failed, and to whom it was', async () => {
  await using telemetry = new Telemetry();
  const server = await TestServer.start();
  await server[Symbol.asyncDispose]();
  await using client = clientOf(telemetry);
  const error = await failureOf(get(client, server.url));
  expect(error).toMatchObject({ code: 'dial-failed' });
  const { attributes, status } = telemetry.span;
  expect(attributes).toEqual({
    'http.request.method': 'GET',
    'server.address': '127.0.0.1',
    'server.port': server.port,
    'url.full': `${server.url}/`,
    'error.type': 'dial-failed',
  });
  expect(status).toEqual({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : '' });
});

test.for([
  { fault: 'close-before-response', errorType: 'connection-closed' },
  { fault: 'garbage', errorType: 'malformed-response' },
] as const)('an answer that fails with $errorType', async ({ fault, errorType }) => {
  await using telemetry = new Telemetry();
  await using server = await TestServer.start();
  await using client = clientOf(telemetry);
  server.enqueue({ fault });
  await failureOf(get(client, server.url));
  expect(telemetry.span.attributes).toMatchObject({
    'error.type': errorType,
    'network.peer.port': server.port,
    'network.protocol.version': '1.1',
  });
  expect(telemetry.span.attributes).not.toHaveProperty('http.response.status_code');
});

test('a body that is cut off fails the span, whose status is told all the same', async () => {
  await using telemetry = new Telemetry();
  await using server = await TestServer.start();
  await using client = clientOf(telemetry);
  server.enqueue({ body: 'half', fault: 'truncate-body' });
  await failureOf(get(client, server.url));
  expect(telemetry.span.attributes).toMatchObject({ 'error.type': 'truncated', 'http.response.status_code': 200 });
  expect(telemetry.span.status.code).toBe(SpanStatusCode.ERROR);
});

test.for([
  { fact: 'with nothing of its own', reason: undefined, errorType: 'AbortError' },
  { fact: 'with a class of errors', reason: new RangeError('enough'), errorType: 'RangeError' },
  { fact: 'with something that is no error', reason: 'enough', errorType: '_OTHER' },
])('an abort $fact, before the answer and in its body', async ({ reason, errorType }) => {
  await using telemetry = new Telemetry();
  await using server = await TestServer.start();
  await using client = clientOf(telemetry);
  const first = new AbortController();
  server.enqueue({ fault: 'never-answer' });
  const waiting = client.roundTrip(new HttpRequest(server.url, { signal: first.signal }));
  await server.takeRequest();
  first.abort(reason);
  await failureOf(waiting);
  const second = new AbortController();
  server.enqueue({ body: LARGE, fault: 'stall-body' });
  const response = await client.roundTrip(new HttpRequest(server.url, { signal: second.signal }));
  second.abort(reason);
  await failureOf(response.text());
  const told = telemetry.spans.map(({ attributes }) => [attributes['error.type'], attributes['http.response.status_code']]);
  expect(told).toEqual([
    [errorType, undefined],
    [errorType, 200],
  ]);
});

test('the span ends with the body, and not before', async () => {
  const clock = new TestClock();
  await using telemetry = new Telemetry();
  await using server = await TestServer.start();
  await using client = clientOf(telemetry, { clock });
  const gate = Promise.withResolvers<void>();
  server.enqueue({ body: LARGE, bodyDelay: gate.promise });
  const response = await client.roundTrip(new HttpRequest(server.url));
  expect(telemetry.spans).toEqual([]);
  await clock.advance(1_500);
  gate.resolve();
  await response.text();
  expect(telemetry.span.duration).toEqual([1, 500_000_000]);
});

test('with endWith: head it ends with the head, and the body may take its time', async () => {
  await using telemetry = new Telemetry();
  await using server = await TestServer.start();
  await using client = clientOf(telemetry, { endWith: 'head' });
  const gate = Promise.withResolvers<void>();
  server.enqueue({ body: 'late', bodyDelay: gate.promise });
  const response = await client.roundTrip(new HttpRequest(server.url));
  expect(telemetry.span.attributes['http.response.status_code']).toBe(200);
  expect((await telemetry.metrics()).series('http.client.response.body.size')).toEqual([]);
  gate.resolve();
  await response.text();
  const metrics = await telemetry.metrics();
  expect(metrics.series('http.client.response.body.size')).toMatchObject([{ value: 4, count: 1 }]);
  expect(metrics.series('http.client.request.duration')).toMatchObject([{ count: 1 }]);
});

test('a response that is disposed of unread ends its span, without an error', async () => {
  await using telemetry = new Telemetry();
  await using server = await TestServer.start();
  await using client = clientOf(telemetry);
  server.enqueue({ body: LARGE, fault: 'stall-body' });
  const response = await client.roundTrip(new HttpRequest(server.url));
  await response.dispose();
  expect(telemetry.span).toMatchObject({ status: { code: SpanStatusCode.UNSET } });
  expect(telemetry.span.attributes).not.toHaveProperty('error.type');
  expect((await telemetry.metrics()).series('http.client.response.body.size')).toEqual([]);
});

test('a response that is dropped unread is not held by its span, which ends at the time of the head', async () => {
  const clock = new TestClock();
  await using telemetry = new Telemetry();
  await using server = await TestServer.start();
  await using client = clientOf(telemetry, { clock, responseHook: () => {} });
  server.enqueue({ body: LARGE, fault: 'stall-body' });
  // Not in this function: what it holds lives as long as it does.
  const drop = async (): Promise<number> => (await client.roundTrip(new HttpRequest(server.url))).status;
  expect(await drop()).toBe(200);
  await clock.advance(60_000);
  while (telemetry.spans.length === 0) {
    globalThis.gc?.();
    await new Promise(setImmediate);
  }
  expect(telemetry.span).toMatchObject({ status: { code: SpanStatusCode.UNSET }, duration: [0, 0] });
});

test('closing the Transport ends the spans of responses that nobody reads', async () => {
  await using telemetry = new Telemetry();
  await using server = await TestServer.start();
  await using client = clientOf(telemetry);
  server.enqueue({ body: LARGE, fault: 'stall-body' });
  const response = await client.roundTrip(new HttpRequest(server.url));
  await client.close({ graceful: false });
  expect(telemetry.span.attributes).toMatchObject({ 'http.response.status_code': 200, 'error.type': 'transport-closed' });
  await failureOf(response.text());
});

test('what the Transport sends again stays in the span whose context was sent, and is counted there', async () => {
  await using telemetry = new Telemetry();
  await using server = await TestServer.start();
  await using client = clientOf(telemetry);
  await get(client, server.url);
  server.enqueue({ fault: 'reset-before-response' });
  await get(client, server.url);
  const [first, second, ...more] = telemetry.spans;
  expect(more).toEqual([]);
  expect(first?.attributes).not.toHaveProperty('http.request.resend_count');
  expect(second?.attributes).toMatchObject({ 'http.request.resend_count': 1, 'http.response.status_code': 200 });
  const sent = server.requests.map((request) => request.header('traceparent'));
  expect(sent[1]).toBe(sent[2]);
});

/** A policy that sends again whatever fails. */
const stubborn: Middleware = (next) => ({
  roundTrip: async (request) => {
    for (;;) {
      const response = await next.roundTrip(request).catch(() => undefined);
      if (response !== undefined && response.status < 500) return response.with({ statusText: 'at last' });
      await response?.dispose();
    }
  },
});

test('inside of a policy that sends again each attempt has its span, numbered by countResends()', async () => {
  await using telemetry = new Telemetry();
  await using server = await TestServer.start();
  await using client = compose(countResends(), stubborn, middlewareOf(telemetry), new Transport());
  server.enqueue({ status: 503 }, { fault: 'garbage' }, { status: 200, body: 'ok' });
  expect(await get(client, server.url)).toBe('ok');
  const told = telemetry.spans.map(({ attributes }) => [attributes['http.request.resend_count'], attributes['error.type']]);
  expect(told).toEqual([
    [undefined, '503'],
    [1, 'malformed-response'],
    [2, undefined],
  ]);
  expect(new Set(server.requests.map((request) => request.header('traceparent'))).size).toBe(3);
});

test('HTTP/2 requests that share a connection have a span each', async () => {
  await using telemetry = new Telemetry();
  await using server = await TestServer.start({ protocol: 'h2', tls: true });
  await using client = clientOf(telemetry, {}, { tls: { ca: testCertificate.ca } });
  const url = `https://localhost:${server.port}/`;
  await get(client, url);
  await Promise.all([get(client, url), get(client, url), get(client, url)]);
  expect(telemetry.spans).toHaveLength(4);
  for (const { attributes } of telemetry.spans) {
    expect(attributes).toMatchObject({ 'server.address': 'localhost', 'network.protocol.version': '2', 'network.peer.port': server.port });
  }
  expect(server.connectionsOpened).toBe(1);
});

test('a proxy is the peer, and the server is whom the request is for', async () => {
  await using telemetry = new Telemetry();
  await using proxy = await TestServer.start();
  await using client = clientOf(telemetry, {}, { proxy: `http://user:secret@127.0.0.1:${proxy.port}` });
  await get(client, 'http://behind.test/path');
  expect(proxy.requests).toMatchObject([{ url: 'http://behind.test/path' }]);
  expect(telemetry.span.attributes).toMatchObject({
    'server.address': 'behind.test',
    'server.port': 80,
    'url.full': 'http://behind.test/path',
    'network.peer.address': '127.0.0.1',
    'network.peer.port': proxy.port,
  });
  // Such a connection is the proxy's, and serves whomever it passes requests on to.
  const [connections] = (await telemetry.metrics()).series('http.client.open_connections');
  expect(connections?.attributes).toMatchObject({ 'server.address': '127.0.0.1', 'server.port': proxy.port });
});

test('a tunnel through a proxy has its steps among the events of the span, and no credentials', async () => {
  await using telemetry = new Telemetry();
  await using proxy = await BytePeer.listen(async (conversation) => {
    await conversation.readHead();
    await conversation.write('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n');
    await conversation.readUntilClose();
  });
  await using client = clientOf(telemetry, { spanEvents: true }, { proxy: proxy.url.replace('//', '//user:secret@') });
  await failureOf(get(client, 'https://behind.test/'));
  expect(telemetry.span.attributes).toMatchObject({ 'server.address': 'behind.test', 'server.port': 443, 'error.type': 'proxy-refused' });
  const steps = telemetry.span.events.filter(({ name }) => name.startsWith('proxyConnect'));
  expect(steps.map(({ attributes }) => attributes)).toEqual([
    { 'roundtripper.proxy': proxy.url, 'roundtripper.target': 'behind.test:443' },
    { 'roundtripper.proxy': proxy.url, 'http.response.status_code': 502, 'error.type': 'proxy-refused' },
  ]);
  expect(JSON.stringify(telemetry.span.events)).not.toContain('secret');
});

test('after an upgrade the connection is the caller’s, and the span over', async () => {
  await using telemetry = new Telemetry();
  await using peer = await BytePeer.listen(async (conversation) => {
    await conversation.readHead();
    await conversation.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    await conversation.readUntilClose();
  });
  await using client = clientOf(telemetry);
  const response = await client.roundTrip(new HttpRequest(peer.url, { headers: { Connection: 'Upgrade', Upgrade: 'echo' } }));
  expect(telemetry.span.attributes['http.response.status_code']).toBe(101);
  await response.dispose();
  const metrics = await telemetry.metrics();
  expect([metrics.connections('active'), metrics.connections('idle')]).toEqual([0, 0]);
});

test('the active span is the parent, and what is further in has the request’s own for its parent', async () => {
  await using telemetry = new Telemetry();
  await using server = await TestServer.start();
  const tracer = telemetry.tracerProvider.getTracer('test');
  const inner: Middleware = (next) => ({
    roundTrip: (request) => {
      tracer.startSpan('further in').end();
      return next.roundTrip(request);
    },
  });
  await using client = compose(middlewareOf(telemetry), inner, new Transport());
  const parent = tracer.startSpan('parent');
  await context.with(trace.setSpan(context.active(), parent), () => get(client, server.url));
  const [furtherIn, own] = telemetry.spans;
  expect(own?.parentSpanContext?.spanId).toBe(parent.spanContext().spanId);
  expect(own?.spanContext().traceId).toBe(parent.spanContext().traceId);
  expect(furtherIn?.parentSpanContext?.spanId).toBe(own?.spanContext().spanId);
  parent.end();
});

test('the caller’s request is left as it was, and so are its headers', async () => {
  await using telemetry = new Telemetry();
  await using server = await TestServer.start();
  await using client = clientOf(telemetry);
  const request = new HttpRequest(server.url, { method: 'POST', headers: { 'X-Own': '1', 'traceparent': 'of the caller' }, body: 'body' });
  const response = await client.roundTrip(request);
  await response.text();
  expect([...request.headers.fields()]).toEqual([
    ['X-Own', '1'],
    ['traceparent', 'of the caller'],
    ['Content-Type', 'text/plain;charset=UTF-8'],
  ]);
  expect(request.trace).toBeUndefined();
  const received = server.requests[0];
  expect([received?.header('x-own'), received?.text()]).toEqual(['1', 'body']);
  expect(received?.header('traceparent')).toContain(telemetry.span.spanContext().spanId);
});

test('events of the request are events of its span where that is asked for', async () => {
  await using telemetry = new Telemetry();
  await using server = await TestServer.start();
  await using client = clientOf(telemetry, { spanEvents: true });
  await get(client, server.url);
  expect(telemetry.span.events.map(({ name }) => name)).toEqual([
    'queueStart',
    'dialStart',
    'connectStart',
    'connectDone',
    'dialEnd',
    'queueEnd',
    'gotConn',
    'wroteRequest',
    'gotFirstResponseByte',
    'gotResponse',
  ]);
  expect(telemetry.span.events.find(({ name }) => name === 'gotConn')?.attributes).toMatchObject({
    'roundtripper.connection.reused': false,
  });
});
