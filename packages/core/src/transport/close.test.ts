import { BytePeer, RecordingTrace, TestClock, TestServer } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { fetchText, holdExchange, send, until, isInUse } from '../../test/exchanges.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import { HttpRequest } from '../contract/http-request.ts';
import type { Lookup } from '../wire/checked-lookup.ts';
import { Transport } from './transport.ts';

const CLOSED = { name: 'RoundTripError', code: 'transport-closed' };
const never: Lookup = () => {};

test('a graceful close ends what is idle, fails who waits, and lets the others finish', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport({ maxConnsPerHost: 2 });
  const busy = await holdExchange(transport, server);
  await fetchText(transport, server.url);
  expect(transport.stats()).toMatchObject([{ open: 2, idle: 1 }]);
  const other = await holdExchange(transport, server);
  const waiting = rejectionOf(send(transport, server.url));
  let isClosed = false;
  const closing = transport.close().then(() => {
    isClosed = true;
  });
  expect(await waiting).toMatchObject({ ...CLOSED, phase: 'queue', sent: 'nothing', timeout: false });
  expect(await busy.finish()).toBe('ok');
  expect(isClosed).toBe(false);
  expect(await other.finish()).toBe('ok');
  await closing;
  expect(transport.stats().filter(isInUse)).toEqual([]);
  await server.whenOpenConnections(0);
});

test('what has not finished in time is cut off', async () => {
  const clock = new TestClock();
  await using server = await TestServer.start();
  await using transport = new Transport({ clock });
  const recorder = new RecordingTrace();
  const busy = await holdExchange(transport, server, { trace: recorder.trace });
  const text = rejectionOf(busy.response.text());
  const closing = transport.close({ timeout: 1_000 });
  await clock.advance(999);
  expect(transport.stats()).toMatchObject([{ open: 1 }]);
  await clock.advance(1);
  expect(await text).toMatchObject({ ...CLOSED, phase: 'response-body', sent: 'all' });
  await closing;
  expect(recorder.closeReasons).toEqual(['transport-closed']);
  expect(clock.pendingTimers).toBe(0);
});

test('a timeout of 0 waits for as long as it takes', async () => {
  const clock = new TestClock();
  await using server = await TestServer.start();
  await using transport = new Transport({ clock });
  const busy = await holdExchange(transport, server);
  const closing = transport.close({ timeout: 0 });
  await clock.advance(1_000_000);
  expect(await busy.finish()).toBe('ok');
  await closing;
});

test('the timer of a close that took less time is gone', async () => {
  const clock = new TestClock();
  await using server = await TestServer.start();
  await using transport = new Transport({ clock });
  const busy = await holdExchange(transport, server);
  const closing = transport.close({ timeout: 1_000 });
  await busy.finish();
  await closing;
  expect(clock.pendingTimers).toBe(0);
});

test('a close that is not graceful cuts off what is under way', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport();
  const reading = await holdExchange(transport, server);
  server.enqueue({ fault: 'never-answer' });
  const waiting = rejectionOf(send(transport, server.url));
  await server.takeRequest();
  await server.takeRequest();
  const text = rejectionOf(reading.response.text());
  await transport.close({ graceful: false });
  expect(await text).toMatchObject({ ...CLOSED, phase: 'response-body' });
  expect(await waiting).toMatchObject({ ...CLOSED, phase: 'response-head', sent: 'all' });
  expect(transport.stats().filter(isInUse)).toEqual([]);
  await server.whenOpenConnections(0);
});

test('twice is as good as once, and the less patient wins', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport();
  const busy = await holdExchange(transport, server);
  const text = rejectionOf(busy.response.text());
  await Promise.all([transport.close(), transport.close(), transport.close({ graceful: false })]);
  expect(await text).toMatchObject(CLOSED);
  await transport.close();
  await transport.close({ graceful: false });
});

test('one that was never used closes', async () => {
  const transport = new Transport();
  await transport.close();
  expect(transport.stats().filter(isInUse)).toEqual([]);
});

test('a body that nobody has read does not keep it open, and can be read later', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport();
  const response = await send(transport, server.url);
  await until(() => transport.stats()[0]?.idle === 1);
  await transport.close();
  expect(await response.text()).toBe('ok');
});

describe('while it dials', () => {
  test.for([
    { phase: 'the lookup', start: 'dnsStart', url: (port: number) => `http://peer.test:${port}`, lookup: never },
    { phase: 'connecting', start: 'connectStart', url: (port: number) => `http://127.0.0.1:${port}`, lookup: undefined },
    { phase: 'the handshake', start: 'tlsHandshakeStart', url: (port: number) => `https://127.0.0.1:${port}`, lookup: undefined },
  ])('it ends $phase', async ({ start, url, lookup }) => {
    await using peer = await BytePeer.listen(async (conversation) => {
      await conversation.readUntilClose();
    });
    const clock = new TestClock();
    await using transport = new Transport({ lookup, clock });
    const begun = Promise.withResolvers<void>();
    const recorder = new RecordingTrace((event) => {
      if (event.kind === start) begun.resolve();
    });
    const failed = rejectionOf(send(transport, url(peer.port), { trace: recorder.trace }));
    await begun.promise;
    await transport.close();
    expect(await failed).toMatchObject({ ...CLOSED, sent: 'nothing' });
    expect(recorder.kinds.filter((kind) => kind === start)).toHaveLength(1);
    expect(recorder.kinds.filter((kind) => kind === start.replace('Start', 'Done'))).toHaveLength(1);
    expect(transport.stats().filter(isInUse)).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
    await peer.whenOpenConnections(0);
  });
});

test('after it, requests fail and their bodies are released', async () => {
  await using server = await TestServer.start();
  const transport = new Transport();
  await fetchText(transport, server.url);
  await transport.close();
  const cancelled = Promise.withResolvers<unknown>();
  const body = new ReadableStream({ cancel: cancelled.resolve });
  const error = await rejectionOf(send(transport, server.url, { method: 'POST', body }));
  expect(error).toMatchObject({ ...CLOSED, phase: 'queue', sent: 'nothing', origin: server.url });
  expect(await cancelled.promise).toBe(error);
  expect(server.requests).toHaveLength(1);
  transport.closeIdleConnections();
  expect(transport.stats().filter(isInUse)).toEqual([]);
});

test('`await using` cuts off what is under way', async () => {
  await using server = await TestServer.start();
  let text: Promise<unknown>;
  {
    await using transport = new Transport();
    const { response } = await holdExchange(transport, server);
    text = rejectionOf(response.text());
  }
  expect(await text).toMatchObject(CLOSED);
});

describe('what cannot be sent is refused before any I/O', () => {
  interface Row {
    readonly fact: string;
    readonly init: ConstructorParameters<typeof HttpRequest>[1];
  }
  test.for<Row>([
    { fact: 'CONNECT', init: { method: 'CONNECT' } },
    { fact: 'a Content-Length without a body', init: { headers: { 'Content-Length': '5' } } },
    { fact: 'a Content-Length that is no number', init: { method: 'POST', body: 'x', headers: { 'Content-Length': '1, 1' } } },
    { fact: 'a Content-Length that is not the body’s', init: { method: 'POST', body: 'x', headers: { 'Content-Length': '5' } } },
    { fact: 'a Host that is none', init: { headers: { Host: 'a b' } } },
    { fact: 'a Host with a path', init: { headers: { Host: 'example.com/x' } } },
    { fact: 'a signal that is frozen', init: { signal: Object.freeze(new AbortController().signal) } },
    { fact: 'a signal that takes no property', init: { signal: Object.preventExtensions(new AbortController().signal) } },
  ])('$fact', async ({ init }) => {
    await using server = await TestServer.start();
    await using transport = new Transport();
    expect(await rejectionOf(transport.roundTrip(new HttpRequest(server.url, init)))).toBeInstanceOf(TypeError);
    expect(server.connectionsOpened).toBe(0);
    expect(transport.stats().filter(isInUse)).toEqual([]);
  });

  test.for<Row>([
    { fact: 'with CONNECT', init: { method: 'CONNECT' } },
    { fact: 'with a Content-Length that is no number', init: { method: 'POST', headers: { 'Content-Length': 'x' } } },
    { fact: 'with a Host that is none', init: { method: 'POST', headers: { Host: 'a b' } } },
  ])('and a body that was given away $fact is released', async ({ init }) => {
    await using transport = new Transport();
    const cancelled = Promise.withResolvers<unknown>();
    const body = new ReadableStream({ cancel: cancelled.resolve });
    const error = await rejectionOf(transport.roundTrip(new HttpRequest('http://127.0.0.1:1', { ...init, body })));
    expect(error).toBeInstanceOf(TypeError);
    expect(await cancelled.promise).toBe(error);
  });

  test.for(['http://127.0.0.1:1', undefined, null, { url: 'http://127.0.0.1:1' }, new URL('http://127.0.0.1:1')])(
    'what is no HttpRequest: %s',
    async (request) => {
      await using transport = new Transport();
      const roundTrip: unknown = Reflect.get(transport, 'roundTrip');
      if (typeof roundTrip !== 'function') throw new Error('there is no roundTrip()');
      const sent: unknown = Reflect.apply(roundTrip, transport, [request]);
      await expect(sent).rejects.toThrow(/^roundTrip: expected an HttpRequest/);
    },
  );
});
