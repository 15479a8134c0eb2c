import { BytePeer, RecordingTrace, TestClock, TestServer } from '@roundtripper/testing';
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';

import { fetchText, send, until, isInUse } from '../../test/exchanges.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import { HttpRequest, type HttpRequestInit } from '../contract/http-request.ts';
import type { RequestBodyInit } from '../contract/request-body.ts';
import type { Sent } from '../contract/round-trip-error.ts';
import { Transport } from './transport.ts';

const TEXT = 'grüße, 世界';
const BYTES = new TextEncoder().encode(TEXT);

async function* generate(...chunks: readonly (string | Uint8Array)[]): AsyncGenerator<string | Uint8Array> {
  for (const chunk of chunks) yield chunk;
}

function webStream(...chunks: readonly (string | Uint8Array)[]): ReadableStream<string | Uint8Array> {
  return ReadableStream.from(chunks);
}

/** A stream whose only sign of life is that it is given up. */
function stalled(...chunks: readonly string[]): { readonly body: ReadableStream<string>; readonly cancelled: Promise<unknown> } {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const start = (controller: ReadableStreamDefaultController<string>): void => chunks.forEach((chunk) => controller.enqueue(chunk));
  return { body: new ReadableStream({ start, cancel: resolve }), cancelled: promise };
}

describe('arrives byte for byte', () => {
  interface Row {
    readonly fact: string;
    readonly body: RequestBodyInit;
    readonly arrives: string;
    readonly isChunked?: boolean;
    readonly type?: string;
  }
  const chunked = { isChunked: true };
  test.for<Row>([
    { fact: 'a string', body: TEXT, arrives: TEXT, type: 'text/plain;charset=UTF-8' },
    { fact: 'an empty string', body: '', arrives: '', type: 'text/plain;charset=UTF-8' },
    { fact: 'bytes', body: BYTES, arrives: TEXT },
    { fact: 'a part of a buffer', body: new DataView(BYTES.buffer, 0, 2), arrives: 'gr' },
    { fact: 'an ArrayBuffer', body: BYTES.slice().buffer, arrives: TEXT },
    { fact: 'a form', body: new URLSearchParams({ a: 'ü' }), arrives: 'a=%C3%BC', type: 'application/x-www-form-urlencoded;charset=UTF-8' },
    { fact: 'a blob', body: new Blob([BYTES], { type: 'a/b' }), arrives: TEXT, type: 'a/b' },
    { fact: 'an array of chunks', body: [TEXT, BYTES], arrives: TEXT + TEXT },
    { fact: 'an array of empty chunks', body: ['', ''], arrives: '' },
    { fact: 'a web stream', body: webStream(TEXT, BYTES, ''), arrives: TEXT + TEXT, ...chunked },
    { fact: 'an empty web stream', body: webStream(), arrives: '', ...chunked },
    { fact: 'a Node stream', body: Readable.from([Buffer.from(TEXT), Buffer.from(BYTES)]), arrives: TEXT + TEXT, ...chunked },
    { fact: 'a generator', body: generate(TEXT, '', BYTES), arrives: TEXT + TEXT, ...chunked },
    { fact: 'an iterable', body: new Set([TEXT, 'x']), arrives: `${TEXT}x`, ...chunked },
    { fact: 'a function', body: () => generate(TEXT), arrives: TEXT, ...chunked },
    { fact: 'a function that promises bytes', body: () => Promise.resolve(BYTES), arrives: TEXT, ...chunked },
    { fact: 'large bytes', body: Buffer.alloc(300_000, 'x'), arrives: 'x'.repeat(300_000) },
    { fact: 'large chunks', body: generate('x'.repeat(300_000), 'y'), arrives: `${'x'.repeat(300_000)}y`, ...chunked },
  ])('$fact', async ({ body, arrives, isChunked = false, type }) => {
    await using server = await TestServer.start();
    await using transport = new Transport();
    const recorder = new RecordingTrace();
    expect(await fetchText(transport, server.url, { method: 'POST', body, trace: recorder.trace })).toBe('ok');
    const [request] = server.requests;
    const bytes = Buffer.byteLength(arrives);
    expect(request?.text() === arrives).toBe(true);
    expect(request?.header('content-length')).toBe(isChunked ? undefined : String(bytes));
    expect(request?.header('transfer-encoding')).toBe(isChunked ? 'chunked' : undefined);
    expect(request?.header('content-type')).toBe(type);
    expect(recorder.all('wroteRequest')).toEqual([{ kind: 'wroteRequest', bodyBytes: bytes }]);
    expect(transport.stats()).toMatchObject([{ open: 1, idle: 1 }]);
  });

  test('a stream of a declared length', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport();
    const headers = { 'Content-Length': '4' };
    expect(await fetchText(transport, server.url, { method: 'PUT', body: webStream('ab', 'cd'), headers })).toBe('ok');
    expect(server.requests[0]?.header('content-length')).toBe('4');
    expect(server.requests[0]?.text()).toBe('abcd');
  });

  test('with trailers, which may be computed from the body', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport();
    const hash = createHash('sha256');
    const body = (async function* () {
      for (const chunk of ['a', 'b']) {
        hash.update(chunk);
        yield chunk;
      }
    })();
    await fetchText(transport, server.url, { method: 'POST', body, trailers: () => ({ Digest: hash.digest('hex') }) });
    await fetchText(transport, server.url, { method: 'POST', body: 'x', trailers: { 'X-End': 'yes' } });
    expect(server.requests[0]?.trailers).toEqual([['Digest', createHash('sha256').update('ab').digest('hex')]]);
    expect(server.requests[1]?.trailers).toEqual([['X-End', 'yes']]);
    expect(server.requests[1]?.header('trailer')).toBe('x-end');
    expect(server.connectionsOpened).toBe(1);
  });
});

test('is not read ahead of a peer that is slow', async () => {
  const total = 20 * 1_048_576;
  const chunk = randomBytes(65_536);
  const gate = Promise.withResolvers<void>();
  const received = createHash('sha256');
  await using peer = await BytePeer.listen(async (conversation) => {
    await conversation.readHead();
    await gate.promise;
    for (let left = total; left > 0; left -= chunk.length) received.update(await conversation.read(chunk.length));
    await conversation.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  });
  await using transport = new Transport();
  let given = 0;
  const sent = createHash('sha256');
  const pulls: (() => void)[] = [];
  const body = (function* () {
    while (given < total) {
      given += chunk.length;
      sent.update(chunk);
      for (const pull of pulls.splice(0)) pull();
      yield chunk;
    }
  })();
  const recorder = new RecordingTrace();
  const headers = { 'Content-Length': String(total) };
  const text = fetchText(transport, peer.url, { method: 'POST', body, headers, trace: recorder.trace });
  // It has stopped once a whole turn of the event loop brings no chunk more.
  let before = -1;
  await until(() => {
    const isStill = given > 0 && given === before;
    before = given;
    return isStill;
  });
  expect(given).toBeLessThan(total / 2);
  gate.resolve();
  expect(await text).toBe('ok');
  expect(given).toBe(total);
  expect(received.digest('hex')).toBe(sent.digest('hex'));
});

describe('that fails', () => {
  interface Row {
    readonly fact: string;
    readonly body: () => RequestBodyInit;
    readonly headers?: HttpRequestInit['headers'];
    readonly code: string;
    readonly cause?: object;
    /** Default `partial`. */
    readonly sent?: Sent;
  }
  const broken = new Error('the disk is gone');
  test.for<Row>([
    {
      fact: 'a stream that throws',
      body: () =>
        (function* () {
          yield 'x';
          throw broken;
        })(),
      code: 'request-body-failed',
      cause: broken,
    },
    {
      fact: 'a stream that throws at once',
      body: () => new ReadableStream({ pull: (c) => c.error(broken) }),
      code: 'request-body-failed',
      cause: broken,
    },
    {
      fact: 'a Node stream that fails',
      body: () =>
        new Readable({
          read() {
            this.destroy(broken);
          },
        }),
      code: 'request-body-failed',
      cause: broken,
    },
    {
      fact: 'a function that throws',
      body: () => () => {
        throw broken;
      },
      code: 'request-body-failed',
      cause: broken,
      sent: 'nothing',
    },
    {
      fact: 'a function that rejects',
      body: () => () => Promise.reject(broken),
      code: 'request-body-failed',
      cause: broken,
      sent: 'nothing',
    },
    {
      fact: 'a function that returns no body',
      // oxlint-disable-next-line typescript/consistent-type-assertions -- as JavaScript may return it
      body: () => () => ({}) as string,
      code: 'request-body-failed',
      cause: { name: 'TypeError' },
      sent: 'nothing',
    },
    {
      fact: 'a chunk that is none',
      body: () => Readable.from([5]),
      code: 'request-body-failed',
      cause: { name: 'TypeError' },
    },
    { fact: 'one that ends short', body: () => webStream('abc'), headers: { 'Content-Length': '5' }, code: 'request-body-length' },
    { fact: 'one that runs long', body: () => webStream('abc', 'def'), headers: { 'Content-Length': '5' }, code: 'request-body-length' },
  ])('$fact: $code, and the server sees no whole request', async ({ body, headers, code, cause, sent = 'partial' }) => {
    await using server = await TestServer.start();
    await using transport = new Transport();
    const recorder = new RecordingTrace();
    const error = await rejectionOf(send(transport, server.url, { method: 'POST', body: body(), headers, trace: recorder.trace }));
    expect(error).toMatchObject({ name: 'RoundTripError', code, phase: 'request', sent, timeout: false });
    if (cause !== undefined) expect(error).toMatchObject({ cause });
    expect(recorder.all('wroteRequest')).toMatchObject(sent === 'nothing' ? [] : [{ error }]);
    expect(recorder.closeReasons).toEqual(['request-body-failed']);
    await server.whenOpenConnections(0);
    expect(server.requests.filter((request) => request.isComplete)).toEqual([]);
    expect(transport.stats().filter(isInUse)).toEqual([]);
    expect(await fetchText(transport, server.url)).toBe('ok');
  });

  test('a stream that fails is told so, and its rest is not read', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport();
    let isReturned = false;
    const body = (async function* () {
      try {
        yield 'too long';
        yield 'never asked for';
      } finally {
        isReturned = true;
      }
    })();
    await rejectionOf(send(transport, server.url, { method: 'POST', body, headers: { 'Content-Length': '1' } }));
    await until(() => isReturned);
  });
});

describe('that is under way when the server answers', () => {
  test('is given up after a while, and the answer is whole', async () => {
    const clock = new TestClock();
    await using server = await TestServer.start();
    await using transport = new Transport({ clock });
    server.enqueue({ when: 'request-head', status: 413, body: 'too much' });
    const { body, cancelled } = stalled('x');
    const recorder = new RecordingTrace();
    const response = await send(transport, server.url, { method: 'POST', body, trace: recorder.trace });
    expect(response.status).toBe(413);
    expect(await response.text()).toBe('too much');
    await clock.advance(49);
    expect(recorder.closeReasons).toEqual([]);
    await clock.advance(1);
    await cancelled;
    expect(recorder.closeReasons).toEqual(['request-unfinished']);
    expect(transport.stats().filter(isInUse)).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  test('keeps the connection where it ends soon', async () => {
    const clock = new TestClock();
    await using server = await TestServer.start();
    await using transport = new Transport({ clock, idleConnTimeout: 0 });
    server.enqueue({ when: 'request-head', body: 'early' });
    const gate = Promise.withResolvers<void>();
    const body = (async function* () {
      yield 'x';
      await gate.promise;
      yield 'y';
    })();
    expect(await fetchText(transport, server.url, { method: 'POST', body })).toBe('early');
    gate.resolve();
    await until(() => transport.stats()[0]?.idle === 1);
    expect(await fetchText(transport, server.url)).toBe('ok');
    expect(server.connectionsOpened).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });

  test.for(['close-after-response', 'reset-after-response'] as const)('(%s) does not take the answer with it', async (fault) => {
    await using server = await TestServer.start();
    await using transport = new Transport();
    server.enqueue({ when: 'request-head', status: 413, body: 'too much', fault });
    const { body, cancelled } = stalled('x');
    const response = await send(transport, server.url, { method: 'POST', body });
    expect(response.status).toBe(413);
    expect(await response.text()).toBe('too much');
    await cancelled;
    expect(transport.stats().filter(isInUse)).toEqual([]);
  });

  test('is given up when the answer is not wanted', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport();
    server.enqueue({ when: 'request-head', body: 'never whole', fault: 'stall-body' });
    const { body, cancelled } = stalled('x');
    const response = await send(transport, server.url, { method: 'POST', body });
    await response.dispose();
    await cancelled;
    await server.whenOpenConnections(0);
  });
});

test.for(['close-before-response', 'reset-before-response', 'garbage'] as const)(
  'is given up where the exchange fails (%s)',
  async (fault) => {
    await using server = await TestServer.start();
    await using transport = new Transport();
    server.enqueue({ when: 'request-head', fault });
    const { body, cancelled } = stalled('x');
    const error = await rejectionOf(send(transport, server.url, { method: 'POST', body }));
    expect(error).toMatchObject({ sent: 'partial', phase: 'request' });
    expect(await cancelled).toBe(error);
    expect(transport.stats().filter(isInUse)).toEqual([]);
  },
);

test('is given up where there is no connection', async () => {
  const server = await TestServer.start();
  await server[Symbol.asyncDispose]();
  await using transport = new Transport();
  const { body, cancelled } = stalled('x');
  const error = await rejectionOf(send(transport, server.url, { method: 'POST', body }));
  expect(error).toMatchObject({ code: 'dial-failed', sent: 'nothing' });
  expect(await cancelled).toBe(error);
});

test('may ask for another request while it is sent', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport();
  const body = (async function* () {
    yield 'x';
    yield await fetchText(transport, server.url);
  })();
  expect(await fetchText(transport, server.url, { method: 'POST', body })).toBe('ok');
  expect(server.requests[0]?.text()).toBe('xok');
  expect(transport.stats()).toMatchObject([{ open: 2, idle: 2 }]);
});

describe('that can be sent once is not sent twice', () => {
  test.for<{ fact: string; body: () => RequestBodyInit }>([
    { fact: 'a Node stream', body: () => Readable.from(['x']) },
    { fact: 'a web stream', body: () => webStream('x') },
    { fact: 'a generator', body: () => generate('x') },
  ])('$fact: a TypeError before any I/O', async ({ body }) => {
    await using server = await TestServer.start();
    await using transport = new Transport();
    const request = new HttpRequest(server.url, { method: 'POST', body: body() });
    await (await transport.roundTrip(request)).text();
    const error = await rejectionOf(transport.roundTrip(request));
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toContain('the request body was already used');
    expect(server.requests.map((one) => one.text())).toEqual(['x']);
    expect(transport.stats()).toMatchObject([{ open: 1, idle: 1, opened: 1 }]);
  });

  test('also where both wait for a connection', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport({ maxConnsPerHost: 1 });
    const request = new HttpRequest(server.url, { method: 'POST', body: generate('x') });
    const first = transport.roundTrip(request);
    const second = rejectionOf(transport.roundTrip(request));
    await (await first).text();
    expect(await second).toBeInstanceOf(TypeError);
    expect(server.requests.map((one) => one.text())).toEqual(['x']);
    expect(await fetchText(transport, server.url)).toBe('ok');
    expect(server.connectionsOpened).toBe(1);
  });

  test('an abort comes first, as it would have the first time', async () => {
    await using transport = new Transport();
    const signal = AbortSignal.abort('why');
    const request = new HttpRequest('http://peer.test/', { method: 'POST', body: generate('x'), signal });
    expect(await rejectionOf(transport.roundTrip(request))).toBe('why');
    expect(await rejectionOf(transport.roundTrip(request))).toBe('why');
  });
});
