import { once } from 'node:events';
import { connect, type ClientHttp2Session } from 'node:http2';
import { connect as connectSocket, type Socket } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';

import { FramePeer, frames, testCertificate, type FrameConversation } from './index.ts';

/** A client that closes with the test. Its errors are its streams'. */
function dial(peer: FramePeer): ClientHttp2Session & AsyncDisposable {
  const client = connect(peer.url, { ca: testCertificate.ca, servername: 'localhost' });
  client.on('error', () => {});
  return Object.assign(client, {
    [Symbol.asyncDispose]: async () => {
      const isClosed = client.closed || client.destroyed ? undefined : once(client, 'close');
      client.destroy();
      await isClosed;
    },
  });
}

/** The answer to a request, its body read to its end. */
async function fetchText(client: ClientHttp2Session, path = '/', body = ''): Promise<{ status: number | undefined; body: string }> {
  const isEmpty = body === '';
  const stream = client.request({ ':path': path, ':method': isEmpty ? 'GET' : 'POST' }, { endStream: isEmpty });
  if (!isEmpty) stream.end(body);
  let status: number | undefined;
  stream.on('response', (headers) => {
    status = headers[':status'];
  });
  return { body: await text(stream), status };
}

/** Sends bytes as a client of no protocol. */
async function say(peer: FramePeer, ...bytes: readonly (string | Uint8Array)[]): Promise<Socket> {
  const socket = connectSocket(peer.port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  for (const piece of bytes) socket.write(piece);
  return socket;
}

/** Answers every request with its own body. */
async function echo(peer: FrameConversation): Promise<void> {
  await peer.handshake();
  for (;;) {
    const { streamId, endStream } = await peer.next('HEADERS');
    let body = '';
    for (let isOver = endStream; !isOver;) {
      const frame = await peer.next('DATA', (data) => data.streamId === streamId);
      body += frame.data.toString();
      isOver = frame.endStream;
    }
    void peer.headers(streamId, { ':status': '200' });
    await peer.data(streamId, body, { endStream: true });
  }
}

describe('a script', () => {
  test.for([false, true])('answers a request in frames (TLS %s)', async (tls) => {
    await using server = await FramePeer.listen(
      async (peer) => {
        await peer.handshake({ MAX_CONCURRENT_STREAMS: 10 });
        const request = await peer.next('HEADERS');
        await peer.headers(request.streamId, { ':status': '200', 'content-type': 'text/plain' });
        await peer.data(request.streamId, 'hello ', { padding: 10 });
        await peer.data(request.streamId, 'world', { endStream: true });
      },
      { tls },
    );
    await using client = dial(server);
    expect(await fetchText(client)).toEqual({ status: 200, body: 'hello world' });
    expect(client.remoteSettings.maxConcurrentStreams).toBe(10);
    expect([server.connectionsOpened, server.openConnections, client.alpnProtocol]).toEqual([1, 1, tls ? 'h2' : 'h2c']);
  });

  test('runs for each connection, which have numbers', async () => {
    const numbers: number[] = [];
    await using server = await FramePeer.listen((peer) => {
      numbers.push(peer.number);
      return echo(peer).catch(() => {});
    });
    await using one = dial(server);
    await using two = dial(server);
    expect([await fetchText(one, '/', 'one'), await fetchText(two, '/', 'two'), await fetchText(one, '/', 'three')]).toMatchObject([
      { body: 'one' },
      { body: 'two' },
      { body: 'three' },
    ]);
    expect(numbers).toEqual([1, 2]);
  });

  test('is read a page at a time: header blocks in parts, trailers, other headers before the answer', async () => {
    await using server = await FramePeer.listen(async (peer) => {
      await peer.handshake();
      await peer.next('HEADERS');
      await peer.headers(1, { ':status': '103', 'link': '</a>' });
      await peer.headers(1, { ':status': '200' }, { endHeaders: false });
      await peer.continuation(1, { 'x-one': '1' }, { endHeaders: false });
      await peer.continuation(1, { 'x-two': '2' });
      await peer.data(1, 'body');
      await peer.headers(1, { 'x-sum': '4' }, { endStream: true });
    });
    await using client = dial(server);
    const stream = client.request({ ':path': '/' });
    const early = once(stream, 'headers');
    const head = once(stream, 'response');
    const trailers = once(stream, 'trailers');
    expect(await text(stream)).toBe('body');
    expect([(await early)[0], (await head)[0], (await trailers)[0]]).toMatchObject([
      { ':status': 103, 'link': '</a>' },
      { ':status': 200, 'x-one': '1', 'x-two': '2' },
      { 'x-sum': '4' },
    ]);
  });

  test('that throws ends its connection, and is told when the peer is disposed of', async () => {
    const server = await FramePeer.listen(async (peer) => {
      expect((await peer.next('HEADERS')).streamId).toBe(7);
    });
    await using client = dial(server);
    const stream = client.request({ ':path': '/' });
    stream.on('error', () => {});
    await once(client, 'close');
    await expect(server[Symbol.asyncDispose]()).rejects.toThrow('expected 1 to be 7');
  });

  test('that still waits when the peer is closed is no failure', async () => {
    const server = await FramePeer.listen(async (peer) => {
      await peer.next('GOAWAY');
    });
    await using client = dial(server);
    const isClosed = once(client, 'close');
    await server.whenOpenConnections(1);
    await server[Symbol.asyncDispose]();
    await isClosed;
    expect(server.openConnections).toBe(0);
  });
});

describe('a test', () => {
  test('asks for one connection after the other, and speaks on each', async () => {
    await using server = await FramePeer.listen();
    for (let number = 1; number <= 2; number++) {
      await using client = dial(server);
      const answer = fetchText(client);
      const peer = await server.connection();
      await peer.handshake();
      await peer.headers((await peer.next('HEADERS')).streamId, { ':status': '204' }, { endStream: true });
      expect(await answer).toEqual({ status: 204, body: '' });
      expect(peer.number).toBe(number);
    }
  });

  test('waits for a connection, a frame or any frame no longer than it said, and is told what came instead', async () => {
    await using server = await FramePeer.listen(undefined, { waitLimit: 50 });
    await expect(server.connection()).rejects.toThrow('waited in vain for a connection: 50 ms are over');
    await using client = dial(server);
    const peer = await server.connection();
    await peer.handshake();
    const stream = client.request({ ':path': '/' });
    stream.on('error', () => {});
    await expect(peer.next('RST_STREAM')).rejects.toThrow(
      'waited in vain for RST_STREAM: 50 ms are over; there came SETTINGS, SETTINGS ACK, HEADERS on 1',
    );
    expect(await peer.nextFrame()).toMatchObject({ type: 'HEADERS' });
    await expect(peer.nextFrame()).rejects.toThrow('waited in vain for a frame');
    client.destroy();
    await peer.closed;
    await expect(peer.next('DATA')).rejects.toThrow(/waited in vain for DATA: connection 1 ended; there came .*GOAWAY/);
  });

  test('finds what it passed over, in the order in which it came', async () => {
    await using server = await FramePeer.listen();
    await using client = dial(server);
    const peer = await server.connection();
    const body = fetchText(client, '/path', 'upload');
    await peer.handshake();
    expect(await peer.next('DATA', ({ endStream }) => endStream)).toMatchObject({ streamId: 1 });
    const head = await peer.nextFrame();
    expect(head).toMatchObject({ type: 'HEADERS', streamId: 1, endStream: false });
    expect(
      peer
        .all('DATA')
        .map(({ data }) => String(data))
        .join(''),
    ).toBe('upload');
    await peer.headers(1, { ':status': '200' }, { endStream: true });
    await body;
    await peer.settle();
    await peer.settle();
    expect(peer.all('PING')).toHaveLength(2);
  });
});

describe('what comes', () => {
  test('is read in words and in bytes', async () => {
    await using server = await FramePeer.listen();
    const socket = await say(
      server,
      frames.PREFACE,
      frames.settings([
        ['MAX_FRAME_SIZE', 20_000],
        [0x99, 7],
      ]),
      frames.headers(1, { a: 'b' }, { endHeaders: false, padding: 3, priority: {} }),
      frames.continuation(1, { c: 'd' }, { endHeaders: false }),
      frames.continuation(1, []),
      frames.data(1, 'xyz', { padding: 5, endStream: true }),
      frames.reset(1, 'CANCEL'),
      frames.reset(3, 0xabc),
      frames.pingAck('12345678'),
      frames.goAway(2, 'NO_ERROR', 'bye'),
      frames.windowUpdate(0, 5),
      frames.priority(1),
      frames.frame({ type: 0x42, flags: 1, streamId: 9, payload: 'any' }),
    );
    const peer = await server.connection();
    await peer.next('UNKNOWN');
    expect(peer.frames).toMatchObject([
      { type: 'SETTINGS', ack: false, settings: { MAX_FRAME_SIZE: 20_000, 153: 7 } },
      {
        type: 'HEADERS',
        fields: [
          ['a', 'b'],
          ['c', 'd'],
        ],
        parts: [5, 5, 0],
        endStream: false,
        neverIndexed: [],
      },
      { type: 'DATA', streamId: 1, data: Buffer.from('xyz'), endStream: true },
      { type: 'RST_STREAM', streamId: 1, code: 'CANCEL' },
      { type: 'RST_STREAM', streamId: 3, code: 0xabc },
      { type: 'PING', ack: true, payload: Buffer.from('12345678') },
      { type: 'GOAWAY', lastStreamId: 2, code: 'NO_ERROR', debug: 'bye' },
      { type: 'WINDOW_UPDATE', increment: 5 },
      { type: 'PRIORITY', streamId: 1 },
      { type: 'UNKNOWN', typeNumber: 0x42, flags: 1, streamId: 9, payload: Buffer.from('any') },
    ]);
    socket.destroy();
    await peer.closed;
  });

  test('byte by byte is read together', async () => {
    await using server = await FramePeer.listen();
    const bytes = Buffer.concat([frames.PREFACE, frames.settings(), frames.headers(1, { a: 'b' })]);
    const socket = await say(server);
    socket.setNoDelay(true);
    for (const byte of bytes) await new Promise((resolve) => socket.write(Buffer.of(byte), resolve));
    const peer = await server.connection();
    expect(await peer.next('HEADERS')).toMatchObject({ fields: [['a', 'b']] });
    socket.destroy();
  });

  test.for([
    { fact: 'HTTP/1.1', bytes: ['GET / HTTP/1.1\r\nHost: x\r\n\r\n'], says: 'not the preface of an HTTP/2 client: "GET / HTTP/1.1' },
    {
      fact: 'a header block with another frame in it',
      bytes: [frames.headers(1, {}, { endHeaders: false }), frames.ping()],
      says: 'interrupted by a frame of type 6',
    },
    {
      fact: "another stream's continuation",
      bytes: [frames.headers(1, {}, { endHeaders: false }), frames.continuation(3, {})],
      says: 'interrupted by a frame of type 9',
    },
    { fact: 'a continuation of nothing', bytes: [frames.continuation(1, {})], says: 'without a header block' },
    { fact: 'a header block that is none', bytes: [frames.headers(1, Buffer.of(0x80))], says: 'index 0' },
    {
      fact: 'more padding than payload',
      bytes: [frames.frame({ type: 'DATA', flags: 8, streamId: 1, payload: '\x02x' })],
      says: 'more padding',
    },
    { fact: 'a ping of 7 bytes', bytes: [frames.ping('1234567')], says: 'PING has a payload of 7 bytes' },
    { fact: 'half a setting', bytes: [frames.frame({ type: 'SETTINGS', payload: 'abc' })], says: 'SETTINGS has a payload of 3 bytes' },
  ])('that is not HTTP/2 is told whoever waits, and when the peer is disposed of: $fact', async ({ bytes, says }) => {
    const server = await FramePeer.listen();
    const socket = await say(server, ...(typeof bytes[0] === 'string' ? [] : [frames.PREFACE]), ...bytes);
    const peer = await server.connection();
    await expect(peer.next('DATA')).rejects.toThrow(says);
    await once(socket.resume(), 'close');
    await expect(server[Symbol.asyncDispose]()).rejects.toThrow('connection 1 was sent what is not HTTP/2');
  });

  test.for([
    { fact: 'nothing', bytes: [] },
    { fact: 'half a preface', bytes: [frames.PREFACE.subarray(0, 10)] },
    { fact: 'half a frame', bytes: [frames.PREFACE, frames.ping().subarray(0, 12)] },
    { fact: 'half a header block', bytes: [frames.PREFACE, frames.headers(1, {}, { endHeaders: false })] },
  ])('may end after $fact', async ({ bytes }) => {
    await using server = await FramePeer.listen();
    const socket = await say(server, ...bytes);
    const peer = await server.connection();
    socket.end();
    await expect(peer.nextFrame()).rejects.toThrow('connection 1 ended; there came nothing');
    peer.end();
    await once(socket.resume(), 'close');
  });

  test('may not begin with another frame than SETTINGS where a handshake is made', async () => {
    await using server = await FramePeer.listen();
    const socket = await say(server, frames.PREFACE, frames.ping(), frames.settings());
    await expect((await server.connection()).handshake()).rejects.toThrow('connection 1 begins with PING, not with SETTINGS');
    socket.destroy();
  });

  test('is left where it is while the peer is paused', async () => {
    await using server = await FramePeer.listen();
    const socket = await say(server, frames.PREFACE, frames.settings());
    const peer = await server.connection();
    await peer.next('SETTINGS');
    peer.pause();
    const megabytes = 16;
    for (let count = 0; count < megabytes * 64; count++) socket.write(frames.data(1, Buffer.alloc(16_375)));
    socket.write(frames.ping());
    // A turn of the peer's own: it has had the time to read.
    await peer.ping();
    await once(socket, 'readable');
    expect(socket.writableLength).toBeGreaterThan(0);
    expect(peer.frames.length).toBeLessThanOrEqual(2);
    peer.resume();
    await peer.next('PING');
    expect(peer.frames).toHaveLength(megabytes * 64 + 2);
    socket.destroy();
  });

  test('of a client that is paused does not hold up the end of the peer', async () => {
    const server = await FramePeer.listen((peer) => peer.pause());
    const socket = await say(server, frames.PREFACE, frames.settings(), frames.ping());
    const isClosed = new Promise((resolve) => socket.resume().once('close', resolve));
    await server.whenOpenConnections(1);
    await server[Symbol.asyncDispose]();
    await isClosed;
  });
});

describe('what goes out', () => {
  test.for([false, true])('comes one byte at a time, in order, up to the end (TLS %s)', async (tls) => {
    await using server = await FramePeer.listen(undefined, { tls, oneByteAtATime: true });
    await using client = dial(server);
    const answer = fetchText(client);
    const peer = await server.connection();
    await peer.handshake();
    void peer.headers(1, { ':status': '200' });
    void peer.data(1, 'slow');
    void peer.data(1, 'ly', { endStream: true });
    peer.end();
    expect(await answer).toEqual({ status: 200, body: 'slowly' });
  });

  test('comes in as many reads as there are bytes, but for what goes beyond the measure', async () => {
    await using server = await FramePeer.listen(undefined, { oneByteAtATime: true });
    const socket = await say(server);
    let reads = 0;
    socket.on('data', () => {
      reads += 1;
    });
    const peer = await server.connection();
    expect(await peer.raw(Buffer.alloc(1_000))).toBe(true);
    // The system may have put some of them together.
    expect(reads).toBeGreaterThan(500);
    await peer.raw(Buffer.alloc(1_000_000));
    expect(reads).toBeLessThan(10_000);
    socket.destroy();
    await peer.closed;
    expect(await peer.raw('x')).toBe(false);
  });

  test.for([false, true])('may end in a reset, after what was written (one byte at a time: %s)', async (oneByteAtATime) => {
    await using server = await FramePeer.listen(undefined, { oneByteAtATime });
    const socket = await say(server);
    const peer = await server.connection();
    const isRead = buffer(socket);
    void peer.raw('x');
    peer.resetConnection();
    await expect(isRead).rejects.toMatchObject({ code: 'ECONNRESET' });
    await peer.closed;
  });

  test('may end at once', async () => {
    await using server = await FramePeer.listen();
    const socket = await say(server);
    const peer = await server.connection();
    peer.destroy();
    expect(await text(socket)).toBe('');
    await peer.closed;
  });

  test('says what it is told to: a reset, a goodbye, a window, an unknown frame', async () => {
    await using server = await FramePeer.listen(async (peer) => {
      await peer.handshake();
      await peer.frame({ type: 0x42, payload: 'ignored' });
      await peer.windowUpdate(0, 100);
      await peer.next('HEADERS');
      await peer.goAway(1, 'NO_ERROR', 'bye');
      await peer.reset(1, 'ENHANCE_YOUR_CALM');
      await peer.closed;
    });
    await using client = dial(server);
    const goodbye = new Promise<unknown[]>((resolve) => {
      client.on('goaway', (code, lastStreamId, debug) => resolve([code, lastStreamId, String(debug)]));
    });
    const stream = client.request({ ':path': '/' });
    await expect(text(stream)).rejects.toThrow('ENHANCE_YOUR_CALM');
    expect(await goodbye).toEqual([0, 1, 'bye']);
  });
});
