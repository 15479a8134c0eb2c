import { BytePeer, RecordingTrace, TestClock, TestServer } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { ExchangeBench } from '../../test/exchange-bench.ts';
import { fetchText, holdExchange, isInUse, send, until } from '../../test/exchanges.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import { RoundTripError } from '../contract/round-trip-error.ts';
import type { Lookup } from '../wire/checked-lookup.ts';
import { Transport } from './transport.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n';
const never: Lookup = () => {};

describe('poolTimeout', () => {
  test('counts the wait for a turn; the one who waits fails, the queue and the connection are in order', async () => {
    const clock = new TestClock();
    await using server = await TestServer.start();
    await using transport = new Transport({ clock, maxConnsPerHost: 1, poolTimeout: 1_000, idleConnTimeout: 0 });
    const held = await holdExchange(transport, server);
    const recorder = new RecordingTrace();
    const cancelled = Promise.withResolvers<unknown>();
    const body = new ReadableStream({ cancel: cancelled.resolve });
    const failed = rejectionOf(send(transport, server.url, { method: 'POST', body, trace: recorder.trace }));
    await clock.advance(999);
    expect(transport.stats()).toMatchObject([{ waiting: 1 }]);
    await clock.advance(1);
    const error = await failed;
    expect(error).toMatchObject({ code: 'pool-timeout', phase: 'queue', sent: 'nothing', timeout: true, origin: server.url });
    expect(await cancelled.promise).toBe(error);
    expect(recorder.kinds).toEqual(['getConn', 'queueStart', 'queueEnd', 'requestFailed']);
    expect(transport.stats()).toMatchObject([{ waiting: 0, busy: 1 }]);
    expect(await held.finish()).toBe('ok');
    expect(clock.pendingTimers).toBe(0);
  });

  test('counts the dial, which goes on for others', async () => {
    const clock = new TestClock();
    await using transport = new Transport({ clock, lookup: never, poolTimeout: 1_000, dialTimeout: 5_000 });
    const failed = rejectionOf(send(transport, 'http://peer.test/'));
    await clock.advance(1_000);
    expect(await failed).toMatchObject({ code: 'pool-timeout', phase: 'queue', timeout: true });
    expect(transport.stats()).toMatchObject([{ dialing: 1, waiting: 0 }]);
    await clock.advance(4_000);
    expect(transport.stats().filter(isInUse)).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  test('ends with the connection: the exchange may take longer', async () => {
    const clock = new TestClock();
    await using server = await TestServer.start();
    await using transport = new Transport({ clock, poolTimeout: 1_000, idleConnTimeout: 0, dialTimeout: 0 });
    const held = await holdExchange(transport, server);
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(10_000);
    expect(await held.finish()).toBe('ok');
  });

  test('a dial that fails first is what the request fails with', async () => {
    const clock = new TestClock();
    await using transport = new Transport({ clock, lookup: never, poolTimeout: 1_001, dialTimeout: 1_000 });
    const failed = rejectionOf(send(transport, 'http://peer.test/'));
    await clock.advance(1_000);
    expect(await failed).toMatchObject({ code: 'dial-timeout', timeout: true });
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('responseHeaderTimeout', () => {
  test('does not count the time that a streamed body takes', async () => {
    const bench = new ExchangeBench({ responseHeaderTimeoutMs: 1_000 });
    const gate = Promise.withResolvers<string>();
    const body = (async function* () {
      yield await gate.promise;
    })();
    const failed = rejectionOf(bench.send({ method: 'POST', body }));
    await bench.clock.advance(5_000);
    gate.resolve('late');
    await bench.settle();
    await bench.clock.advance(999);
    expect(bench.told).toEqual([]);
    await bench.clock.advance(1);
    expect(await failed).toMatchObject({ code: 'header-timeout', phase: 'response-head', sent: 'all', timeout: true });
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test('does not count a body that the server does not take', async () => {
    const bench = new ExchangeBench({ responseHeaderTimeoutMs: 1_000 });
    bench.wire.hasRoom = false;
    const failed = rejectionOf(bench.send({ method: 'POST', body: 'x'.repeat(100_000) }));
    await bench.clock.advance(5_000);
    bench.wire.drain();
    await bench.clock.advance(1_000);
    expect(await failed).toMatchObject({ code: 'header-timeout' });
  });

  test.for([100, 102, 103, 199])('is not stopped by an interim response (%i)', async (status) => {
    const bench = new ExchangeBench({ responseHeaderTimeoutMs: 1_000 });
    const failed = rejectionOf(bench.send());
    await bench.clock.advance(900);
    bench.wire.feed(`HTTP/1.1 ${status} Wait\r\n\r\n`);
    await bench.clock.advance(100);
    expect(await failed).toMatchObject({ code: 'header-timeout' });
    expect(bench.connection.closeReason).toBe('timeout');
  });

  test('is not stopped by half a head', async () => {
    const bench = new ExchangeBench({ responseHeaderTimeoutMs: 1_000 });
    const failed = rejectionOf(bench.send());
    bench.wire.feed(HEAD.slice(0, -1));
    await bench.clock.advance(1_000);
    expect(await failed).toMatchObject({ code: 'header-timeout', phase: 'response-head' });
  });

  test('0 waits for as long as it takes', async () => {
    const bench = new ExchangeBench();
    const sent = bench.send();
    expect(bench.clock.pendingTimers).toBe(0);
    await bench.clock.advance(1_000_000);
    bench.wire.feed(OK);
    expect(await (await sent).text()).toBe('ok');
  });
});

describe('bodyIdleTimeout of a download', () => {
  test('a body that stalls fails, after its head and after each byte', async () => {
    const bench = new ExchangeBench({ bodyIdleTimeoutMs: 1_000 });
    const sent = bench.send();
    await bench.clock.advance(10_000);
    bench.wire.feed(HEAD);
    const failed = rejectionOf((await sent).text());
    for (let count = 0; count < 5; count++) {
      await bench.clock.advance(999);
      bench.wire.feed('x');
    }
    await bench.clock.advance(999);
    expect(bench.told).toEqual([]);
    await bench.clock.advance(1);
    expect(await failed).toMatchObject({ code: 'body-timeout', phase: 'response-body', timeout: true, sent: 'all' });
    expect(String(await failed)).toContain('no byte of the response body came for 1000 ms');
    expect(bench.connection.closeReason).toBe('timeout');
    expect(bench.told).toEqual(['release']);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test('a reader that is slow is no stall; its time starts when it asks for more', async () => {
    const bench = new ExchangeBench({ bodyIdleTimeoutMs: 1_000 });
    const sent = bench.send();
    bench.wire.feed(HEAD);
    const chunks = (await sent).chunks();
    bench.wire.feed('x'.repeat(100_000));
    expect(bench.wire.isPaused).toBe(true);
    await bench.clock.advance(1_000_000);
    expect(bench.clock.pendingTimers).toBe(0);
    await chunks.next();
    const failed = rejectionOf(chunks.next());
    await bench.clock.advance(999);
    expect(bench.connection.closeReason).toBeUndefined();
    await bench.clock.advance(1);
    expect(await failed).toMatchObject({ code: 'body-timeout' });
  });

  test('a body that is whole stalls no more, read or not', async () => {
    const bench = new ExchangeBench({ bodyIdleTimeoutMs: 1_000 });
    const sent = bench.send();
    bench.wire.feed(OK);
    expect(bench.clock.pendingTimers).toBe(0);
    await bench.clock.advance(5_000);
    expect(await (await sent).text()).toBe('ok');
  });

  test.for([
    { fact: 'a HEAD', init: { method: 'HEAD' }, head: HEAD },
    { fact: 'a 204', init: {}, head: 'HTTP/1.1 204 No Content\r\n\r\n' },
    { fact: 'an empty body', init: {}, head: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n' },
  ])('$fact has no body that could stall', async ({ init, head }) => {
    const bench = new ExchangeBench({ bodyIdleTimeoutMs: 1_000 });
    const sent = bench.send(init);
    bench.wire.feed(head);
    expect(bench.clock.pendingTimers).toBe(0);
    await (await sent).text();
    expect(bench.connection.capacity).toBe(1);
  });

  test('over sockets: the server stops in the middle, and the next request works', async () => {
    const clock = new TestClock();
    await using server = await TestServer.start();
    await using transport = new Transport({ clock, bodyIdleTimeout: 1_000, idleConnTimeout: 0 });
    server.enqueue({ body: 'half', fault: 'stall-body' });
    const recorder = new RecordingTrace();
    const response = await send(transport, server.url, { trace: recorder.trace });
    const failed = rejectionOf(response.text());
    await until(() => server.requests.length === 1);
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    await clock.advance(1_000);
    expect(await failed).toMatchObject({ code: 'body-timeout', phase: 'response-body', timeout: true });
    expect(recorder.closeReasons).toEqual(['timeout']);
    expect(recorder.all('bodyEnd')).toMatchObject([{ bodyBytes: 4 }]);
    expect(await fetchText(transport, server.url)).toBe('ok');
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('bodyIdleTimeout of an upload', () => {
  async function* xAnd(late: Promise<string>): AsyncGenerator<string> {
    yield 'x';
    yield await late;
  }

  async function* chunks(count: number): AsyncGenerator<string> {
    for (let at = 0; at < count; at++) yield 'x';
  }

  test('a server that takes no byte of a stream fails it', async () => {
    const bench = new ExchangeBench({ bodyIdleTimeoutMs: 1_000 });
    bench.wire.hasRoom = false;
    const failed = rejectionOf(bench.send({ method: 'POST', body: chunks(3) }));
    await bench.settle();
    await bench.clock.advance(999);
    bench.wire.drain();
    bench.wire.hasRoom = false;
    await bench.settle();
    await bench.clock.advance(999);
    expect(bench.told).toEqual([]);
    await bench.clock.advance(1);
    expect(await failed).toMatchObject({ code: 'body-timeout', phase: 'request', sent: 'partial', timeout: true });
    expect(String(await failed)).toContain('the server took no byte of the request body');
    expect(bench.connection.closeReason).toBe('timeout');
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test('large bytes are given to the wire in pieces, and it may stop at each', async () => {
    const bench = new ExchangeBench({ bodyIdleTimeoutMs: 1_000 });
    bench.wire.hasRoom = false;
    const failed = rejectionOf(bench.send({ method: 'POST', body: Buffer.alloc(1_000_000) }));
    await bench.settle();
    expect(bench.writtenBody).toHaveLength(65_536);
    await bench.clock.advance(999);
    bench.wire.drain();
    await bench.settle();
    expect(bench.writtenBody).toHaveLength(1_000_000);
    await bench.clock.advance(10_000);
    bench.connection.close('transport-closed');
    expect(await failed).toMatchObject({ code: 'transport-closed' });
  });

  test('what comes of the response says nothing of the upload', async () => {
    const bench = new ExchangeBench({ bodyIdleTimeoutMs: 1_000 });
    bench.wire.hasRoom = false;
    const sent = bench.send({ method: 'POST', body: chunks(3) });
    await bench.settle();
    bench.wire.feed(HEAD);
    const failed = rejectionOf((await sent).text());
    await bench.clock.advance(999);
    bench.wire.feed('x');
    await bench.clock.advance(1);
    expect(await failed).toMatchObject({ code: 'body-timeout', sent: 'partial' });
    expect(String(await failed)).toContain('the server took no byte of the request body');
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test('a server that has answered before the upload is done need not go on before that', async () => {
    const bench = new ExchangeBench({ bodyIdleTimeoutMs: 1_000 });
    const gate = Promise.withResolvers<string>();
    const sent = bench.send({ method: 'POST', body: xAnd(gate.promise) });
    await bench.settle();
    bench.wire.feed(HEAD);
    const failed = rejectionOf((await sent).text());
    await bench.clock.advance(1_000_000);
    expect(bench.clock.pendingTimers).toBe(0);
    gate.resolve('late');
    await bench.settle();
    await bench.clock.advance(999);
    expect(bench.connection.closeReason).toBeUndefined();
    await bench.clock.advance(1);
    expect(String(await failed)).toContain('no byte of the response body came');
  });

  test('a stream that takes its time is no stall', async () => {
    const bench = new ExchangeBench({ bodyIdleTimeoutMs: 1_000 });
    const gate = Promise.withResolvers<string>();
    const sent = bench.send({ method: 'POST', body: xAnd(gate.promise) });
    await bench.settle();
    expect(bench.clock.pendingTimers).toBe(0);
    await bench.clock.advance(1_000_000);
    gate.resolve('late');
    await bench.settle();
    bench.wire.feed(OK);
    expect(await (await sent).text()).toBe('ok');
  });

  test('a server that thinks about a request that it has is not stalling: responseHeaderTimeout is for that', async () => {
    const bench = new ExchangeBench({ bodyIdleTimeoutMs: 1_000 });
    const sent = bench.send({ method: 'POST', body: chunks(1) });
    await bench.settle();
    expect(bench.clock.pendingTimers).toBe(0);
    await bench.clock.advance(1_000_000);
    bench.wire.feed(OK);
    expect(await (await sent).text()).toBe('ok');
  });

  test('over sockets: a server that never reads', async () => {
    const clock = new TestClock();
    const gate = Promise.withResolvers<void>();
    await using peer = await BytePeer.listen(async (conversation) => {
      await conversation.readHead();
      await gate.promise;
      // That the other side has closed is only seen once all that it sent was read.
      await conversation.readUntilClose();
    });
    await using transport = new Transport({ clock, bodyIdleTimeout: 1_000 });
    let given = 0;
    const body = (async function* () {
      for (;;) {
        given += 1;
        yield Buffer.alloc(262_144);
      }
    })();
    const failed = rejectionOf(send(transport, peer.url, { method: 'POST', body }));
    let before = -1;
    let still = 0;
    await until(() => {
      still = given > 0 && given === before ? still + 1 : 0;
      before = given;
      return still > 20;
    });
    await clock.advance(1_000);
    expect(await failed).toMatchObject({ code: 'body-timeout', phase: 'request', timeout: true });
    gate.resolve();
    await peer.whenOpenConnections(0);
    expect(transport.stats().filter(isInUse)).toEqual([]);
  });
});

describe('maxResponseBodyBytes', () => {
  const BODIES = {
    'length': (bytes: number) => `HTTP/1.1 200 OK\r\nContent-Length: ${bytes}\r\n\r\n${'x'.repeat(bytes)}`,
    'chunked': (bytes: number) =>
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n0\r\n\r\n`,
    'until-close': (bytes: number) => `HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(bytes)}`,
  };

  test.for(['length', 'chunked', 'until-close'] as const)('%s: just as many are taken, and one more is not', async (framing) => {
    const taken = new ExchangeBench({ maxBodyBytes: 1_000 });
    const sent = taken.send();
    taken.wire.feed(BODIES[framing](1_000));
    taken.wire.end();
    expect(await (await sent).text()).toHaveLength(1_000);
    const refused = new ExchangeBench({ maxBodyBytes: 1_000 });
    const failed = refused.send().then((response) => rejectionOf(response.text()));
    refused.wire.feed(BODIES[framing](1_001));
    refused.wire.end();
    expect(await failed).toMatchObject({ code: 'response-limit', phase: 'response-body', timeout: false });
    expect(String(await failed)).toContain('larger than 1000 bytes');
    expect(refused.connection.closeReason).toBe('response-limit');
    expect(refused.told).toEqual(['release']);
  });

  test('a length that is declared too large is refused before a byte of it comes, and of a HEAD it means nothing', async () => {
    const bench = new ExchangeBench({ maxBodyBytes: 1_000 });
    const sent = bench.send();
    bench.wire.feed(HEAD);
    expect(bench.connection.closeReason).toBe('response-limit');
    expect(await rejectionOf((await sent).text())).toMatchObject({ code: 'response-limit' });
    const head = new ExchangeBench({ maxBodyBytes: 1_000 });
    const answered = head.send({ method: 'HEAD' });
    head.wire.feed(HEAD);
    expect(await (await answered).text()).toBe('');
    expect(head.connection.capacity).toBe(1);
  });

  test('what was read before the limit was met is the reader’s; the rest is an error and not an end', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport({ maxResponseBodyBytes: 5 });
    server.enqueue({ body: ['abc', 'def'] });
    const response = await send(transport, server.url);
    const seen: number[] = [];
    const failed = rejectionOf(
      (async () => {
        for await (const chunk of response.chunks()) seen.push(chunk.length);
      })(),
    );
    expect(await failed).toMatchObject({ code: 'response-limit', phase: 'response-body' });
    expect(seen.every((length) => length <= 3)).toBe(true);
    await server.whenOpenConnections(0);
    expect(await fetchText(transport, server.url)).toBe('ok');
  });
});

test('each time limit has a code and a phase of its own, and says so in words', async () => {
  const clock = new TestClock();
  await using server = await TestServer.start();
  await using silent = await BytePeer.listen(async (conversation) => {
    await conversation.readUntilClose();
  });
  const limits = { poolTimeout: 10, responseHeaderTimeout: 10, bodyIdleTimeout: 10, dialTimeout: 5, tlsHandshakeTimeout: 10 };
  const failures: Record<string, Promise<unknown>> = {};
  await using pool = new Transport({ clock, poolTimeout: limits.poolTimeout, lookup: never });
  failures['pool-timeout in queue'] = rejectionOf(send(pool, 'http://peer.test/'));
  await using dial = new Transport({ clock, dialTimeout: limits.dialTimeout, lookup: never });
  failures['dial-timeout in dns'] = rejectionOf(send(dial, 'http://peer.test/'));
  await using tls = new Transport({ clock, tlsHandshakeTimeout: limits.tlsHandshakeTimeout });
  const handshake = Promise.withResolvers<void>();
  const url = silent.url.replace('http:', 'https:');
  failures['tls-timeout in tls'] = rejectionOf(
    send(tls, url, { trace: ({ kind }) => (kind === 'tlsHandshakeStart' ? handshake.resolve() : undefined) }),
  );
  await using head = new Transport({ clock, responseHeaderTimeout: limits.responseHeaderTimeout });
  server.enqueue({ fault: 'never-answer' }, { body: 'half', fault: 'stall-body' });
  failures['header-timeout in response-head'] = rejectionOf(send(head, server.url));
  await server.takeRequest();
  await using body = new Transport({ clock, bodyIdleTimeout: limits.bodyIdleTimeout });
  const response = await send(body, server.url);
  failures['body-timeout in response-body'] = rejectionOf(response.text());
  await handshake.promise;
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  await clock.advance(20);
  for (const [expected, failure] of Object.entries(failures)) {
    const error = await failure;
    if (!(error instanceof RoundTripError)) throw error;
    expect(`${error.code} in ${error.phase}`).toBe(expected);
    expect(error.timeout).toBe(true);
    expect(error.message).toMatch(/\b(?:5|10) ms/);
  }
});
