import { once } from 'node:events';
import { request as requestHttp1 } from 'node:http';
import {
  connect,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { request as requestHttps } from 'node:https';
import { connect as connectSocket } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { describe, expect, test } from 'vitest';

import { frames, type SharedHandler, TestClock, testCertificate, TestServer } from './index.ts';

const KINDS = [
  { name: 'h2c', tls: false },
  { name: 'h2', tls: true },
] as const;

/** A client that ends with the test. Its errors are those of its streams. */
function dial(server: TestServer): ClientHttp2Session & AsyncDisposable {
  const client = connect(server.url, { ca: testCertificate.ca, servername: 'localhost' });
  client.on('error', () => {});
  return Object.assign(client, {
    [Symbol.asyncDispose]: async () => {
      const isClosed = client.destroyed ? undefined : once(client, 'close');
      client.destroy();
      await isClosed;
    },
  });
}

function send(client: ClientHttp2Session, headers: OutgoingHttpHeaders = {}, body?: string): ClientHttp2Stream {
  const stream = client.request(
    { ':path': '/', ':method': body === undefined ? 'GET' : 'POST', ...headers },
    { endStream: body === undefined },
  );
  stream.on('error', () => {});
  if (body !== undefined) stream.end(body);
  return stream;
}

type Head = IncomingHttpHeaders & IncomingHttpStatusHeader;

function headOf(stream: ClientHttp2Stream): Promise<Head> {
  return new Promise((resolve, reject) => {
    stream.once('response', resolve);
    stream.once('error', reject);
    stream.once('close', () => reject(new Error(`closed with ${stream.rstCode}`)));
  });
}

/** One exchange by node:http2, the body read to its end. */
async function exchange(client: ClientHttp2Session, headers?: OutgoingHttpHeaders, body?: string) {
  const stream = send(client, headers, body);
  let trailers: IncomingHttpHeaders = {};
  stream.on('trailers', (fields) => {
    trailers = fields;
  });
  const [head, read] = await Promise.all([headOf(stream), text(stream)]);
  return { status: head[':status'], head, body: read, trailers };
}

/** The code that a stream was reset with. */
async function resetOf(stream: ClientHttp2Stream): Promise<number | undefined> {
  stream.resume();
  if (!stream.closed) await once(stream, 'close').catch(() => {});
  return stream.rstCode;
}

/** The types of the frames in these bytes, and their first flag. */
function inWords(bytes: Buffer): string[] {
  const names: string[] = [];
  for (let at = 0; at < bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
    const name = ['DATA', 'HEADERS', 'PRIORITY', 'RST_STREAM', 'SETTINGS'][bytes.readUInt8(at + 3)] ?? 'another';
    const hasFirstFlag = (bytes.readUInt8(at + 4) & 1) !== 0;
    names.push(hasFirstFlag ? `${name} ${name === 'SETTINGS' ? 'ACK' : 'END_STREAM'}` : name);
  }
  return names;
}

describe.for(KINDS)('over $name', ({ tls }) => {
  test('a server without a script answers 200 with ok, and says what it settled on', async () => {
    await using server = await TestServer.start({ protocol: 'h2', tls, settings: { maxConcurrentStreams: 7 } });
    await using client = dial(server);
    expect(await exchange(client)).toMatchObject({ status: 200, body: 'ok' });
    expect(client.remoteSettings.maxConcurrentStreams).toBe(7);
    expect(server.url).toMatch(tls ? /^https:/ : /^http:/);
  });

  test('a server leaves the answer to its handler, which has the stream', async () => {
    await using server = await TestServer.start({
      protocol: 'h2',
      tls,
      handler: async (request, response) => void response.writeHead(201).end(`${request.stream.id} ${await text(request)}`),
    });
    await using client = dial(server);
    expect(await exchange(client, {}, 'hello')).toMatchObject({ status: 201, body: '1 hello' });
    expect(server.requests[0]?.text()).toBe('hello');
  });

  test('scripted answers come with their status, fields, body and trailers, in the order of the queue', async () => {
    await using server = await TestServer.start({ protocol: 'h2', tls });
    await using client = dial(server);
    server.enqueue(
      { status: 404, statusText: 'is not sent', headers: { 'X-Odd-CASE': '1', 'set-cookie': ['a=1', 'b=2'] }, body: 'gone' },
      { body: ['a', new Uint8Array([0x62])], trailers: { 'x-sum': 'ab' } },
      { status: 204 },
      { status: 304 },
      {},
    );
    const first = await exchange(client);
    expect(first).toMatchObject({ status: 404, body: 'gone' });
    expect(first.head).toMatchObject({ 'x-odd-case': '1', 'set-cookie': ['a=1', 'b=2'], 'content-length': '4' });
    const second = await exchange(client);
    expect(second).toMatchObject({ status: 200, body: 'ab', trailers: { 'x-sum': 'ab' } });
    expect(second.head).not.toHaveProperty('content-length');
    for (const status of [204, 304]) expect((await exchange(client)).head).not.toHaveProperty('content-length', status);
    expect((await exchange(client)).head).toMatchObject({ 'content-length': '0' });
    expect(server.connectionsOpened).toBe(1);
  });

  test('a HEAD request is answered by the head', async () => {
    await using server = await TestServer.start({ protocol: 'h2', tls });
    await using client = dial(server);
    server.enqueue({ body: 'unsent' });
    expect(await exchange(client, { ':method': 'HEAD' })).toMatchObject({ body: '', head: { 'content-length': '6' } });
  });

  test('delays go by the clock of the server', async () => {
    const clock = new TestClock();
    await using server = await TestServer.start({ protocol: 'h2', tls, clock });
    await using client = dial(server);
    server.enqueue({ headDelay: 1_000, bodyDelay: 500, body: 'late' });
    const stream = send(client);
    const head = headOf(stream);
    await (
      await server.takeRequest()
    ).ended;
    await clock.advance(1_000);
    await head;
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(500);
    expect(await text(stream)).toBe('late');
  });

  test('an answer may come before the request has', async () => {
    await using server = await TestServer.start({ protocol: 'h2', tls });
    await using client = dial(server);
    server.enqueue({ status: 413, when: 'request-head' });
    const stream = client.request({ ':method': 'POST', 'content-length': '5' });
    stream.on('error', () => {});
    expect((await headOf(stream))[':status']).toBe(413);
    expect(server.requests[0]?.isComplete).toBe(false);
    expect(await resetOf(stream)).toBe(0);
  });

  test('a request that expects to be asked for its body is asked, unless the answer comes early', async () => {
    await using server = await TestServer.start({ protocol: 'h2', tls });
    await using client = dial(server);
    const asked: boolean[] = [];
    for (const when of ['request-end', 'request-head'] as const) {
      server.enqueue({ when });
      const stream = client.request({ ':method': 'POST', 'expect': '100-continue', 'content-length': '2' });
      stream.on('error', () => {});
      let wasAsked = false;
      stream.on('continue', () => {
        wasAsked = true;
        stream.end('hi');
      });
      await headOf(stream);
      asked.push(wasAsked);
      await resetOf(stream);
    }
    expect(asked).toEqual([true, false]);
  });

  test('requests are known as they were sent, with their streams and their connections', async () => {
    await using server = await TestServer.start({ protocol: 'h2', tls });
    for (let connection = 1; connection <= 2; connection++) {
      await using client = dial(server);
      for (const streamId of [1, 3]) {
        const stream = client.request(
          { ':path': '/a?b=c', ':method': 'PUT', 'x-one': '1', 'cookie': ['a=1', 'b=2'] },
          { waitForTrailers: true },
        );
        stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '5' }));
        stream.write('hel');
        stream.end('lo');
        await text(stream);
        const recorded = await server.takeRequest();
        await recorded.ended;
        expect(recorded).toMatchObject({ method: 'PUT', url: '/a?b=c', httpVersion: '2.0', connection, streamId, isComplete: true });
        expect(recorded.headers).toEqual([
          ['x-one', '1'],
          ['cookie', 'a=1'],
          ['cookie', 'b=2'],
        ]);
        expect(recorded.pseudoHeaders.map(([name]) => name).toSorted()).toEqual([':authority', ':method', ':path', ':scheme']);
        expect(recorded.authority).toBe(`localhost:${server.port}`);
        expect([recorded.header('X-One'), recorded.header(':path')]).toEqual(['1', undefined]);
        expect(recorded.text()).toBe('hello');
        expect(recorded.trailers).toEqual([['x-sum', '5']]);
      }
    }
    expect(server.connectionsOpened).toBe(2);
    await server.whenOpenConnections(0);
  });

  test('CONNECT is a request like others', async () => {
    await using server = await TestServer.start({ protocol: 'h2', tls, settings: { enableConnectProtocol: true } });
    await using client = dial(server);
    await once(client, 'remoteSettings');
    const stream = client.request({ ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/chat' });
    stream.end();
    expect((await headOf(stream))[':status']).toBe(200);
    expect(await text(stream)).toBe('ok');
    expect(server.requests[0]).toMatchObject({ method: 'CONNECT', url: '/chat' });
    expect(server.requests[0]?.pseudoHeaders).toContainEqual([':protocol', 'websocket']);
  });

  test.for(['close-before-response', 'reset-before-response', 'garbage'] as const)('%s ends the connection', async (fault) => {
    await using server = await TestServer.start({ protocol: 'h2', tls });
    await using client = dial(server);
    server.enqueue({ fault });
    const problems: Error[] = [];
    client.on('error', (error) => problems.push(error));
    const isClosed = new Promise((resolve) => client.once('close', resolve));
    await expect(headOf(send(client))).rejects.toThrow();
    await isClosed;
    expect(problems.map(({ code }: NodeJS.ErrnoException) => code)).toEqual(
      {
        'close-before-response': [],
        'reset-before-response': ['ECONNRESET'],
        'garbage': [tls ? 'ERR_SSL_BAD_RECORD_TYPE' : 'ERR_HTTP2_ERROR'],
      }[fault],
    );
    await server.whenOpenConnections(0);
  });

  test.for(['truncate-body', 'reset-body', 'stall-body'] as const)('%s sends less than was said', async (fault) => {
    await using server = await TestServer.start({ protocol: 'h2', tls });
    await using client = dial(server);
    server.enqueue({ body: 'half', fault }, { body: ['in', 'parts'], fault });
    const stream = send(client);
    expect(await headOf(stream)).toMatchObject({ ':status': 200, 'content-length': '5' });
    expect(String(await once(stream, 'data'))).toBe('half');
    if (fault === 'stall-body') {
      expect(server.openConnections).toBe(1);
    } else {
      await once(client, 'close').catch(() => {});
      await server.whenOpenConnections(0);
    }
  });

  test('never-answer leaves the request without an answer, and tells that the client gave it up', async () => {
    await using server = await TestServer.start({ protocol: 'h2', tls });
    await using client = dial(server);
    server.enqueue({ fault: 'never-answer' });
    const stream = send(client);
    await (
      await server.takeRequest()
    ).ended;
    stream.close(8);
    expect(await resetOf(stream)).toBe(8);
    expect(await exchange(client)).toMatchObject({ body: 'ok' });
    expect(server.connectionsOpened).toBe(1);
  });

  test.for(['close-after-response', 'reset-after-response'] as const)('%s ends a connection that was said to stay', async (fault) => {
    await using server = await TestServer.start({ protocol: 'h2', tls });
    await using client = dial(server);
    server.enqueue({ body: 'whole', fault });
    const stream = send(client);
    let read = '';
    stream.on('data', (chunk) => {
      read += String(chunk);
    });
    await headOf(stream);
    await server.whenOpenConnections(0);
    await resetOf(stream);
    expect(read).toBe('whole');
  });

  test.for([
    { script: { body: 'whole' }, frames: ['HEADERS', 'DATA', 'DATA END_STREAM'] },
    { script: {}, frames: ['HEADERS', 'DATA END_STREAM'] },
    { script: { body: ['in', 'parts'], trailers: { 'x-sum': '7' } }, frames: ['HEADERS', 'DATA', 'DATA', 'HEADERS END_STREAM'] },
    { script: { status: 204 }, frames: ['HEADERS END_STREAM'] },
  ])('a connection ends after a whole answer: $frames', async ({ script, frames: expected }) => {
    await using server = await TestServer.start({ protocol: 'h2', tls });
    server.enqueue({ ...script, fault: 'close-after-response' });
    const socket = tls
      ? connectTls({ port: server.port, host: '127.0.0.1', servername: 'localhost', ca: testCertificate.ca, ALPNProtocols: ['h2'] })
      : connectSocket(server.port, '127.0.0.1');
    const fields = { ':method': 'GET', ':scheme': 'http', ':path': '/', ':authority': 'x' };
    socket.write(Buffer.concat([frames.PREFACE, frames.settings(), frames.headers(1, fields, { endStream: true })]));
    expect(inWords(await buffer(socket))).toEqual(['SETTINGS', 'SETTINGS ACK', ...expected]);
  });

  test('close-idle ends a connection that was idle for so long', async () => {
    const clock = new TestClock();
    await using server = await TestServer.start({ protocol: 'h2', tls, clock });
    await using client = dial(server);
    server.enqueue({ fault: { kind: 'close-idle', after: 100 } }, {}, { fault: { kind: 'close-idle', after: 100 } });
    await exchange(client);
    await clock.advance(99);
    await exchange(client);
    expect(clock.pendingTimers).toBe(0);
    await exchange(client);
    await clock.advance(100);
    await server.whenOpenConnections(0);
    expect(server.connectionsOpened).toBe(1);
  });

  test.for(['NO_ERROR', 'REFUSED_STREAM', 'INTERNAL_ERROR', 0xff] as const)('reset-stream ends one stream, with %s', async (code) => {
    await using server = await TestServer.start({ protocol: 'h2', tls });
    const number = { NO_ERROR: 0, REFUSED_STREAM: 7, INTERNAL_ERROR: 2 }[String(code)] ?? code;
    await using client = dial(server);
    server.enqueue(
      { fault: { kind: 'reset-stream', at: 'start', code } },
      { body: 'half', fault: { kind: 'reset-stream', at: 'body', code } },
      { body: ['in', 'parts'], fault: { kind: 'reset-stream', at: 'body', code } },
    );
    const first = send(client);
    await expect(headOf(first)).rejects.toThrow();
    expect(await resetOf(first)).toBe(number);
    for (const body of ['half', 'inparts']) {
      const stream = send(client);
      await headOf(stream);
      let read = '';
      stream.on('data', (chunk) => {
        read += String(chunk);
      });
      expect(await resetOf(stream)).toBe(number);
      expect(read).toBe(body);
    }
    expect(await exchange(client)).toMatchObject({ body: 'ok' });
    expect(server.connectionsOpened).toBe(1);
  });

  test('go-away says so, answers what it has not excluded, and ends the connection then', async () => {
    await using server = await TestServer.start({ protocol: 'h2', tls });
    server.enqueue({}, { body: 'last', fault: { kind: 'go-away' } });
    server.enqueue({}, { fault: { kind: 'go-away', code: 'ENHANCE_YOUR_CALM', lastStreamId: 1 } });
    const goodbyes: unknown[] = [];
    for (let count = 1; count <= 2; count++) {
      await using client = dial(server);
      client.once('goaway', (code, lastStreamId) => goodbyes.push([code, lastStreamId]));
      await exchange(client);
      if (count === 1) expect(await exchange(client)).toMatchObject({ body: 'last' });
      else await expect(headOf(send(client))).rejects.toThrow();
      await server.whenOpenConnections(0);
    }
    expect(goodbyes).toEqual([
      [0, 3],
      [11, 1],
    ]);
  });

  test('idle connections are closed with a goodbye, the others stay', async () => {
    await using server = await TestServer.start({ protocol: 'h2', tls });
    await using idle = dial(server);
    await using busy = dial(server);
    await exchange(idle);
    server.enqueue({ fault: 'never-answer' });
    send(busy);
    await server.takeRequest();
    await server.takeRequest();
    const goodbye = once(idle, 'goaway');
    server.closeIdleConnections();
    expect((await goodbye)[0]).toBe(0);
    await server.whenOpenConnections(1);
  });

  test.for(['close', 'reset'] as const)('all connections end (%s), and the server goes on', async (how) => {
    await using server = await TestServer.start({ protocol: 'h2', tls });
    server.enqueue({ fault: 'never-answer' });
    await using first = dial(server);
    const failure = expect(headOf(send(first))).rejects.toThrow();
    await server.takeRequest();
    server.closeAllConnections(how);
    await failure;
    await using second = dial(server);
    expect(await exchange(second)).toMatchObject({ body: 'ok' });
  });

  test('the end of the server ends every connection and every delay', async () => {
    const clock = new TestClock();
    const server = await TestServer.start({ protocol: 'h2', tls, clock });
    server.enqueue({ headDelay: 1_000 }, { fault: { kind: 'close-idle', after: 1_000 } });
    await using first = dial(server);
    await using second = dial(server);
    const failure = expect(headOf(send(first))).rejects.toThrow();
    await (
      await server.takeRequest()
    ).ended;
    await exchange(second);
    expect(clock.pendingTimers).toBe(2);
    await server[Symbol.asyncDispose]();
    await failure;
    expect(clock.pendingTimers).toBe(0);
  });

  test('a handler that throws is told, and the client is answered 500', async () => {
    const server = await TestServer.start({
      protocol: 'h2',
      tls,
      handler: () => {
        throw new Error('the handler is broken');
      },
    });
    await using client = dial(server);
    expect(await exchange(client)).toMatchObject({ status: 500 });
    await expect(server[Symbol.asyncDispose]()).rejects.toThrow('the handler is broken');
  });
});

test.for(KINDS)('a reset of what is ending already leaves no handle open, 200 times ($name)', async ({ tls }) => {
  await using server = await TestServer.start({ protocol: 'h2', tls });
  for (let count = 0; count < 200; count++) {
    await using client = dial(server);
    await exchange(client);
    server.closeIdleConnections();
    // node:http2 ends the socket in one of the next turns.
    for (let turn = 0; turn < count % 4; turn++) await new Promise(setImmediate);
    server.closeAllConnections('reset');
  }
  await server.whenOpenConnections(0);
  await expect.poll(() => process.getActiveResourcesInfo()).not.toContain('TCPSocketWrap');
});

describe('what is not HTTP/2', () => {
  test('is told', async () => {
    const server = await TestServer.start({ protocol: 'h2' });
    const socket = connectSocket(server.port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
    await once(socket.resume(), 'close');
    await expect(server[Symbol.asyncDispose]()).rejects.toThrow('bad client magic byte string');
  });

  test('is told where TLS did not settle on it', async () => {
    const server = await TestServer.start({ protocol: 'h2', tls: true });
    const socket = connectTls({ port: server.port, host: '127.0.0.1', servername: 'localhost', ca: testCertificate.ca });
    await once(socket.resume(), 'close');
    await expect(server[Symbol.asyncDispose]()).rejects.toThrow('did not ask for h2');
  });

  test.for([
    { fact: 'cancelled', end: frames.reset(1, 'CANCEL') },
    { fact: 'reset without an error', end: frames.reset(1, 'NO_ERROR') },
    { fact: 'cut off', end: undefined },
  ])('a request that is $fact has ended, incomplete', async ({ end }) => {
    await using server = await TestServer.start({ protocol: 'h2' });
    server.enqueue({ fault: 'never-answer' });
    const socket = connectSocket(server.port, '127.0.0.1');
    socket.write(frames.PREFACE);
    socket.write(frames.settings());
    socket.write(frames.headers(1, { ':method': 'POST', ':scheme': 'http', ':path': '/', ':authority': 'x' }));
    socket.write(frames.data(1, 'hel'));
    const recorded = await server.takeRequest();
    if (end === undefined) socket.destroy();
    else socket.write(end);
    await recorded.ended;
    expect([recorded.isComplete, recorded.text()]).toEqual([false, 'hel']);
    socket.destroy();
  });

  test('faults that only HTTP/2 has are failures of a server of HTTP/1.1', async () => {
    for (const fault of [{ kind: 'reset-stream', at: 'start', code: 'CANCEL' }, { kind: 'go-away' }] as const) {
      const server = await TestServer.start();
      server.enqueue({ fault });
      await expect(fetch(server.url)).rejects.toThrow('fetch failed');
      await expect(server[Symbol.asyncDispose]()).rejects.toThrow(/HTTP\/1\.1 has no/);
    }
  });
});

describe('a server of either protocol', () => {
  const handler: SharedHandler = (request, response) => {
    response.writeHead(200, { 'x-version': request.httpVersion });
    request.once('end', () => response.end('either')).resume();
  };

  test('speaks what the client asks for, to the same handler', async () => {
    await using server = await TestServer.start({ protocol: 'either', tls: true, handler });
    await using client = dial(server);
    expect(await exchange(client)).toMatchObject({ body: 'either', head: { 'x-version': '2.0' } });
    const sent = requestHttps(server.url, { agent: false, ca: testCertificate.ca }).end();
    const answer = await new Promise<NodeJS.ReadableStream & { headers: IncomingHttpHeaders }>((resolve) => sent.on('response', resolve));
    expect([answer.headers['x-version'], await text(answer)]).toEqual(['1.1', 'either']);
    expect(server.requests.map(({ httpVersion, connection, streamId }) => [httpVersion, connection, streamId])).toEqual([
      ['2.0', 1, 1],
      ['1.1', 2, undefined],
    ]);
    server.closeIdleConnections();
    await server.whenOpenConnections(0);
  });

  test('plays the same script on both', async () => {
    await using server = await TestServer.start({ protocol: 'either', tls: true });
    await using client = dial(server);
    server.enqueue({ body: 'one' }, { body: 'two' });
    const sent = requestHttps(server.url, { agent: false, ca: testCertificate.ca }).end();
    const answer = await new Promise<NodeJS.ReadableStream>((resolve) => sent.on('response', resolve));
    expect([await text(answer), (await exchange(client)).body]).toEqual(['one', 'two']);
  });
});

test.for(['http/1.1', 'h2'] as const)('one test serves for %s', async (protocol) => {
  const handler: SharedHandler = async (request, response) => void response.end(await text(request));
  await using server = await TestServer.start({ protocol, handler });
  if (protocol === 'h2') {
    await using client = dial(server);
    expect(await exchange(client, {}, 'echo')).toMatchObject({ body: 'echo' });
  } else {
    const sent = requestHttp1(server.url, { method: 'POST', agent: false }).end('echo');
    expect(await text(await new Promise<NodeJS.ReadableStream>((resolve) => sent.on('response', resolve)))).toBe('echo');
  }
  const recorded = await server.takeRequest();
  expect(recorded).toMatchObject({ method: 'POST', url: '/', isComplete: true });
  expect(recorded.authority).toMatch(`:${server.port}`);
});
