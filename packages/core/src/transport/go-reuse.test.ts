import { BytePeer, RecordingTrace, TestClock } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { ExchangeBench } from '../../test/exchange-bench.ts';
import { fetchText, isInUse, send, until } from '../../test/exchanges.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import type { HttpRequestInit } from '../contract/http-request.ts';
import type { HttpResponse } from '../contract/http-response.ts';
import type { CloseReason } from '../contract/trace-event.ts';
import type { Http1Options } from '../h1/http1-options.ts';
import { Transport } from './transport.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const DRAIN_BYTES = 262_144;

function lengthHead(bytes: number): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${bytes}\r\n\r\n`;
}

const CHUNKED_HEAD = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const UNTIL_CLOSE_HEAD = 'HTTP/1.1 200 OK\r\n\r\n';

function chunk(bytes: number): string {
  return `${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n`;
}

/** An exchange whose reader leaves when so much of the answer has come. */
async function left(head: string, options: Partial<Http1Options> = {}, init: HttpRequestInit = {}): Promise<ExchangeBench> {
  const bench = new ExchangeBench(options);
  const sent = bench.send(init);
  bench.wire.feed(head);
  await (await sent).dispose();
  return bench;
}

describe('Go C.7: when a connection is reused (an early close, as of Go 1.27)', () => {
  interface Row {
    readonly fact: string;
    readonly head: string;
    readonly rest: string;
    readonly options?: Partial<Http1Options>;
    readonly reason: CloseReason | undefined;
  }
  const limit = { maxDrainBytes: 1_000 };
  test.for<Row>([
    {
      fact: 'a length of 256 KiB is drained',
      head: lengthHead(DRAIN_BYTES),
      rest: 'x'.repeat(DRAIN_BYTES),
      reason: undefined,
    },
    { fact: 'a length of one byte more is not', head: lengthHead(DRAIN_BYTES + 1), rest: '', reason: 'body-abandoned' },
    {
      fact: 'what has come of a length does not count',
      head: `${lengthHead(1_500)}${'x'.repeat(500)}`,
      rest: 'x'.repeat(1_000),
      options: limit,
      reason: undefined,
    },
    {
      fact: 'one byte more than may be drained is left of a length',
      head: `${lengthHead(1_500)}${'x'.repeat(499)}`,
      rest: '',
      options: limit,
      reason: 'body-abandoned',
    },
    {
      fact: 'chunks of just as many bytes are drained',
      head: CHUNKED_HEAD,
      rest: `${chunk(600)}${chunk(400)}0\r\n\r\n`,
      options: limit,
      reason: undefined,
    },
    {
      fact: 'chunks of one byte more are not',
      head: CHUNKED_HEAD,
      rest: `${chunk(600)}${chunk(401)}0\r\n\r\n`,
      options: limit,
      reason: 'body-abandoned',
    },
    {
      fact: 'trailers are read and dropped',
      head: CHUNKED_HEAD,
      rest: `${chunk(1)}0\r\nX-Sum: 1\r\n\r\n`,
      reason: undefined,
    },
    { fact: 'a body that ends with its connection is not drained', head: UNTIL_CLOSE_HEAD, rest: '', reason: 'body-abandoned' },
    {
      fact: 'nor one whose server closes anyway',
      head: lengthHead(5).replace('OK\r\n', 'OK\r\nConnection: close\r\n'),
      rest: '',
      reason: 'body-abandoned',
    },
    {
      fact: 'none at all where maxDrainBytes is 0',
      head: lengthHead(1),
      rest: '',
      options: { maxDrainBytes: 0 },
      reason: 'body-abandoned',
    },
    { fact: 'a chunk that is none ends it', head: CHUNKED_HEAD, rest: 'nonsense\r\n', reason: 'malformed-response' },
    { fact: 'bytes behind the end are not believed', head: lengthHead(2), rest: `ok${OK}`, reason: 'unsolicited-data' },
  ])('$fact: $reason', async ({ head, rest, options, reason }) => {
    const bench = await left(head, options);
    if (rest !== '') bench.wire.feed(rest);
    expect(bench.connection.closeReason).toBe(reason);
    expect(bench.told).toEqual(['release']);
    expect(bench.clock.pendingTimers).toBe(0);
    expect(bench.connection.capacity).toBe(reason === undefined ? 1 : 0);
  });

  test('the rest may take 50 ms, and not one more', async () => {
    const bench = await left(lengthHead(10));
    await bench.clock.advance(49);
    bench.wire.feed('12345');
    expect(bench.connection.closeReason).toBeUndefined();
    await bench.clock.advance(1);
    expect(bench.connection.closeReason).toBe('body-abandoned');
    const inTime = await left(lengthHead(10));
    await inTime.clock.advance(49);
    inTime.wire.feed('1234567890');
    await inTime.clock.advance(1_000);
    expect(inTime.connection.capacity).toBe(1);
  });

  test('with a maxDrainTime of 0 it may take no time at all', async () => {
    const bench = await left(lengthHead(10), { maxDrainTimeMs: 0 });
    await bench.clock.advance(0);
    expect(bench.connection.closeReason).toBe('body-abandoned');
  });

  test('a request that is not sent yet is not waited for', async () => {
    const body = new ReadableStream<string>({ start: (controller) => controller.enqueue('x') });
    const bench = await left(lengthHead(10), {}, { method: 'POST', body });
    expect(bench.connection.closeReason).toBe('body-abandoned');
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test('the caller is not kept waiting, and a wire that was paused goes on', async () => {
    const bench = new ExchangeBench();
    const sent = bench.send();
    bench.wire.feed(lengthHead(100_000));
    const response = await sent;
    bench.wire.feed('x'.repeat(70_000));
    expect(bench.wire.isPaused).toBe(true);
    await response.dispose();
    expect([bench.wire.isPaused, bench.connection.capacity]).toEqual([false, 0]);
    expect(bench.recorder.all('bodyEnd')).toMatchObject([{ bodyBytes: 70_000, error: { code: 'body-disposed' } }]);
    bench.wire.feed('x'.repeat(30_000));
    expect(bench.connection.capacity).toBe(1);
    expect(bench.recorder.all('bodyEnd')).toHaveLength(1);
  });

  test('an abort while it is drained means nothing any more', async () => {
    const controller = new AbortController();
    const bench = await left(lengthHead(10), {}, { signal: controller.signal });
    controller.abort();
    bench.wire.feed('1234567890');
    expect(bench.connection.capacity).toBe(1);
  });

  test.for<{ how: 'end' | 'close'; reason: CloseReason }>([
    { how: 'end', reason: 'truncated' },
    { how: 'close', reason: 'truncated' },
  ])('a connection that ends ($how) while it is drained is nobody’s failure', async ({ how, reason }) => {
    const bench = await left(lengthHead(10));
    bench.wire[how]();
    expect(bench.connection.closeReason).toBe(reason);
    expect(bench.told).toEqual(['release']);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test.for<{ fact: string; init: HttpRequestInit; bytes: string; reason: CloseReason | undefined }>([
    {
      fact: 'a HEAD response that names a coding leaves it open (Go issue 22330)',
      init: { method: 'HEAD' },
      bytes: CHUNKED_HEAD,
      reason: undefined,
    },
    {
      fact: 'a 204 that names a coding is taken, and the connection closed: Go keeps it, and another parser may wait for chunks',
      init: {},
      bytes: 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n',
      reason: 'doubtful-framing',
    },
    {
      fact: 'a 304 that names a coding likewise',
      init: {},
      bytes: 'HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n',
      reason: 'doubtful-framing',
    },
    { fact: 'a status below 200 is not the answer', init: {}, bytes: `HTTP/1.1 199 Odd\r\n\r\n${OK}`, reason: undefined },
  ])('$fact', async ({ init, bytes, reason }) => {
    const bench = new ExchangeBench();
    const sent = bench.send(init);
    bench.wire.feed(bytes);
    await (await sent).text();
    expect(bench.connection.closeReason).toBe(reason);
  });
});

describe('Go C.7 over sockets', () => {
  /** Answers each request with a head of 10 bytes' length, and half the body; the rest comes when `go` is called. */
  async function halfway(): Promise<{ readonly peer: BytePeer; readonly go: () => void }> {
    const gate = Promise.withResolvers<void>();
    const peer = await BytePeer.listen(async (conversation) => {
      for await (const _ of conversation.heads()) {
        await conversation.write(`${lengthHead(10)}12345`);
        await gate.promise;
        await conversation.write('67890');
      }
    });
    return { peer, go: gate.resolve };
  }

  /** Answers with half a body, and no more. */
  function stalling(): Promise<BytePeer> {
    return BytePeer.listen(async (conversation) => {
      await conversation.readHead();
      await conversation.write(`${lengthHead(10)}12345`);
      await conversation.readUntilClose();
    });
  }

  test('what was drained carries the next request', async () => {
    const { peer, go } = await halfway();
    await using _peer = peer;
    const clock = new TestClock();
    await using transport = new Transport({ clock });
    await (await send(transport, peer.url)).dispose();
    expect(transport.stats()).toMatchObject([{ open: 1, idle: 0, busy: 1 }]);
    go();
    await until(() => transport.stats()[0]?.idle === 1);
    const next = await send(transport, peer.url);
    expect(next.connection?.reused).toBe(true);
    expect(await next.text()).toBe('1234567890');
    expect(peer.connectionsOpened).toBe(1);
  });

  test('while one is drained a request takes another, and who waits for room gets it at the end', async () => {
    const { peer, go } = await halfway();
    await using _peer = peer;
    const clock = new TestClock();
    await using transport = new Transport({ clock, maxConnsPerHost: 1 });
    await (await send(transport, peer.url)).dispose();
    const waiting = fetchText(transport, peer.url);
    expect(transport.stats()).toMatchObject([{ busy: 1, waiting: 1 }]);
    go();
    expect(await waiting).toBe('1234567890');
    expect(peer.connectionsOpened).toBe(1);
  });

  test('what takes longer than maxDrainTime is closed, and the slot is free', async () => {
    await using peer = await stalling();
    const clock = new TestClock();
    await using transport = new Transport({ clock, maxDrainTime: 20 });
    const recorder = new RecordingTrace();
    await (await send(transport, peer.url, { trace: recorder.trace })).dispose();
    await clock.advance(19);
    expect(recorder.closeReasons).toEqual([]);
    await clock.advance(1);
    expect(recorder.closeReasons).toEqual(['body-abandoned']);
    expect(transport.stats().filter(isInUse)).toEqual([]);
    await peer.whenOpenConnections(0);
  });

  test('one that is drained does not outlive a Transport that is cut off', async () => {
    await using peer = await stalling();
    const clock = new TestClock();
    const transport = new Transport({ clock });
    await (await send(transport, peer.url)).dispose();
    await transport.close({ graceful: false });
    expect(clock.pendingTimers).toBe(0);
    await peer.whenOpenConnections(0);
  });
});

describe('Go C.8: the end of a body', () => {
  const readers: Record<string, (response: HttpResponse) => Promise<unknown>> = {
    'text()': (response) => response.text(),
    'chunks()': async (response) => {
      for await (const _ of response.chunks());
    },
    'body': async (response) => {
      for await (const _ of response.body ?? []);
    },
  };

  test.for(Object.keys(readers))('Close after a failed read is no failure, and gives nothing back twice (%s)', async (how) => {
    const bench = new ExchangeBench();
    const sent = bench.send();
    bench.wire.feed(`${lengthHead(5)}ab`);
    const response = await sent;
    const read = rejectionOf(readers[how]?.(response) ?? Promise.resolve());
    await bench.settle();
    bench.wire.end();
    expect(await read).toMatchObject({ code: 'truncated' });
    await response.dispose();
    await response.dispose();
    expect(bench.told).toEqual(['release']);
  });

  test.for(Object.keys(readers))('the end is seen once, and the connection given back before it (%s)', async (how) => {
    const bench = new ExchangeBench();
    const sent = bench.send();
    bench.wire.feed(lengthHead(4));
    const response = await sent;
    const read = readers[how]?.(response).then(() => bench.told.push('read'));
    await bench.settle();
    bench.wire.feed('ab');
    bench.wire.feed('cd');
    expect(bench.told).toEqual(['release']);
    await read;
    await response.dispose();
    bench.wire.end();
    expect(bench.told).toEqual(['release', 'read', 'change']);
    expect(bench.connection.closeReason).toBe('server-closed-idle');
  });

  test('the connection is back with the last byte, although the reader does not ask for the end', async () => {
    const bench = new ExchangeBench();
    const sent = bench.send();
    bench.wire.feed(lengthHead(4));
    const chunks = (await sent).chunks();
    bench.wire.feed('abcd');
    expect(bench.connection.capacity).toBe(1);
    expect(Buffer.from((await chunks.next()).value ?? []).toString()).toBe('abcd');
    expect(await chunks.next()).toEqual({ done: true, value: undefined });
  });

  test('an abort in the body ends it with the reason, and closes the connection, drained or not', async () => {
    const controller = new AbortController();
    const bench = new ExchangeBench();
    const sent = bench.send({ signal: controller.signal });
    bench.wire.feed(`${lengthHead(5)}ab`);
    const response = await sent;
    const read = rejectionOf(response.text());
    controller.abort('enough');
    expect(await read).toBe('enough');
    expect(bench.connection.closeReason).toBe('aborted');
    await response.dispose();
    expect(bench.told).toEqual(['release']);
  });
});
