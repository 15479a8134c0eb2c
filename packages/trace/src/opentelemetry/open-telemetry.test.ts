import { PassThrough } from 'node:stream';

import { context, diag, metrics, propagation, SpanStatusCode, trace, type DiagLogger, type TextMapPropagator } from '@opentelemetry/api';
import { AlwaysOffSampler } from '@opentelemetry/sdk-trace';
import {
  compose,
  HttpRequest,
  HttpResponse,
  roundTripper,
  RoundTripError,
  type HttpRequestInit,
  type RoundTripper,
} from '@roundtripper/core';
import { afterEach, describe, expect, test, vi } from 'vitest';

import { collected } from '../../test/collected.ts';
import { connectionInfo, connOpened } from '../../test/scripted-events.ts';
import { Telemetry } from '../../test/telemetry.ts';
import { openTelemetry } from './open-telemetry.ts';
import type { OpenTelemetryOptions } from './options.ts';

afterEach(() => {
  diag.disable();
  trace.disable();
  metrics.disable();
  propagation.disable();
});

/** A next that answers by itself, as a cache does, and keeps what it was given. */
function answering(status = 200): RoundTripper & { readonly requests: HttpRequest[] } {
  const requests: HttpRequest[] = [];
  return Object.assign(
    roundTripper((request) => {
      requests.push(request);
      return Promise.resolve(new HttpResponse('ok', { status, headers: { 'X-Answer': 'yes', 'Set-Cookie': 'a=b' }, request }));
    }),
    { requests },
  );
}

/** One request with the SDK told of it. */
async function send(
  telemetry: Telemetry,
  options: OpenTelemetryOptions,
  {
    url = 'http://example.com/',
    next = answering(),
    ...init
  }: HttpRequestInit & { readonly url?: string; readonly next?: RoundTripper } = {},
): Promise<HttpResponse> {
  const { tracerProvider, meterProvider, propagator } = telemetry;
  const client = compose(openTelemetry({ tracerProvider, meterProvider, propagator, ...options }), next);
  return client.roundTrip(new HttpRequest(url, init));
}

/** What went to OpenTelemetry's own log, of errors and warnings. */
function diagComplaints(): unknown[][] {
  const errors: unknown[][] = [];
  const none = (): void => {};
  const complain = (...args: unknown[]): void => void errors.push(args);
  const logger: DiagLogger = { error: complain, warn: complain, info: none, debug: none, verbose: none };
  diag.setLogger(logger);
  errors.length = 0;
  return errors;
}

test.for([
  { url: 'http://example.com', told: 'http://example.com/' },
  { url: 'https://example.com:8443/a%20b?c=d&e=#f', told: 'https://example.com:8443/a%20b?c=d&e=' },
  { url: 'http://[::1]:8080/', told: 'http://[::1]:8080/' },
  { url: 'https://user:pa%3Ass@example.com/', told: 'https://REDACTED:REDACTED@example.com/' },
  { url: 'https://user@example.com/?q=a@b', told: 'https://REDACTED:REDACTED@example.com/?q=a@b' },
  { url: 'https://:secret@example.com/', told: 'https://REDACTED:REDACTED@example.com/' },
  {
    url: 'https://s3.example/o?AWSAccessKeyId=a&Expires=1&Signature=b',
    told: 'https://s3.example/o?AWSAccessKeyId=REDACTED&Expires=1&Signature=REDACTED',
  },
  { url: 'https://blob.example/o?sv=1&sig=b%2B', told: 'https://blob.example/o?sv=1&sig=REDACTED' },
  { url: 'https://gcs.example/o?X-Goog-Signature=b', told: 'https://gcs.example/o?X-Goog-Signature=REDACTED' },
  { url: 'https://s3.example/o?X-Amz-Signature=b', told: 'https://s3.example/o?X-Amz-Signature=REDACTED' },
  { url: 'https://example.com/?Ticket=b&other=c', told: 'https://example.com/?Ticket=REDACTED&other=c' },
])('url.full of $url', async ({ url, told }) => {
  await using telemetry = new Telemetry();
  await send(telemetry, { secretParameters: ['ticket'] }, { url });
  expect(telemetry.span.attributes['url.full']).toBe(told);
});

test('server.address of an IPv6 address is without brackets', async () => {
  await using telemetry = new Telemetry();
  await send(telemetry, {}, { url: 'https://[::1]/' });
  expect(telemetry.span.attributes).toMatchObject({ 'server.address': '::1', 'server.port': 443 });
});

describe('methods', () => {
  test.for([
    { method: 'QUERY', name: 'QUERY', attributes: { 'http.request.method': 'QUERY' } },
    { method: 'PURGE', name: 'HTTP', attributes: { 'http.request.method': '_OTHER', 'http.request.method_original': 'PURGE' } },
    // Methods are told apart by case (RFC 9110 §9.1).
    { method: 'patch', name: 'HTTP', attributes: { 'http.request.method': '_OTHER', 'http.request.method_original': 'patch' } },
  ])('$method', async ({ method, name, attributes }) => {
    await using telemetry = new Telemetry();
    await send(telemetry, {}, { method });
    expect(telemetry.span.name).toBe(name);
    expect(telemetry.span.attributes).toMatchObject(attributes);
  });

  test('that are known can be given, by the environment too, in place of the default', async () => {
    await using telemetry = new Telemetry();
    await send(telemetry, { knownMethods: ['PURGE'] }, { method: 'PURGE' });
    vi.stubEnv('OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS', 'GET, PURGE');
    await send(telemetry, {}, { method: 'PURGE' });
    await send(telemetry, {}, { method: 'POST' });
    vi.unstubAllEnvs();
    expect(telemetry.spans.map(({ name }) => name)).toEqual(['PURGE', 'PURGE', 'HTTP']);
  });
});

test('a template is in the name and the attributes, and a name of one’s own goes before', async () => {
  await using telemetry = new Telemetry();
  const urlTemplate = (): string => '/users/{id}';
  await send(telemetry, { urlTemplate });
  await send(telemetry, { urlTemplate, spanName: ({ method }) => `${method} a user` });
  await send(telemetry, { urlTemplate: () => undefined, spanName: () => undefined });
  expect(telemetry.spans.map(({ name, attributes }) => [name, attributes['url.template']])).toEqual([
    ['GET /users/{id}', '/users/{id}'],
    ['GET a user', '/users/{id}'],
    ['GET', undefined],
  ]);
  const series = (await telemetry.metrics()).series('http.client.request.duration');
  expect(series.map(({ attributes, count }) => [attributes['url.template'], count])).toEqual([
    ['/users/{id}', 2],
    [undefined, 1],
  ]);
});

test('fields that are asked for are told, and others are not', async () => {
  await using telemetry = new Telemetry();
  const headers = [
    ['Accept', 'text/html'],
    ['Authorization', 'Bearer x'],
    ['accept', '*/*'],
  ] as const;
  await send(telemetry, { captureRequestHeaders: ['accept', 'X-None'], captureResponseHeaders: ['X-Answer', 'set-cookie'] }, { headers });
  const told = Object.entries(telemetry.span.attributes).filter(([name]) => name.includes('.header.'));
  expect(Object.fromEntries(told)).toEqual({
    'http.request.header.accept': ['text/html, */*'],
    'http.response.header.x-answer': ['yes'],
    'http.response.header.set-cookie': ['a=b'],
  });
});

test('opt-in attributes are told where they are asked for', async () => {
  await using telemetry = new Telemetry();
  await send(telemetry, { optIn: ['url.scheme', 'user_agent.original'] }, { headers: { 'User-Agent': 'test/1' } });
  expect(telemetry.span.attributes).toMatchObject({ 'url.scheme': 'http', 'user_agent.original': 'test/1' });
  expect((await telemetry.metrics()).series('http.client.request.duration')[0]?.attributes).toMatchObject({ 'url.scheme': 'http' });
});

describe('the parent', () => {
  test('can be required: without one there is no span, but there are metrics', async () => {
    await using telemetry = new Telemetry();
    const next = answering();
    await send(telemetry, { requireParentSpan: true }, { next });
    expect([telemetry.spans, next.requests[0]?.headers.has('traceparent')]).toEqual([[], false]);
    expect((await telemetry.metrics()).series('http.client.request.duration')).toMatchObject([{ count: 1 }]);
    const parent = telemetry.tracerProvider.getTracer('test').startSpan('parent');
    await context.with(trace.setSpan(context.active(), parent), () => send(telemetry, { requireParentSpan: true }));
    expect(telemetry.span.parentSpanContext?.spanId).toBe(parent.spanContext().spanId);
  });

  test('may not be sampled: the decision is sent along, and the metrics are recorded', async () => {
    await using telemetry = new Telemetry(new AlwaysOffSampler());
    const next = answering();
    await send(telemetry, { spanEvents: true }, { next });
    expect(telemetry.spans).toEqual([]);
    expect(next.requests[0]?.headers.get('traceparent')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect((await telemetry.metrics()).series('http.client.request.duration')).toMatchObject([{ count: 1 }]);
  });
});

test('what is ignored has no span, no metrics and no context', async () => {
  await using telemetry = new Telemetry();
  const next = answering();
  await send(telemetry, { ignore: ({ target }) => target.path === '/metrics' }, { next, url: 'http://example.com/metrics' });
  expect([telemetry.spans, (await telemetry.metrics()).names, next.requests[0]?.headers.has('traceparent')]).toEqual([[], [], false]);
});

test('an answer that comes over no connection ends the span at once, read or not', async () => {
  await using telemetry = new Telemetry();
  await send(telemetry, {}, { next: answering(404) });
  expect(telemetry.span).toMatchObject({ status: { code: SpanStatusCode.ERROR } });
  expect(telemetry.span.attributes).not.toHaveProperty('network.peer.address');
});

test('a stream that is handed over ends the span, whenever its own end may come', async () => {
  await using telemetry = new Telemetry();
  const socket = new PassThrough();
  const next = roundTripper((request) => {
    request.trace?.({ kind: 'gotResponse', status: 200, proto: 'HTTP/2.0' });
    return Promise.resolve(new HttpResponse(null, { request, socket }));
  });
  await send(telemetry, {}, { next });
  expect(telemetry.span.attributes['http.response.status_code']).toBe(200);
  socket.destroy();
});

test('what a cache fetches behind an answer of its own is not told as part of it', async () => {
  await using telemetry = new Telemetry();
  const next = answering();
  await send(telemetry, { spanEvents: ['gotResponse'] }, { next });
  const errors = diagComplaints();
  next.requests[0]?.trace?.({ kind: 'gotResponse', status: 200, proto: 'HTTP/1.1' });
  next.requests[0]?.trace?.({ kind: 'bodyEnd', bodyBytes: 10 });
  expect([telemetry.span.events, errors]).toEqual([[], []]);
  expect((await telemetry.metrics()).series('http.client.response.body.size')).toEqual([]);
});

describe('what throws changes nothing of the request', () => {
  const oops = (): never => {
    throw new Error('oops');
  };

  test('each function of the options', async () => {
    await using telemetry = new Telemetry();
    const errors = diagComplaints();
    const hooks = { urlTemplate: oops, spanName: oops, ignore: oops, requestHook: oops, responseHook: oops };
    const response = await send(telemetry, hooks);
    expect([await response.text(), telemetry.span.name]).toEqual(['ok', 'GET']);
    expect(errors.map(([message]) => message)).toEqual([
      '@roundtripper/trace: ignore threw',
      '@roundtripper/trace: urlTemplate threw',
      '@roundtripper/trace: spanName threw',
      '@roundtripper/trace: requestHook threw',
      '@roundtripper/trace: responseHook threw',
    ]);
  });

  test('a propagator, or a value of its that no header can have', async () => {
    await using telemetry = new Telemetry();
    const errors = diagComplaints();
    const broken: TextMapPropagator = { inject: oops, extract: (given) => given, fields: () => [] };
    expect((await send(telemetry, { propagator: broken })).status).toBe(200);
    const odd: TextMapPropagator = {
      inject: (_context, carrier, setter) => {
        setter.set(carrier, 'bad name', 'x');
        setter.set(carrier, 'x-bad', 'a\nb');
        setter.set(carrier, 'x-good', 'yes');
      },
      extract: (given) => given,
      fields: () => [],
    };
    const next = answering();
    await send(telemetry, { propagator: odd }, { next });
    expect([...(next.requests[0]?.headers.keys() ?? [])]).toEqual(['x-good']);
    expect(errors).toHaveLength(3);
  });

  test('a tracer', async () => {
    await using telemetry = new Telemetry();
    const errors = diagComplaints();
    const tracerProvider = { getTracer: () => ({ startSpan: oops, startActiveSpan: oops }) };
    const response = await send(telemetry, { tracerProvider });
    expect([await response.text(), errors.length]).toEqual(['ok', 1]);
  });
});

test('a failure is passed on, the very error', async () => {
  await using telemetry = new Telemetry();
  const error = new RoundTripError('no connection in time', { code: 'pool-timeout', phase: 'queue', sent: 'nothing', timeout: true });
  const next = roundTripper(() => Promise.reject(error));
  await expect(send(telemetry, {}, { next })).rejects.toBe(error);
  expect(telemetry.span).toMatchObject({
    attributes: { 'error.type': 'pool-timeout' },
    status: { code: SpanStatusCode.ERROR, message: 'no connection in time' },
  });
});

test('a hook that is async and fails is told to the log, too', async () => {
  await using telemetry = new Telemetry();
  const complaints = diagComplaints();
  const requestHook = (): unknown => Promise.reject(new Error('oops'));
  await send(telemetry, { requestHook });
  expect(complaints.map(([message]) => message)).toEqual(['@roundtripper/trace: requestHook threw']);
});

test('hooks see the span that is recorded', async () => {
  await using telemetry = new Telemetry();
  await send(telemetry, {
    requestHook: (span, { method }) => void span.setAttribute('own.method', method),
    responseHook: (span, { status }) => void span.setAttribute('own.status', status),
  });
  expect(telemetry.span.attributes).toMatchObject({ 'own.method': 'GET', 'own.status': 200 });
});

test('the global providers and propagator serve where none are given, those too that come after the middleware was made', async () => {
  await using telemetry = new Telemetry();
  const next = answering();
  const client = compose(openTelemetry(), next);
  trace.setGlobalTracerProvider(telemetry.tracerProvider);
  metrics.setGlobalMeterProvider(telemetry.meterProvider);
  propagation.setGlobalPropagator(telemetry.propagator);
  await client.roundTrip(new HttpRequest('http://example.com/'));
  expect(next.requests[0]?.headers.get('traceparent')).toContain(telemetry.span.spanContext().spanId);
  expect((await telemetry.metrics()).names).toContain('http.client.request.duration');
});

test('without an SDK a request passes with nothing added', async () => {
  const next = answering();
  const response = await compose(openTelemetry(), next).roundTrip(new HttpRequest('http://example.com/'));
  expect([response.status, next.requests[0]?.headers.size]).toEqual([200, 0]);
});

test('the events reach whoever listened before', async () => {
  await using telemetry = new Telemetry();
  const heard: string[] = [];
  const next = answering();
  await send(telemetry, {}, { next, trace: ({ kind }) => void heard.push(kind) });
  next.requests[0]?.trace?.({ kind: 'bodyStart' });
  expect(heard).toEqual(['bodyStart']);
});

test('mistakes in the options are named, all at once', () => {
  const wrong = {
    tracerProvider: {},
    knownMethods: 'GET',
    optIn: ['url.path'],
    spanEvents: ['gotCon'],
    endWith: 'trailers',
    urlTemplate: '/',
    clok: 1,
  };
  // @ts-expect-error -- what a caller without types may pass
  expect(() => openTelemetry(wrong)).toThrow(
    'invalid openTelemetry options: tracerProvider: expected an OpenTelemetry TracerProvider; spanEvents: expected a boolean or an array of kinds of events; knownMethods: expected an array of names; ' +
      'urlTemplate: expected a function; endWith: expected "body" or "head"; optIn: expected an array of url.scheme, network.peer.address, network.transport, user_agent.original, ' +
      'http.request.body.size, http.response.body.size; unknown option "clok"',
  );
});

test('what a span says of an error holds no secrets of a URL', async () => {
  await using telemetry = new Telemetry();
  const failing = roundTripper(() => Promise.reject(new Error('GET https://u:p@example.com/?code=c&a=b failed')));
  await expect(send(telemetry, {}, { next: failing })).rejects.toThrow('code=c');
  expect(telemetry.span.status).toEqual({ code: SpanStatusCode.ERROR, message: 'GET https://example.com/?code=REDACTED&a=b failed' });
});

test('whoever keeps the listener, as an idle connection does, does not keep the request', async () => {
  await using telemetry = new Telemetry();
  const listeners: unknown[] = [];
  const next = roundTripper(({ trace: listener }) => {
    listeners.push(listener);
    return Promise.resolve(new HttpResponse('ok'));
  });
  const { tracerProvider, meterProvider } = telemetry;
  const client = compose(openTelemetry({ tracerProvider, meterProvider }), next);
  // Not in this function: what it holds lives as long as it does.
  const once = async (): Promise<WeakRef<HttpRequest>> => {
    const request = new HttpRequest('http://example.com/', { method: 'PUT', body: 'x'.repeat(100_000) });
    await client.roundTrip(request);
    return new WeakRef(request);
  };
  await collected(await once());
  expect(listeners).toEqual([expect.any(Function)]);
});

test('a connection whose end is told to a request beyond the middleware counts no more once nobody has it', async () => {
  await using telemetry = new Telemetry();
  const { tracerProvider, meterProvider } = telemetry;
  const dialling = roundTripper((request) => {
    request.trace?.(connOpened(connectionInfo(1)));
    return Promise.resolve(new HttpResponse('ok', { request }));
  });
  const client = compose(openTelemetry({ tracerProvider, meterProvider }), dialling);
  await client.roundTrip(new HttpRequest('https://example.com/'));
  expect((await telemetry.metrics()).connections('idle')).toBe(1);
  while ((await telemetry.metrics()).connections('idle') > 0) {
    globalThis.gc?.();
    await new Promise(setImmediate);
  }
  // Others of its connections are counted still.
  await client.roundTrip(new HttpRequest('https://example.com/'));
  expect((await telemetry.metrics()).connections('idle')).toBe(1);
});
