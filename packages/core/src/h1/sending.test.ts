import { describe, expect, test } from 'vitest';

import { ExchangeBench } from '../../test/exchange-bench.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import type { CloseReason } from '../contract/trace-event.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

describe('a request that may not go out twice, on a connection that was there before', () => {
  test('is written after a turn of the event loop', async () => {
    const bench = new ExchangeBench({}, true);
    const sent = bench.send({ method: 'POST', body: 'hello' }, true);
    expect(bench.wire.written).toBe('');
    expect(bench.connection.capacity).toBe(0);
    bench.poll();
    expect(bench.wire.written).toMatch(/\r\n\r\nhello$/);
    bench.wire.feed(OK);
    expect(await (await sent).text()).toBe('ok');
  });

  test.for<{ fact: string; happens: (bench: ExchangeBench) => void; code: string; reason: CloseReason }>([
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
    const bench = new ExchangeBench({}, true);
    const failure = rejectionOf(bench.send({ method: 'POST', body: 'hello' }, true));
    happens(bench);
    expect(await failure).toMatchObject({ code, sent: 'nothing', phase: 'request' });
    bench.poll();
    expect(bench.wire.written).toBe('');
    expect(bench.connection.closeReason).toBe(reason);
  });

  test('aborted meanwhile, it is not written', async () => {
    const bench = new ExchangeBench({}, true);
    const controller = new AbortController();
    const failure = rejectionOf(bench.send({ method: 'POST', body: 'hello', signal: controller.signal }, true));
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
    const bench = new ExchangeBench({}, true);
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
    const bench = new ExchangeBench({}, true);
    const { body, controller } = source();
    const sent = bench.send({ method, body }, true);
    bench.poll();
    await bench.settle();
    expect(bench.wire.written).toBe('');
    controller.enqueue('');
    controller.close();
    await bench.settle();
    expect(bench.wire.written).toMatch(/\r\n\r\n$/);
    expect(bench.wire.written).not.toMatch(/Transfer-Encoding|Content-Length/);
    bench.wire.feed('HTTP/1.1 204 No Content\r\n\r\n');
    expect((await sent).status).toBe(204);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test('with something in it, it is sent chunked', async () => {
    const bench = new ExchangeBench({}, true);
    const { body, controller } = source();
    const sent = bench.send({ method: 'DELETE', body }, true);
    bench.poll();
    controller.enqueue('hello');
    controller.close();
    await bench.settle();
    expect(bench.wire.written).toMatch(/Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n$/);
    bench.wire.feed(OK);
    await (await sent).text();
  });

  test('that takes longer than 200 ms to say so is sent chunked, whatever comes', async () => {
    const bench = new ExchangeBench({}, true);
    const { body, controller } = source();
    const sent = bench.send({ method: 'GET', body }, true);
    bench.poll();
    await bench.clock.advance(199);
    expect(bench.wire.written).toBe('');
    await bench.clock.advance(1);
    expect(bench.wire.written).toMatch(/Transfer-Encoding: chunked\r\n\r\n$/);
    controller.close();
    await bench.settle();
    expect(bench.wire.written).toMatch(/\r\n\r\n0\r\n\r\n$/);
    bench.wire.feed(OK);
    await (await sent).text();
  });

  test('bytes that come meanwhile answer nothing: no byte of the request was sent', async () => {
    const bench = new ExchangeBench({}, true);
    const failure = rejectionOf(bench.send({ method: 'GET', body: source().body }, true));
    bench.wire.feed(OK);
    expect(await failure).toMatchObject({ code: 'stale-connection', sent: 'nothing' });
    expect(bench.connection.closeReason).toBe('unsolicited-data');
    await bench.clock.advance(1_000);
    expect(bench.wire.written).toBe('');
  });

  test('that fails fails the request, and nothing was sent', async () => {
    const bench = new ExchangeBench({}, true);
    const { body, controller } = source();
    const failure = rejectionOf(bench.send({ method: 'GET', body }, true));
    bench.poll();
    controller.error(new Error('disk'));
    expect(await failure).toMatchObject({ code: 'request-body-failed', sent: 'nothing', cause: new Error('disk') });
    expect(bench.wire.written).toBe('');
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test('aborted meanwhile, the stream is given up', async () => {
    const bench = new ExchangeBench({}, true);
    let isCancelled = false;
    const body = new ReadableStream({
      cancel: () => {
        isCancelled = true;
      },
    });
    const controller = new AbortController();
    const failure = rejectionOf(bench.send({ method: 'GET', body, signal: controller.signal }, true));
    bench.poll();
    await bench.settle();
    controller.abort();
    expect(await failure).toBe(controller.signal.reason);
    await bench.settle();
    expect([isCancelled, bench.wire.written]).toEqual([true, '']);
    await bench.clock.advance(1_000);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test('a POST is chunked at once: its server may want to answer to the head alone', async () => {
    const bench = new ExchangeBench({}, true);
    const { body, controller } = source();
    const sent = bench.send({ method: 'POST', body });
    expect(bench.wire.written).toMatch(/Transfer-Encoding: chunked\r\n\r\n$/);
    controller.close();
    await bench.settle();
    bench.wire.feed(OK);
    await (await sent).text();
  });
});

test('with a limit on what may stand still, bytes at hand are written in slices that can be seen to be taken', async () => {
  const bench = new ExchangeBench({ bodyIdleTimeoutMs: 100 }, true);
  bench.wire.hasRoom = false;
  const sent = bench.send({ method: 'POST', body: 'x'.repeat(150_000) });
  const lengths: number[] = [];
  for (let slice = 0; slice < 3; slice++) {
    await bench.clock.advance(90);
    lengths.push(bench.wire.written.length - bench.wire.written.indexOf('\r\n\r\n') - 4);
    bench.wire.drain();
    bench.wire.hasRoom = false;
  }
  expect(lengths).toEqual([65_536, 131_072, 150_000]);
  await bench.settle();
  bench.wire.feed(OK);
  expect(await (await sent).text()).toBe('ok');
  expect(bench.clock.pendingTimers).toBe(0);
});

test('so is a large chunk of a stream', async () => {
  const bench = new ExchangeBench({ bodyIdleTimeoutMs: 100 }, true);
  const sent = bench.send({ method: 'POST', body: [new Uint8Array(100_000), new Uint8Array(1)] });
  await bench.settle();
  expect(bench.wire.writes).toBe(4);
  bench.wire.feed(OK);
  expect(await (await sent).text()).toBe('ok');
});

test.for([1_000, 600_000])('a server that takes nothing of %d bytes for as long as bodyIdleTimeout fails the request', async (length) => {
  const bench = new ExchangeBench({ bodyIdleTimeoutMs: 100 }, true);
  bench.wire.hasRoom = false;
  const failure = rejectionOf(bench.send({ method: 'POST', body: 'x'.repeat(length) }));
  await bench.clock.advance(100);
  await bench.settle();
  expect(await failure).toMatchObject({ code: 'body-timeout', timeout: true, phase: 'request', sent: 'partial' });
  expect(bench.connection.closeReason).toBe('timeout');
});
