import { frames } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { answerOn, EngineBench, HELLO, textOf } from '../../test/hostile/http2/engine-bench.ts';
import { REQUEST_STATES, RESPONSE_STATES } from '../../test/hostile/http2/states.ts';

/** What callers do while a peer does its worst: nothing is left of a request that is over, whoever has ended it. */

const STANDINGS = REQUEST_STATES.flatMap((request) =>
  RESPONSE_STATES.map((response) => ({ response, request, fact: `${response.fact} of ${request.fact}` })),
);
const HEAD = textOf([frames.headers(1, { ':status': '200' })]);
const END = { endStream: true };

describe('a request that is cancelled', () => {
  test.for(STANDINGS)('$fact rejects with its reason, and what still comes is given back', async ({ response, request }) => {
    const bench = new EngineBench();
    const exchange = bench.send(request.init());
    const other = bench.send();
    bench.feed(HELLO + response.said);
    const reason = new Error('enough');
    exchange.controller.abort(reason);
    bench.endTurn();
    expect(bench.said.filter((words) => words.startsWith('RST_STREAM'))).toEqual(['RST_STREAM 1 CANCEL']);
    bench.feed(
      response.rest + textOf([frames.data(1, Buffer.alloc(5_000), { padding: 100 }), frames.windowUpdate(1, 7), frames.reset(1, 'CANCEL')]),
    );
    bench.feed(answerOn(3));
    expect(await exchange.seen).toEqual({ kind: 'cancelled', reason });
    expect(await other.seen).toMatchObject({ kind: 'taken', body: 'ok' });
    await bench.expectFullWindow();
    await bench.end();
  });

  test('by who hears that another has failed with the connection writes nothing more, and leaves nothing behind', async () => {
    const bench = new EngineBench();
    const [first, ...others] = Array.from({ length: 5 }, () => bench.send());
    if (first === undefined) throw new Error('there is none');
    bench.feed(HELLO);
    first.onTold = () => {
      for (const { controller } of others) controller.abort(new Error('then the others are not wanted'));
    };
    const { writes } = bench.wire;
    bench.wire.close(new Error('read ECONNRESET'));
    bench.endTurn();
    expect(bench.wire.writes).toBe(writes);
    expect(bench.clock.pendingTimers).toBe(0);
    expect(await first.seen).toMatchObject({ kind: 'refused', code: 'connection-reset' });
    for (const { seen } of others) expect(await seen).toMatchObject({ kind: 'cancelled' });
    await bench.end();
  });

  test('by who hears that another was answered, within the same read', async () => {
    const bench = new EngineBench();
    const first = bench.send();
    const second = bench.send();
    bench.feed(HELLO);
    first.onTold = () => second.controller.abort();
    bench.feed(answerOn(1) + answerOn(3));
    expect(await second.seen).toMatchObject({ kind: 'cancelled' });
    expect(bench.said.slice(1)).toEqual(['RST_STREAM 3 CANCEL']);
    await bench.expectFullWindow();
    await bench.end();
  });
});

describe('a body that nobody reads', () => {
  /** What a peer may send of it: more than is held for a reader that has not come. */
  const WINDOW = 131_072;
  const HELD = 65_536;
  const body = textOf(Array.from({ length: 8 }, () => frames.data(1, Buffer.alloc(16_384))));
  const options = { connectionWindowBytes: WINDOW, streamWindowBytes: 2 * WINDOW };

  test('stops its peer at the window, and gives all of it back when it is disposed of', async () => {
    const bench = new EngineBench(options);
    const exchange = bench.send({ isRead: false });
    bench.feed(HELLO + HEAD + body);
    // What is held before the reader has come was given back, and is told once the peer has nothing else.
    const rest = bench.peerWindow;
    expect(rest).toBe(HELD - 16_384);
    for (let sent = 0; sent < rest; sent += 16_384) bench.feed(textOf([frames.data(1, Buffer.alloc(16_384))]));
    expect(bench.peerWindow).toBe(0);
    await (await exchange.response).dispose();
    bench.endTurn();
    expect(bench.said.slice(1, 2)).toEqual(['RST_STREAM 1 CANCEL']);
    expect(bench.peerWindow).toBe(WINDOW);
    await bench.expectFullWindow();
    await bench.end();
  });

  test.for([
    { fact: 'its stream ends', end: textOf([frames.data(1, '', END)]), said: [] },
    { fact: 'its stream is reset', end: textOf([frames.reset(1, 'CANCEL')]), said: [] },
    { fact: 'it is malformed in the end', end: HEAD, said: ['RST_STREAM 1 PROTOCOL_ERROR'] },
  ])('gives all of it back when $fact', async ({ end, said }) => {
    const bench = new EngineBench(options);
    const exchange = bench.send({ isRead: false });
    bench.feed(HELLO + HEAD + body);
    bench.feed(end);
    expect(bench.said.slice(1)).toEqual(said);
    expect(bench.peerWindow).toBe(WINDOW);
    await bench.expectFullWindow();
    await (await exchange.response).dispose();
    await bench.end();
  });

  test('gives back what came after it was disposed of, in the middle of a frame too', async () => {
    const bench = new EngineBench(options);
    const exchange = bench.send({ isRead: false });
    const half = body.length / 2 + 1_000;
    bench.feed(HELLO + HEAD + body.slice(0, half));
    await (await exchange.response).dispose();
    bench.feed(body.slice(half));
    await bench.expectFullWindow();
    await bench.end();
  });
});

describe('a peer that falls silent', () => {
  test.for([
    { fact: 'before the head', said: '', options: { responseHeaderTimeoutMs: 5_000 }, code: 'header-timeout', phase: 'response-head' },
    {
      fact: 'after an interim head',
      said: textOf([frames.headers(1, { ':status': '103' })]),
      options: { responseHeaderTimeoutMs: 5_000 },
      code: 'header-timeout',
      phase: 'response-head',
    },
    { fact: 'after the head', said: HEAD, options: { bodyIdleTimeoutMs: 5_000 }, code: 'body-timeout', phase: 'response-body' },
    {
      fact: 'mid body',
      said: textOf([HEAD, frames.data(1, 'o')]),
      options: { bodyIdleTimeoutMs: 5_000 },
      code: 'body-timeout',
      phase: 'response-body',
    },
    {
      fact: 'within a frame',
      said: textOf([HEAD, frames.data(1, 'ok')]).slice(0, -1),
      options: { bodyIdleTimeoutMs: 5_000 },
      code: 'body-timeout',
      phase: 'response-body',
    },
  ])('$fact fails the request in time, and its stream alone', async ({ said, options, code, phase }) => {
    const bench = new EngineBench(options);
    const exchange = bench.send();
    bench.feed(HELLO + said);
    await bench.clock.advance(4_999);
    expect(bench.said).toEqual(['SETTINGS ack']);
    await bench.clock.advance(1);
    bench.endTurn();
    expect(await exchange.seen).toMatchObject({ kind: 'refused', code, phase, sent: 'all' });
    expect(bench.said[1]).toBe('RST_STREAM 1 CANCEL');
    expect(bench.connection.closeReason).toBeUndefined();
    await bench.end();
  });

  test('and does not answer a PING is given up, with all that it carries', async () => {
    const bench = new EngineBench({ pingAfterMs: 15_000, pingTimeoutMs: 5_000 });
    const exchanges = [bench.send(), bench.send({ isReused: true }), bench.send({ method: 'POST', body: new ReadableStream() })];
    bench.feed(HELLO + HEAD);
    await bench.clock.advance(15_000);
    bench.endTurn();
    expect(bench.said.slice(1)).toEqual(['PING']);
    await bench.clock.advance(5_000);
    expect(bench.connection.closeReason).toBe('ping-timeout');
    expect(bench.wire.isDestroyed).toBe(true);
    const codes = await Promise.all(exchanges.map(async ({ seen }) => seen));
    expect(codes).toMatchObject([
      { code: 'ping-timeout', phase: 'response-body' },
      { code: 'stale-connection', phase: 'response-head' },
      { code: 'ping-timeout', phase: 'request', sent: 'partial' },
    ]);
    await bench.end();
  });

  test('about our SETTINGS is told so, and the connection ends', async () => {
    const bench = new EngineBench();
    const exchange = bench.send();
    bench.feed(frames.settings());
    await bench.clock.advance(10_000);
    expect(await exchange.seen).toMatchObject({ kind: 'refused', code: 'connection-closed' });
    expect(bench.said).toEqual(['SETTINGS ack', 'GOAWAY SETTINGS_TIMEOUT']);
    await bench.end();
  });

  test('and takes nothing of what is sent is given up in time', async () => {
    const bench = new EngineBench({ writeTimeoutMs: 5_000 });
    bench.feed(HELLO);
    bench.wire.hasRoom = false;
    const exchange = bench.send({ method: 'POST', body: 'x'.repeat(100) });
    await bench.clock.advance(5_000);
    expect(await exchange.seen).toMatchObject({ kind: 'refused', code: 'connection-closed' });
    expect(bench.connection.closeReason).toBe('timeout');
    await bench.end();
  });

  test('but for the answer to a PING that we have not sent has said nothing of a stream that was cancelled', async () => {
    const bench = new EngineBench();
    bench.feed(HELLO);
    const { capacity } = bench.connection;
    bench.send().controller.abort();
    bench.endTurn();
    expect(bench.said.slice(1)).toEqual(['RST_STREAM 1 CANCEL', 'PING']);
    bench.feed(frames.pingAck('whatever'));
    expect(bench.connection.capacity).toBe(capacity - 1);
    bench.feed(frames.pingAck('\0'.repeat(8)));
    expect(bench.connection.capacity).toBe(capacity);
    await bench.end();
  });
});

test('a peer that takes no more streams finishes those that it has, and takes others when it says so', async () => {
  const bench = new EngineBench();
  const exchange = bench.send();
  bench.feed(HELLO + HEAD);
  bench.feed(frames.settings({ MAX_CONCURRENT_STREAMS: 0 }));
  expect([bench.connection.capacity, bench.connection.isDraining]).toEqual([0, false]);
  bench.feed(frames.data(1, 'ok', END));
  expect(await exchange.seen).toMatchObject({ kind: 'taken', body: 'ok' });
  expect([bench.connection.capacity, bench.connection.closeReason]).toEqual([0, undefined]);
  const { changes } = bench;
  bench.feed(frames.settings({ MAX_CONCURRENT_STREAMS: 1 }));
  expect([bench.connection.capacity, bench.changes]).toEqual([1, changes + 1]);
  await bench.expectFullWindow();
  await bench.end();
});

describe('a tunnel', () => {
  const CONNECT = { method: 'CONNECT', path: '' } as const;
  const ENDS: readonly { readonly fact: string; readonly end: (bench: EngineBench) => void }[] = [
    { fact: 'the peer resets its stream', end: (bench) => bench.feed(frames.reset(1, 'CONNECT_ERROR')) },
    { fact: 'the peer sends a head through it', end: (bench) => bench.feed(HEAD) },
    { fact: 'the peer sends trailers through it', end: (bench) => bench.feed(frames.headers(1, { a: 'b' }, END)) },
    { fact: 'the peer makes its window too large', end: (bench) => bench.feed(frames.windowUpdate(1, 2 ** 31 - 1)) },
    { fact: 'the wire ends', end: ({ wire }) => wire.end() },
    { fact: 'the wire breaks', end: ({ wire }) => wire.close(new Error('read ECONNRESET')) },
    { fact: 'the peer breaks the protocol', end: (bench) => bench.feed(frames.data(0, 'x')) },
    { fact: 'the peer goes away without having looked at it', end: (bench) => bench.feed(frames.goAway(0)) },
    { fact: 'the transport is closed', end: ({ connection }) => connection.close('transport-closed') },
  ];

  test.for(ENDS)('breaks when $fact', async ({ end }) => {
    const bench = new EngineBench();
    const exchange = bench.send({ ...CONNECT, isRead: false });
    bench.feed(HELLO + HEAD + textOf([frames.data(1, 'hello')]));
    const { socket } = await exchange.response;
    if (socket === undefined) throw new Error('there is no tunnel');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.resume();
    end(bench);
    await closed;
    expect(socket.destroyed).toBe(true);
    expect(exchange.released).toBe(1);
    await bench.end();
  });

  test.for(ENDS)('of which the peer has said its last breaks when $fact', async ({ end }) => {
    const bench = new EngineBench();
    const exchange = bench.send({ ...CONNECT, isRead: false });
    bench.feed(HELLO + HEAD + textOf([frames.data(1, 'hello', END)]));
    const { socket } = await exchange.response;
    if (socket === undefined) throw new Error('there is no tunnel');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.resume();
    await new Promise((resolve) => socket.once('end', resolve));
    end(bench);
    await closed;
    expect(exchange.released).toBe(1);
    await bench.end();
  });

  test.for([
    { fact: 'the peer', isPeerFirst: true },
    { fact: 'we', isPeerFirst: false },
  ])('that both sides end, $fact first, leaves nothing behind', async ({ isPeerFirst }) => {
    const bench = new EngineBench();
    const exchange = bench.send({ ...CONNECT, isRead: false });
    bench.feed(HELLO + HEAD);
    const { socket } = await exchange.response;
    if (socket === undefined) throw new Error('there is no tunnel');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.resume();
    const ends = [(): void => bench.feed(frames.data(1, 'bye', END)), (): void => void socket.end('bye')];
    for (const end of isPeerFirst ? ends : ends.toReversed()) {
      end();
      await new Promise(setImmediate);
    }
    await closed;
    bench.endTurn();
    expect(bench.said).toEqual(['SETTINGS ack']);
    expect(exchange.released).toBe(1);
    await bench.expectFullWindow();
    await bench.end();
  });
});
