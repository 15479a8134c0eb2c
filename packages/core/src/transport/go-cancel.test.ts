import { BytePeer, RecordingTrace, TestClock, TestServer } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { ExchangeBench } from '../../test/exchange-bench.ts';
import { fetchText, holdExchange, isInUse, send, until } from '../../test/exchanges.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import type { Lookup } from '../wire/checked-lookup.ts';
import { Transport } from './transport.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n';
const LOST = new Error('write EPIPE');

/** A body that gives one chunk and then waits. */
function unfinished(): ReadableStream<string> {
  return new ReadableStream({ start: (controller) => controller.enqueue('x') });
}

describe('Go C.9: which of several things that go wrong at once is told', () => {
  test('the cancellation comes before what it did to the connection', async () => {
    const bench = new ExchangeBench();
    const controller = new AbortController();
    const failed = rejectionOf(bench.send({ signal: controller.signal }));
    controller.abort('enough');
    bench.wire.close(LOST);
    expect(await failed).toBe('enough');
    expect(bench.connection.closeReason).toBe('aborted');
  });

  test('and before what the request’s own stream fails with because of it', async () => {
    const bench = new ExchangeBench();
    const controller = new AbortController();
    const body = new ReadableStream<string>({
      start: (stream) => stream.enqueue('x'),
      cancel: () => Promise.reject(new Error('the stream was cut off')),
    });
    const failed = rejectionOf(bench.send({ method: 'POST', body, signal: controller.signal }));
    await bench.settle();
    controller.abort('enough');
    expect(await failed).toBe('enough');
  });

  test('the failure of the request’s stream comes before the connection’s end that follows it', async () => {
    const bench = new ExchangeBench();
    const cause = new Error('the disk is gone');
    const body = (async function* () {
      yield 'x';
      throw cause;
    })();
    const failed = rejectionOf(bench.send({ method: 'POST', body }, true));
    await bench.settle();
    bench.wire.close(LOST);
    expect(await failed).toMatchObject({ code: 'request-body-failed', phase: 'request', sent: 'partial', cause });
  });

  test.for([
    { fact: 'a reset', error: LOST, code: 'connection-reset', cause: { cause: LOST } },
    { fact: 'an end', error: undefined, code: 'connection-closed', cause: {} },
  ])('$fact keeps what the system said of it (Go issue 16465)', async ({ error, code, cause }) => {
    const bench = new ExchangeBench();
    const failed = rejectionOf(bench.send());
    bench.wire.close(error);
    expect(await failed).toMatchObject({ code, phase: 'response-head', sent: 'all', ...cause });
  });

  test('a whole response comes before a write that fails after it (Go issue 11745)', async () => {
    const bench = new ExchangeBench();
    const sent = bench.send({ method: 'POST', body: unfinished() });
    await bench.settle();
    bench.wire.feed(OK);
    bench.wire.close(LOST);
    const response = await sent;
    expect([response.status, await response.text()]).toEqual([200, 'ok']);
    expect(bench.told).toEqual(['release']);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test('a head comes before it too, and the body that is missing is an error of its own', async () => {
    const bench = new ExchangeBench();
    const sent = bench.send({ method: 'POST', body: unfinished() });
    await bench.settle();
    bench.wire.feed(`${HEAD}ab`);
    bench.wire.close(LOST);
    const response = await sent;
    expect(response.status).toBe(200);
    expect(await rejectionOf(response.text())).toMatchObject({ code: 'truncated', phase: 'response-body', cause: LOST });
  });

  test('a dial that fails in the moment of the abort: the reason is told', async () => {
    const controller = new AbortController();
    const lookup: Lookup = (_hostname, _options, callback) => callback(new Error('no such host'), []);
    await using transport = new Transport({ lookup });
    const recorder = new RecordingTrace((event) => {
      if (event.kind === 'dnsDone') controller.abort('enough');
    });
    expect(await rejectionOf(send(transport, 'http://peer.test/', { signal: controller.signal, trace: recorder.trace }))).toBe('enough');
    expect(recorder.all('requestFailed')).toEqual([{ kind: 'requestFailed', error: 'enough' }]);
    await until(() => !transport.stats().some(isInUse));
  });

  test('over sockets: a server that answers early and resets is heard, however much is being sent', async () => {
    await using peer = await BytePeer.listen(async (conversation) => {
      await conversation.readHead();
      await conversation.write('HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno');
      await conversation.read(1_000_000);
      conversation.reset();
    });
    await using transport = new Transport();
    const body = (async function* () {
      for (;;) {
        yield Buffer.alloc(65_536);
        await new Promise(setImmediate);
      }
    })();
    const response = await send(transport, peer.url, { method: 'POST', body });
    expect([response.status, await response.text()]).toEqual([413, 'no']);
    await until(() => !transport.stats().some(isInUse));
  });
});

describe('Go C.15: an abort in each phase of an exchange', () => {
  test('while a request that may not be sent twice waits its turn: nothing is written', async () => {
    const held: (() => void)[] = [];
    const bench = new ExchangeBench({ afterPoll: (callback) => void held.push(callback) });
    const controller = new AbortController();
    const failed = rejectionOf(bench.send({ method: 'POST', body: 'pay', signal: controller.signal }, true));
    expect(bench.wire.written).toBe('');
    controller.abort('enough');
    expect(await failed).toBe('enough');
    for (const go of held) go();
    expect(bench.wire.written).toBe('');
    expect(bench.told).toEqual(['release', 'failed']);
    expect(bench.recorder.all('bodyEnd')).toEqual([]);
  });

  test('when the answer is whole and its request is not: the answer stays, the connection goes', async () => {
    const bench = new ExchangeBench();
    const controller = new AbortController();
    const sent = bench.send({ method: 'POST', body: unfinished(), signal: controller.signal });
    await bench.settle();
    bench.wire.feed(OK);
    controller.abort('enough');
    expect(await (await sent).text()).toBe('ok');
    expect(bench.connection.closeReason).toBe('aborted');
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test('when the head has come in the same turn: the response is the caller’s, and its body fails with the reason (Go issue 10474)', async () => {
    const bench = new ExchangeBench();
    const controller = new AbortController();
    const sent = bench.send({ signal: controller.signal });
    bench.wire.feed(`${HEAD}ab`);
    controller.abort('enough');
    const response = await sent;
    expect(response.status).toBe(200);
    expect(await rejectionOf(response.text())).toBe('enough');
    expect(bench.connection.closeReason).toBe('aborted');
  });

  test('when a reader holds the peer back', async () => {
    const bench = new ExchangeBench();
    const controller = new AbortController();
    const sent = bench.send({ signal: controller.signal });
    bench.wire.feed('HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n');
    const response = await sent;
    bench.wire.feed('x'.repeat(100_000));
    expect(bench.wire.isPaused).toBe(true);
    controller.abort('enough');
    expect(bench.wire.isDestroyed).toBe(true);
    const chunks = response.chunks();
    expect((await chunks.next()).value).toHaveLength(100_000);
    expect(await rejectionOf(chunks.next())).toBe('enough');
  });

  test('when its body waits for room', async () => {
    const bench = new ExchangeBench();
    bench.wire.hasRoom = false;
    const controller = new AbortController();
    const cancelled = Promise.withResolvers<unknown>();
    const body = new ReadableStream<string>({ start: (stream) => stream.enqueue('x'), cancel: cancelled.resolve });
    const failed = rejectionOf(bench.send({ method: 'POST', body, signal: controller.signal }));
    await bench.settle();
    controller.abort('enough');
    expect(await failed).toBe('enough');
    expect(await cancelled.promise).toBe('enough');
    bench.wire.drain();
    await bench.settle();
    expect(bench.writtenBody).toBe('1\r\nx\r\n');
  });

  test.for([
    { fact: 'a deadline', signal: () => AbortSignal.timeout(1), name: 'TimeoutError' },
    {
      fact: 'a signal of several',
      signal: () => AbortSignal.any([new AbortController().signal, AbortSignal.timeout(1)]),
      name: 'TimeoutError',
    },
  ])('$fact is told as it is', async ({ signal, name }) => {
    await using server = await TestServer.start();
    await using transport = new Transport();
    server.enqueue({ fault: 'never-answer' });
    const given = signal();
    const error = await rejectionOf(send(transport, server.url, { signal: given }));
    expect(error).toBe(given.reason);
    expect(error).toMatchObject({ name });
    await server.whenOpenConnections(0);
  });

  test('after the end it touches neither the pooled connection nor who uses it next', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport();
    const controller = new AbortController();
    expect(await fetchText(transport, server.url, { signal: controller.signal })).toBe('ok');
    const held = await holdExchange(transport, server);
    controller.abort();
    expect(await held.finish()).toBe('ok');
    expect(server.connectionsOpened).toBe(1);
  });

  test('in the moment it is given a connection: that goes back unused, and serves the next as a new one', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport();
    await transport.preconnect(server.url);
    const controller = new AbortController();
    const trace = ({ kind }: { readonly kind: string }): void => {
      if (kind === 'gotConn') controller.abort('enough');
    };
    expect(await rejectionOf(send(transport, server.url, { signal: controller.signal, trace }))).toBe('enough');
    expect(transport.stats()).toMatchObject([{ idle: 1, closed: {} }]);
    const response = await send(transport, server.url);
    expect(response.connection?.reused).toBe(false);
    await response.text();
    expect([server.requests.length, server.connectionsOpened]).toEqual([1, 1]);
  });

  test('while it waits, of the one that began the dial: another that waits is served by it', async () => {
    await using server = await TestServer.start();
    const found: (() => void)[] = [];
    const lookup: Lookup = (_hostname, _options, callback) => void found.push(() => callback(null, [{ address: '127.0.0.1', family: 4 }]));
    const clock = new TestClock();
    await using transport = new Transport({ lookup, clock, maxConnsPerHost: 1 });
    const url = `http://peer.test:${server.port}`;
    const controller = new AbortController();
    const first = rejectionOf(send(transport, url, { signal: controller.signal }));
    const second = send(transport, url);
    await until(() => found.length === 1);
    controller.abort('enough');
    expect(await first).toBe('enough');
    expect(transport.stats()).toMatchObject([{ dialing: 1, waiting: 1 }]);
    found[0]?.();
    expect(await (await second).text()).toBe('ok');
    expect(server.connectionsOpened).toBe(1);
  });
});
