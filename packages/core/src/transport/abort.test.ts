import { BytePeer, RecordingTrace, TestServer } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { fetchText, holdExchange, send, until, isInUse } from '../../test/exchanges.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import type { HttpRequestInit } from '../contract/http-request.ts';
import type { Lookup } from '../wire/checked-lookup.ts';
import { Transport } from './transport.ts';

const never: Lookup = () => {};

/** A signal, what it is aborted with, and what the request tells. */
class Cancellation {
  readonly controller = new AbortController();
  readonly reason = { why: 'not an Error, and passed on all the same' };
  readonly recorder = new RecordingTrace();

  get init(): HttpRequestInit {
    return { signal: this.controller.signal, trace: this.recorder.trace };
  }

  abort(): void {
    this.controller.abort(this.reason);
  }
}

function silentPeer(): Promise<BytePeer> {
  return BytePeer.listen(async (conversation) => {
    await conversation.readUntilClose();
  });
}

describe('a request that is aborted rejects with the reason itself', () => {
  test('before it begins, and does nothing', async () => {
    await using transport = new Transport();
    const cancellation = new Cancellation();
    cancellation.abort();
    const cancelled = Promise.withResolvers<unknown>();
    const body = new ReadableStream({ cancel: cancelled.resolve });
    const sent = send(transport, 'http://127.0.0.1:1', { ...cancellation.init, method: 'POST', body });
    expect(await rejectionOf(sent)).toBe(cancellation.reason);
    expect(await cancelled.promise).toBe(cancellation.reason);
    expect(cancellation.recorder.kinds).not.toContain('getConn');
    expect(transport.stats().filter(isInUse)).toEqual([]);
  });

  test('in the queue', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport({ maxConnsPerHost: 1 });
    const held = await holdExchange(transport, server);
    const cancellation = new Cancellation();
    const waiting = rejectionOf(send(transport, server.url, cancellation.init));
    cancellation.abort();
    expect(await waiting).toBe(cancellation.reason);
    expect(cancellation.recorder.kinds).toEqual(['getConn', 'queueStart', 'queueEnd', 'requestFailed']);
    await held.finish();
    expect(transport.stats()).toMatchObject([{ open: 1, idle: 1, waiting: 0 }]);
  });

  test.for([
    { phase: 'in the lookup', start: 'dnsStart', url: (port: number) => `http://peer.test:${port}`, lookup: never },
    { phase: 'while it connects', start: 'connectStart', url: (port: number) => `http://127.0.0.1:${port}`, lookup: undefined },
    { phase: 'in the handshake', start: 'tlsHandshakeStart', url: (port: number) => `https://127.0.0.1:${port}`, lookup: undefined },
  ])('$phase, and leaves the dial to others', async ({ start, url, lookup }) => {
    await using peer = await silentPeer();
    await using transport = new Transport({ lookup });
    const controller = new AbortController();
    const begun = Promise.withResolvers<void>();
    const recorder = new RecordingTrace((event) => {
      if (event.kind === start) begun.resolve();
    });
    const sent = rejectionOf(send(transport, url(peer.port), { signal: controller.signal, trace: recorder.trace }));
    await begun.promise;
    controller.abort();
    expect(transport.stats()).toMatchObject([{ dialing: 1, waiting: 0 }]);
    expect(await sent).toBe(controller.signal.reason);
    expect(recorder.kinds.slice(-2)).toEqual(['queueEnd', 'requestFailed']);
  });

  test('while its body is sent', async () => {
    await using peer = await silentPeer();
    await using transport = new Transport();
    const cancellation = new Cancellation();
    const cancelled = Promise.withResolvers<unknown>();
    const started = Promise.withResolvers<void>();
    const body = new ReadableStream<string>({
      start: (controller) => controller.enqueue('x'),
      pull: () => started.resolve(),
      cancel: cancelled.resolve,
    });
    const sent = rejectionOf(send(transport, peer.url, { ...cancellation.init, method: 'POST', body }));
    await started.promise;
    await until(() => cancellation.recorder.kinds.includes('wroteHeaders'));
    cancellation.abort();
    expect(await sent).toBe(cancellation.reason);
    expect(await cancelled.promise).toBe(cancellation.reason);
    expect(cancellation.recorder.closeReasons).toEqual(['aborted']);
    await peer.whenOpenConnections(0);
    expect(transport.stats().filter(isInUse)).toEqual([]);
  });

  test('before the head of the answer', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport();
    server.enqueue({ fault: 'never-answer' });
    const cancellation = new Cancellation();
    const sent = rejectionOf(send(transport, server.url, cancellation.init));
    await server.takeRequest();
    cancellation.abort();
    expect(await sent).toBe(cancellation.reason);
    expect(cancellation.recorder.closeReasons).toEqual(['aborted']);
    await server.whenOpenConnections(0);
    expect(await fetchText(transport, server.url)).toBe('ok');
  });

  test.for(['text', 'chunks', 'body'] as const)('in the middle of the body, read by %s', async (how) => {
    await using server = await TestServer.start();
    await using transport = new Transport();
    const cancellation = new Cancellation();
    const { response } = await holdExchange(transport, server, cancellation.init);
    const read = {
      text: () => response.text(),
      chunks: () => response.chunks().next(),
      body: () => response.body?.getReader().read() ?? Promise.resolve(),
    };
    const reading = rejectionOf(read[how]());
    cancellation.abort();
    expect(await reading).toBe(cancellation.reason);
    expect(cancellation.recorder.all('bodyEnd')).toMatchObject([{ error: cancellation.reason }]);
    expect(cancellation.recorder.closeReasons).toEqual(['aborted']);
    await server.whenOpenConnections(0);
  });

  test('in the middle of a body that nobody reads yet', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport();
    const cancellation = new Cancellation();
    const { response } = await holdExchange(transport, server, cancellation.init);
    cancellation.abort();
    expect(await rejectionOf(response.text())).toBe(cancellation.reason);
    await response.dispose();
    await server.whenOpenConnections(0);
  });
});

test('after the end of the answer an abort means nothing', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport();
  const cancellation = new Cancellation();
  const response = await send(transport, server.url, cancellation.init);
  await until(() => transport.stats()[0]?.idle === 1);
  cancellation.abort();
  expect(await response.text()).toBe('ok');
  expect(await fetchText(transport, server.url)).toBe('ok');
  expect(server.connectionsOpened).toBe(1);
});

test('an answer that is whole when the abort comes in the same turn wins', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport();
  const controller = new AbortController();
  const recorder = new RecordingTrace((event) => {
    if (event.kind === 'putIdleConn') queueMicrotask(() => controller.abort());
  });
  const text = await fetchText(transport, server.url, { signal: controller.signal, trace: recorder.trace });
  expect(text).toBe('ok');
  expect(controller.signal.aborted).toBe(true);
});

test.for([undefined, 'a text', 0, false])('a reason of %j is passed on as the signal has it', async (reason) => {
  await using server = await TestServer.start();
  await using transport = new Transport();
  server.enqueue({ fault: 'never-answer' });
  const controller = new AbortController();
  const sent = rejectionOf(send(transport, server.url, { signal: controller.signal }));
  await server.takeRequest();
  controller.abort(reason);
  expect(await sent).toBe(controller.signal.reason);
});

test('a thousand requests share a signal: one listener while any is under way, none afterwards', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport({ maxConnsPerHost: 20 });
  const controller = new AbortController();
  const texts = Array.from({ length: 500 }, () => fetchText(transport, server.url, { signal: controller.signal }));
  expect(new Set(await Promise.all(texts))).toEqual(new Set(['ok']));
  for (let count = 0; count < 20; count++) server.enqueue({ fault: 'never-answer' });
  const failures = Array.from({ length: 500 }, () => rejectionOf(fetchText(transport, server.url, { signal: controller.signal })));
  await until(() => server.requests.length === 520);
  controller.abort();
  expect(new Set(await Promise.all(failures))).toEqual(new Set([controller.signal.reason]));
  // Each that ended made room for one that waited, whose dial goes on.
  transport.closeIdleConnections();
  await until(() => !transport.stats().some(isInUse));
  await server.whenOpenConnections(0);
});

test('one that is aborted leaves the others of its signal’s owner alone', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport();
  const mine = new Cancellation();
  const other = new Cancellation();
  const held = await holdExchange(transport, server, mine.init);
  const kept = await holdExchange(transport, server, other.init);
  mine.abort();
  expect(await rejectionOf(held.finish())).toBe(mine.reason);
  expect(await kept.finish()).toBe('ok');
});
