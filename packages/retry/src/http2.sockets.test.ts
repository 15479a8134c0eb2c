import { setImmediate } from 'node:timers/promises';

import {
  compose,
  HttpRequest,
  RoundTripError,
  Transport,
  type ComposedRoundTripper,
  type TraceEvent,
  type TransportOptions,
} from '@roundtripper/core';
import { FramePeer, TestClock, TestServer, testCertificate } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { itself } from '../test/scripted.ts';
import { attemptsOf, retry, type RetryOptions } from './index.ts';

const QUICK: RetryOptions = { minTimeout: 0 };

/** With HTTP/2 by prior knowledge where there is no TLS. */
function client(options: RetryOptions = {}, transport: TransportOptions = {}): ComposedRoundTripper {
  const protocols = { http1: false, http2: true, unencryptedHttp2: true };
  return compose(retry({ ...QUICK, ...options }), new Transport({ protocols, tls: { ca: testCertificate.ca }, ...transport }));
}

const post = (url: string): HttpRequest => new HttpRequest(url, { method: 'POST', body: 'x' });
const reasons = (outcome: unknown): string[] => attemptsOf(outcome).map(({ reason }) => reason);

test.for([true, false])('a 421 is repeated on another connection, although the first has room (TLS: %s)', async (tls) => {
  await using server = await TestServer.start({ protocol: 'h2', tls });
  await using transport = client();
  const pending = Promise.withResolvers<void>();
  server.enqueue({ body: 'slow', bodyDelay: pending.promise }, { status: 421, body: 'not here' }, { body: 'hello' });
  const slow = await transport.roundTrip(new HttpRequest(server.url));
  const response = await transport.roundTrip(post(server.url));
  expect([await response.text(), reasons(response)]).toEqual(['hello', ['misdirected', 'answered']]);
  expect(server.requests.map(({ connection }) => connection)).toEqual([1, 1, 2]);
  pending.resolve();
  expect(await slow.text()).toBe('slow');
});

test('a 421 that comes again on the other connection is returned', async () => {
  await using server = await TestServer.start({ protocol: 'h2' });
  await using transport = client();
  server.enqueue({ status: 421 }, { status: 421, body: 'nor here' });
  const response = await transport.roundTrip(post(server.url));
  expect([response.status, await response.text(), reasons(response)]).toEqual([421, 'nor here', ['misdirected', 'misdirected-again']]);
  expect(server.requests.map(({ connection }) => connection)).toEqual([1, 2]);
});

test('a 421 at the limit is repeated once its connection is closed, after the last exchange on it; others wait for the same', async () => {
  await using server = await TestServer.start({ protocol: 'h2' });
  await using transport = client({}, { maxConnsPerHost: 1 });
  const pending = Promise.withResolvers<void>();
  server.enqueue({ body: 'slow', bodyDelay: pending.promise }, { status: 421 }, { body: 'hello' }, { body: 'after' });
  const slow = await transport.roundTrip(new HttpRequest(server.url));
  const queued = Promise.withResolvers<void>();
  const trace = ({ kind }: TraceEvent): void => void (kind === 'queueStart' && queued.resolve());
  const repeated = transport.roundTrip(post(server.url).with({ trace }));
  await queued.promise;
  const other = transport.roundTrip(new HttpRequest(server.url));
  pending.resolve();
  const texts = [await slow.text(), await (await repeated).text(), await (await other).text()];
  expect(texts).toEqual(['slow', 'hello', 'after']);
  expect([server.requests.map(({ connection }) => connection), server.openConnections]).toEqual([[1, 1, 2, 2], 1]);
});

test('a 421 that waits for its connection at the limit is aborted', async () => {
  await using server = await TestServer.start({ protocol: 'h2' });
  await using transport = client({}, { maxConnsPerHost: 1 });
  const pending = Promise.withResolvers<void>();
  server.enqueue({ body: 'slow', bodyDelay: pending.promise }, { status: 421 });
  const slow = await transport.roundTrip(new HttpRequest(server.url));
  const abort = new AbortController();
  const queued = Promise.withResolvers<void>();
  const trace = ({ kind }: { readonly kind: string }): void => void (kind === 'queueStart' && queued.resolve());
  const repeated = transport.roundTrip(new HttpRequest(server.url, { signal: abort.signal, trace })).catch(itself);
  await queued.promise;
  abort.abort('enough');
  expect(await repeated).toBe('enough');
  pending.resolve();
  expect(await slow.text()).toBe('slow');
});

test('a POST that is refused again and again was not carried out, and is repeated until the attempts are used up', async () => {
  const refusal = { fault: { kind: 'reset-stream', at: 'start', code: 'REFUSED_STREAM' } } as const;
  await using server = await TestServer.start({ protocol: 'h2' });
  server.enqueue(...Array.from({ length: 20 }, () => refusal));
  const clock = new TestClock();
  await using transport = client({ retries: 2, clock }, { clock });
  // Each wait is over as soon as it has begun.
  const trace = ({ kind }: TraceEvent): void => {
    if (kind === 'resend' || kind === 'retry') void setImmediate().then(() => clock.advance(1_000));
  };
  const error = await transport.roundTrip(new HttpRequest(server.url, { method: 'POST', body: 'x', trace })).catch(itself);
  expect(error).toMatchObject({ code: 'stream-refused', sent: 'nothing' });
  expect(reasons(error)).toEqual(['nothing-sent', 'nothing-sent', 'attempts-used-up']);
  // The Transport sends it again up to five times by itself.
  expect([server.requests.length, server.connectionsOpened]).toEqual([3 * 6, 1]);
});

test.for([
  { fact: 'a GET is repeated', method: 'GET', expected: ['transient-error', 'answered'] },
  { fact: 'a POST is not: it may have been carried out', method: 'POST', expected: ['not-idempotent'] },
])('after RST_STREAM in place of an answer $fact', async ({ method, expected }) => {
  await using server = await TestServer.start({ protocol: 'h2' });
  await using transport = client();
  server.enqueue({ fault: { kind: 'reset-stream', at: 'start', code: 'INTERNAL_ERROR' } }, { body: 'hello' });
  const request = new HttpRequest(server.url, method === 'POST' ? { method, body: 'x' } : { method });
  const outcome = await transport.roundTrip(request).catch(itself);
  if (outcome instanceof RoundTripError) expect(outcome).toMatchObject({ code: 'stream-reset', sent: 'all' });
  expect([reasons(outcome), server.requests.length]).toEqual([expected, expected.length]);
  expect(server.connectionsOpened).toBe(1);
});

test('after a GOAWAY that says that it was not looked at a POST goes out again, on another connection', async () => {
  await using peer = await FramePeer.listen(async (each) => {
    await each.handshake();
    const { streamId } = await each.next('HEADERS');
    if (each.number === 1) await each.goAway(0, 'NO_ERROR');
    else await each.headers(streamId, { ':status': '200' }, { endStream: true });
  });
  await using transport = client();
  const response = await transport.roundTrip(post(peer.url));
  expect([response.status, peer.connectionsOpened, reasons(response)]).toEqual([200, 2, ['answered']]);
});

test('after a GOAWAY that may have been too late for it a POST is not sent again, and a GET is', async () => {
  await using peer = await FramePeer.listen(async (each) => {
    await each.handshake();
    const { streamId } = await each.next('HEADERS');
    if (each.number < 3) {
      await each.goAway(streamId, 'INTERNAL_ERROR');
      each.end();
    } else await each.headers(streamId, { ':status': '200' }, { endStream: true });
  });
  await using transport = client();
  const error = await transport.roundTrip(post(peer.url)).catch(itself);
  expect([error instanceof RoundTripError && error.sent, reasons(error)]).toEqual(['all', ['not-idempotent']]);
  const response = await transport.roundTrip(new HttpRequest(peer.url));
  expect([response.status, reasons(response)]).toEqual([200, ['transient-error', 'answered']]);
});

test('a storm of 503 over one connection brings a fifth more requests, and 10 a second', async () => {
  let count = 0;
  await using server = await TestServer.start({
    protocol: 'h2',
    handler: (_, response) => {
      count += 1;
      response.writeHead(503).end('busy');
    },
  });
  const clock = new TestClock();
  await using transport = client({ retries: 10, clock }, { maxConnsPerHost: 1 });
  // No time passes: what one window has is all there is.
  const pending = Promise.all(Array.from({ length: 500 }, () => transport.roundTrip(new HttpRequest(server.url))));
  const over: true[] = [];
  const ended = pending.finally(() => over.push(true));
  while (over.length === 0) {
    await clock.advance(0);
    await setImmediate();
  }
  const responses = await ended;
  await Promise.all(responses.map((response) => response.dispose()));
  expect([responses.every(({ status }) => status === 503), count, server.connectionsOpened]).toEqual([true, 500 + 100 + 100, 1]);
});
