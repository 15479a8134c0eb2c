import { RecordingTrace, TestClock } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { engineOptions } from '../../test/engine-options.ts';
import { FakeWire } from '../../test/fake-wire.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import type { Lease } from '../contract/connection.ts';
import { HttpRequest, type HttpRequestInit } from '../contract/http-request.ts';
import type { HttpResponse } from '../contract/http-response.ts';
import type { CloseReason } from '../contract/trace-event.ts';
import { Http1Connection } from './connection.ts';
import type { Http1Options } from './http1-options.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** A connection on a wire worked by hand, whose turns of the event loop the test makes. */
class Bench {
  readonly wire = new FakeWire();
  readonly clock = new TestClock();
  readonly recorder = new RecordingTrace();
  readonly connection: Http1Connection;
  readonly #due: (() => void)[] = [];

  constructor(options: Partial<Http1Options> = {}) {
    const info = { id: 1, origin: 'http://example.com', protocol: 'http/1.1', ...this.wire.info } as const;
    const afterPoll = (callback: () => void): void => void this.#due.push(callback);
    const all = engineOptions(this.clock, { afterPoll, ...options });
    this.connection = new Http1Connection(this.wire, info, all, { owner: { onChange: () => {} }, listener: undefined });
  }

  send(init: HttpRequestInit, isReused = true): Promise<HttpResponse> {
    const request = new HttpRequest('http://example.com/', { trace: this.recorder.trace, ...init });
    const lease: Lease = { connection: this.connection, isReused, wasIdle: isReused, release: () => {} };
    return new Promise((answered, failed) => this.connection.exchange(request, lease, { answered, failed }));
  }

  /** What had arrived was looked at. */
  poll(): void {
    for (const callback of this.#due.splice(0)) callback();
  }

  /** Lets what was resolved go on. */
  turn(): Promise<void> {
    return this.clock.advance(0);
  }
}

describe('a request that may not go out twice, on a connection that was there before', () => {
  test('is written after a turn of the event loop', async () => {
    const bench = new Bench();
    const sent = bench.send({ method: 'POST', body: 'hello' });
    expect(bench.wire.written).toBe('');
    expect(bench.connection.capacity).toBe(0);
    bench.poll();
    expect(bench.wire.written).toMatch(/\r\n\r\nhello$/);
    bench.wire.feed(OK);
    expect(await (await sent).text()).toBe('ok');
  });

  test.for<{ fact: string; happens: (bench: Bench) => void; code: string; reason: CloseReason }>([
    { fact: 'the server’s end comes meanwhile', happens: ({ wire }) => wire.end(), code: 'stale-connection', reason: 'server-closed-idle' },
    {
      fact: 'a reset comes meanwhile',
      happens: ({ wire }) => wire.close(new Error('reset')),
      code: 'stale-connection',
      reason: 'server-closed-idle',
    },
    { fact: 'the server speaks meanwhile', happens: ({ wire }) => wire.feed(OK), code: 'stale-connection', reason: 'unsolicited-data' },
    {
      fact: 'the Transport is closed meanwhile',
      happens: ({ connection }) => connection.close('transport-closed'),
      code: 'transport-closed',
      reason: 'transport-closed',
    },
  ])('$fact: nothing was sent', async ({ happens, code, reason }) => {
    const bench = new Bench();
    const failure = rejectionOf(bench.send({ method: 'POST', body: 'hello' }));
    happens(bench);
    expect(await failure).toMatchObject({ code, sent: 'nothing', phase: 'request' });
    bench.poll();
    expect(bench.wire.written).toBe('');
    expect(bench.connection.closeReason).toBe(reason);
  });

  test('aborted meanwhile, it is not written', async () => {
    const bench = new Bench();
    const controller = new AbortController();
    const failure = rejectionOf(bench.send({ method: 'POST', body: 'hello', signal: controller.signal }));
    controller.abort();
    expect(await failure).toBe(controller.signal.reason);
    bench.poll();
    expect(bench.wire.written).toBe('');
  });

  test.for([
    { fact: 'a GET', init: {}, isReused: true },
    { fact: 'a POST with an idempotency key', init: { method: 'POST', body: 'x', headers: { 'Idempotency-Key': '1' } }, isReused: true },
    { fact: 'a POST on a fresh connection', init: { method: 'POST', body: 'x' }, isReused: false },
  ])('$fact is written at once', async ({ init, isReused }) => {
    const bench = new Bench();
    const sent = bench.send(init, isReused);
    expect(bench.wire.written).toMatch(/^(GET|POST) /);
    bench.wire.feed(OK);
    await (await sent).text();
  });
});

describe('a body whose length is not known, where the method seldom has one (Go’s probeRequestBody)', () => {
  /** A stream whose chunks the test gives. */
  function source(): { readonly body: ReadableStream<string>; readonly controller: ReadableStreamDefaultController<string> } {
    let controller: ReadableStreamDefaultController<string> | undefined;
    const body = new ReadableStream<string>({
      start: (given) => {
        controller = given;
      },
    });
    if (controller === undefined) throw new Error('not started');
    return { body, controller };
  }

  test.for(['GET', 'HEAD', 'DELETE', 'OPTIONS'])('%s with an empty stream has no body', async (method) => {
    const bench = new Bench();
    const { body, controller } = source();
    const sent = bench.send({ method, body });
    bench.poll();
    await bench.turn();
    expect(bench.wire.written).toBe('');
    controller.enqueue('');
    controller.close();
    await bench.turn();
    expect(bench.wire.written).toMatch(/\r\n\r\n$/);
    expect(bench.wire.written).not.toMatch(/Transfer-Encoding|Content-Length/);
    bench.wire.feed('HTTP/1.1 204 No Content\r\n\r\n');
    expect((await sent).status).toBe(204);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test('with something in it, it is sent chunked', async () => {
    const bench = new Bench();
    const { body, controller } = source();
    const sent = bench.send({ method: 'DELETE', body });
    bench.poll();
    controller.enqueue('hello');
    controller.close();
    await bench.turn();
    expect(bench.wire.written).toMatch(/Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n$/);
    bench.wire.feed(OK);
    await (await sent).text();
  });

  test('that takes longer than 200 ms to say so is sent chunked, whatever comes', async () => {
    const bench = new Bench();
    const { body, controller } = source();
    const sent = bench.send({ method: 'GET', body });
    bench.poll();
    await bench.clock.advance(199);
    expect(bench.wire.written).toBe('');
    await bench.clock.advance(1);
    expect(bench.wire.written).toMatch(/Transfer-Encoding: chunked\r\n\r\n$/);
    controller.close();
    await bench.turn();
    expect(bench.wire.written).toMatch(/\r\n\r\n0\r\n\r\n$/);
    bench.wire.feed(OK);
    await (await sent).text();
  });

  test('bytes that come meanwhile answer nothing: no byte of the request was sent', async () => {
    const bench = new Bench();
    const failure = rejectionOf(bench.send({ method: 'GET', body: source().body }));
    bench.wire.feed(OK);
    expect(await failure).toMatchObject({ code: 'stale-connection', sent: 'nothing' });
    expect(bench.connection.closeReason).toBe('unsolicited-data');
    await bench.clock.advance(1_000);
    expect(bench.wire.written).toBe('');
  });

  test('that fails fails the request, and nothing was sent', async () => {
    const bench = new Bench();
    const { body, controller } = source();
    const failure = rejectionOf(bench.send({ method: 'GET', body }));
    bench.poll();
    controller.error(new Error('disk'));
    expect(await failure).toMatchObject({ code: 'request-body-failed', sent: 'nothing', cause: new Error('disk') });
    expect(bench.wire.written).toBe('');
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test('aborted meanwhile, the stream is given up', async () => {
    const bench = new Bench();
    let isCancelled = false;
    const body = new ReadableStream({
      cancel: () => {
        isCancelled = true;
      },
    });
    const controller = new AbortController();
    const failure = rejectionOf(bench.send({ method: 'GET', body, signal: controller.signal }));
    bench.poll();
    await bench.turn();
    controller.abort();
    expect(await failure).toBe(controller.signal.reason);
    await bench.turn();
    expect([isCancelled, bench.wire.written]).toEqual([true, '']);
    await bench.clock.advance(1_000);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test('a POST is chunked at once: its server may want to answer to the head alone', async () => {
    const bench = new Bench();
    const { body, controller } = source();
    const sent = bench.send({ method: 'POST', body }, false);
    expect(bench.wire.written).toMatch(/Transfer-Encoding: chunked\r\n\r\n$/);
    controller.close();
    await bench.turn();
    bench.wire.feed(OK);
    await (await sent).text();
  });
});

test('with a limit on what may stand still, bytes at hand are written in slices that can be seen to be taken', async () => {
  const bench = new Bench({ bodyIdleTimeoutMs: 100 });
  bench.wire.hasRoom = false;
  const sent = bench.send({ method: 'POST', body: 'x'.repeat(150_000) }, false);
  const lengths: number[] = [];
  for (let slice = 0; slice < 3; slice++) {
    await bench.clock.advance(90);
    lengths.push(bench.wire.written.length - bench.wire.written.indexOf('\r\n\r\n') - 4);
    bench.wire.drain();
    bench.wire.hasRoom = false;
  }
  expect(lengths).toEqual([65_536, 131_072, 150_000]);
  await bench.turn();
  bench.wire.feed(OK);
  expect(await (await sent).text()).toBe('ok');
  expect(bench.clock.pendingTimers).toBe(0);
});

test('so is a large chunk of a stream', async () => {
  const bench = new Bench({ bodyIdleTimeoutMs: 100 });
  const sent = bench.send({ method: 'POST', body: [new Uint8Array(100_000), new Uint8Array(1)] }, false);
  await bench.turn();
  expect(bench.wire.writes).toBe(4);
  bench.wire.feed(OK);
  expect(await (await sent).text()).toBe('ok');
});

test.for([1_000, 600_000])('a server that takes nothing of %d bytes for as long as bodyIdleTimeout fails the request', async (length) => {
  const bench = new Bench({ bodyIdleTimeoutMs: 100 });
  bench.wire.hasRoom = false;
  const failure = rejectionOf(bench.send({ method: 'POST', body: 'x'.repeat(length) }, false));
  await bench.clock.advance(100);
  await bench.turn();
  expect(await failure).toMatchObject({ code: 'body-timeout', timeout: true, phase: 'request', sent: 'partial' });
  expect(bench.connection.closeReason).toBe('timeout');
});
