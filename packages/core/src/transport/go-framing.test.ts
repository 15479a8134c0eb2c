import { BytePeer, TestServer } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { ExchangeBench } from '../../test/exchange-bench.ts';
import { fetchText, send } from '../../test/exchanges.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import { HttpRequest, type HttpRequestInit } from '../contract/http-request.ts';
import { Transport } from './transport.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const HEAD_END = '\r\n\r\n';

async function* chunks(...texts: readonly string[]): AsyncGenerator<string> {
  yield* texts;
}

/** A stream that gives one text when it is told to; with an empty one it ends without. */
class Source {
  readonly #waiting = Promise.withResolvers<string>();

  give(text: string): void {
    this.#waiting.resolve(text);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    const text = await this.#waiting.promise;
    if (text !== '') yield text;
  }
}

describe('Go C.11: a stream of unknown length with a method that usually has none is looked at first', () => {
  const methods = ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'PROPFIND', 'SEARCH'];

  test.for(methods)('%s with an empty one is a request without a body', async (method) => {
    const bench = new ExchangeBench();
    const sent = bench.send({ method, body: chunks() });
    await bench.settle();
    expect(bench.wire.written).toMatch(new RegExp(`^${method} / HTTP/1.1\r\n`));
    expect(bench.wire.written).not.toMatch(/Content-Length|Transfer-Encoding/);
    expect(bench.writtenBody).toBe('');
    expect(bench.recorder.all('wroteRequest')).toEqual([{ kind: 'wroteRequest', bodyBytes: 0 }]);
    bench.wire.feed(OK);
    await (await sent).dispose();
    expect(bench.connection.closeReason).toBe(method === 'HEAD' ? 'unsolicited-data' : undefined);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test.for(methods)('%s with one that has something is chunked', async (method) => {
    const bench = new ExchangeBench();
    const failed = rejectionOf(bench.send({ method, body: chunks('', 'abc') }));
    await bench.settle();
    expect(bench.wire.written).toContain('\r\nTransfer-Encoding: chunked\r\n');
    expect(bench.writtenBody).toBe('3\r\nabc\r\n0\r\n\r\n');
    bench.connection.close('transport-closed');
    await failed;
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test.for([
    { fact: 'and then gives something', text: 'late', body: '4\r\nlate\r\n0\r\n\r\n' },
    { fact: 'and then ends', text: '', body: '0\r\n\r\n' },
  ])('a GET with one that takes 200 ms $fact is chunked, and its head sent by then', async ({ text, body }) => {
    const bench = new ExchangeBench();
    const source = new Source();
    const sent = bench.send({ body: source });
    await bench.settle();
    await bench.clock.advance(199);
    expect(bench.wire.written).toBe('');
    await bench.clock.advance(1);
    expect(bench.wire.written).toMatch(/^GET \/ HTTP\/1\.1\r\n(?:.+\r\n)*Transfer-Encoding: chunked\r\n\r\n$/);
    source.give(text);
    await bench.settle();
    expect(bench.writtenBody).toBe(body);
    bench.wire.feed(OK);
    expect(await (await sent).text()).toBe('ok');
    expect(bench.connection.capacity).toBe(1);
  });

  test.for<{ fact: string; init: HttpRequestInit }>([
    { fact: 'a POST', init: { method: 'POST' } },
    { fact: 'a method that is not known', init: { method: 'FROB' } },
    { fact: 'a GET with trailers, which need a body', init: { trailers: { 'X-Sum': '1' } } },
  ])('$fact is chunked whatever it has, and its head sent at once', async ({ init }) => {
    const bench = new ExchangeBench();
    const source = new Source();
    const sent = bench.send({ ...init, body: source });
    await bench.settle();
    expect(bench.wire.written).toContain('Transfer-Encoding: chunked\r\n');
    expect(bench.writtenBody).toBe('');
    source.give('');
    await bench.settle();
    expect(bench.writtenBody).toMatch(/^0\r\n(?:X-Sum: 1\r\n)?\r\n$/i);
    bench.wire.feed(OK);
    await (await sent).text();
  });

  test('a length that was declared is believed, and nothing is looked at', async () => {
    const bench = new ExchangeBench();
    const failed = rejectionOf(bench.send({ body: chunks(), headers: { 'Content-Length': '3' } }));
    expect(await failed).toMatchObject({ code: 'request-body-length', sent: 'partial' });
    expect(bench.wire.written).toContain('Content-Length: 3\r\n');
  });

  test('one that fails at the first look fails the request, and nothing is written', async () => {
    const bench = new ExchangeBench();
    const cause = new Error('the disk is gone');
    const body = new ReadableStream({ pull: (controller) => controller.error(cause) });
    expect(await rejectionOf(bench.send({ body }))).toMatchObject({
      code: 'request-body-failed',
      sent: 'nothing',
      phase: 'request',
      cause,
    });
    expect(bench.wire.written).toBe('');
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test('one that fails after its time fails the request that was begun', async () => {
    const bench = new ExchangeBench();
    const gate = Promise.withResolvers<string>();
    const failed = rejectionOf(
      bench.send({
        body: (async function* () {
          yield await gate.promise;
        })(),
      }),
    );
    await bench.settle();
    await bench.clock.advance(200);
    gate.reject(new Error('too late'));
    expect(await failed).toMatchObject({ code: 'request-body-failed', sent: 'partial', cause: { message: 'too late' } });
  });

  test('an abort during the look writes nothing, and gives the stream up', async () => {
    const bench = new ExchangeBench();
    const controller = new AbortController();
    const cancelled = Promise.withResolvers<unknown>();
    const failed = rejectionOf(bench.send({ body: new ReadableStream({ cancel: cancelled.resolve }), signal: controller.signal }));
    await bench.settle();
    controller.abort('enough');
    expect(await failed).toBe('enough');
    expect(await cancelled.promise).toBe('enough');
    await bench.clock.advance(1_000);
    expect(bench.wire.written).toBe('');
  });

  test('over sockets node:http sees a GET without a body, and one with', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport();
    await fetchText(transport, server.url, { body: chunks() });
    await fetchText(transport, server.url, { body: chunks('abc') });
    expect(server.requests.map((request) => [request.header('transfer-encoding'), request.text()])).toEqual([
      [undefined, ''],
      ['chunked', 'abc'],
    ]);
    expect(server.connectionsOpened).toBe(1);
  });
});

describe('Go C.11: what is written, and when', () => {
  test('the head of a stream goes out before its first chunk, and each chunk as it comes (Go issues 22088, 6574)', async () => {
    const bench = new ExchangeBench();
    const gates = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    const sent = bench.send({
      method: 'POST',
      body: (async function* () {
        for (const gate of gates) yield await gate.promise;
      })(),
    });
    expect(bench.wire.written.endsWith(HEAD_END)).toBe(true);
    const written: [number, string][] = [];
    for (const [at, gate] of gates.entries()) {
      gate.resolve(`part ${at}`);
      await bench.settle();
      written.push([bench.wire.writes, bench.writtenBody]);
    }
    expect(written).toEqual([
      [2, '6\r\npart 0\r\n'],
      [4, '6\r\npart 0\r\n6\r\npart 1\r\n0\r\n\r\n'],
    ]);
    bench.wire.feed(OK);
    await (await sent).text();
  });

  test.for<{ fact: string; init: HttpRequestInit }>([
    { fact: 'without a body', init: {} },
    { fact: 'with text', init: { method: 'POST', body: 'hello' } },
    { fact: 'with bytes', init: { method: 'PUT', body: Buffer.alloc(10_000) } },
    { fact: 'with a form', init: { method: 'POST', body: new URLSearchParams({ a: 'b' }) } },
  ])('a small request $fact is one write (TestClientWrites)', async ({ init }) => {
    const bench = new ExchangeBench();
    const sent = bench.send(init);
    expect(bench.wire.writes).toBe(1);
    bench.wire.feed(OK);
    await (await sent).text();
  });

  test.for<{ method: string; length: string | undefined }>([
    { method: 'POST', length: '0' },
    { method: 'PUT', length: '0' },
    { method: 'PATCH', length: '0' },
    { method: 'GET', length: undefined },
    { method: 'HEAD', length: undefined },
    { method: 'DELETE', length: undefined },
    { method: 'OPTIONS', length: undefined },
    { method: 'QUERY', length: undefined },
  ])('without a body a $method says Content-Length: $length', async ({ method, length }) => {
    await using server = await TestServer.start();
    await using transport = new Transport();
    await (await send(transport, server.url, { method })).dispose();
    expect(server.requests[0]?.header('content-length')).toBe(length);
    expect(server.requests[0]?.header('transfer-encoding')).toBeUndefined();
  });

  test.for([
    { fact: 'CR and LF in a URL are dropped, as WHATWG says', path: '/a\r\nX-Forged: 1', target: '/aX-Forged:%201' },
    { fact: 'spaces and controls are encoded', path: '/a b\u0001?c d', target: '/a%20b%01?c%20d' },
    { fact: 'a fragment is not sent', path: '/a?b#c\r\n', target: '/a?b' },
    { fact: 'no path is one', path: '', target: '/' },
  ])('the target: $fact', async ({ path, target }) => {
    await using server = await TestServer.start();
    await using transport = new Transport();
    await fetchText(transport, `${server.url}${path}`);
    expect(server.requests.map(({ url }) => url)).toEqual([target]);
    expect(server.requests[0]?.header('x-forged')).toBeUndefined();
  });

  test('trailers are announced before the body, and asked for after it', async () => {
    const bench = new ExchangeBench();
    const order: string[] = [];
    const sent = bench.send({
      method: 'POST',
      body: (async function* () {
        yield 'a';
        order.push('body');
      })(),
      trailers: () => {
        order.push('trailers');
        return { 'X-Sum': '1' };
      },
    });
    await bench.settle();
    expect(order).toEqual(['body', 'trailers']);
    expect(bench.writtenBody).toBe('1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n');
    bench.wire.feed(OK);
    await (await sent).text();
  });

  test('a function that promises them gets no request done without them', async () => {
    const bench = new ExchangeBench();
    // @ts-expect-error -- what JavaScript may do
    const failed = rejectionOf(bench.send({ method: 'POST', body: 'x', trailers: async () => ({ 'X-Sum': '1' }) }));
    expect(await failed).toMatchObject({ code: 'request-body-failed', cause: { name: 'TypeError' } });
    expect(bench.writtenBody).toBe('1\r\nx\r\n');
  });

  test.for(['Transfer-Encoding', 'Trailer', 'Content-Length'])(
    'a trailer %s is refused, also where it is only known after the body',
    async (name) => {
      expect(() => new HttpRequest('http://a/', { method: 'POST', body: 'x', trailers: { [name]: '1' } })).toThrow(TypeError);
      const bench = new ExchangeBench();
      const failed = rejectionOf(bench.send({ method: 'POST', body: 'x', trailers: () => ({ [name]: '1' }) }));
      expect(await failed).toMatchObject({ code: 'request-body-failed', cause: { name: 'TypeError' } });
      expect(bench.writtenBody).toBe('1\r\nx\r\n');
      expect(bench.connection.closeReason).toBe('request-body-failed');
    },
  );
});

describe('Go C.12: where a response ends', () => {
  /** Answers every request with these bytes, and counts them. */
  function answering(bytes: string): Promise<BytePeer> {
    return BytePeer.listen(async (conversation) => {
      for await (const _ of conversation.heads()) await conversation.write(bytes);
    });
  }

  test.for([
    { fact: 'HEAD with a length', method: 'HEAD', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n' },
    { fact: 'HEAD with a coding', method: 'HEAD', bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n' },
    { fact: 'HEAD with neither', method: 'HEAD', bytes: 'HTTP/1.1 200 OK\r\n\r\n' },
    { fact: '204 with a length', method: 'GET', bytes: 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n' },
    { fact: '304 with a length', method: 'GET', bytes: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n' },
  ])('$fact has no body, and the connection is kept', async ({ method, bytes }) => {
    await using peer = await answering(bytes);
    await using transport = new Transport();
    for (let count = 0; count < 2; count++) {
      const response = await send(transport, peer.url, { method });
      expect(response.body).toBeNull();
      expect(await response.text()).toBe('');
    }
    expect(peer.connectionsOpened).toBe(1);
  });

  test('a Trailer field is a field like another, and trailers that it does not name are there too', async () => {
    await using peer = await answering(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum, X-Never\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n',
    );
    await using transport = new Transport();
    const response = await send(transport, peer.url);
    expect(response.headers.get('trailer')).toBe('X-Sum, X-Never');
    expect(await response.text()).toBe('ok');
    expect([...response.trailers]).toEqual([
      ['x-more', '2'],
      ['x-sum', '1'],
    ]);
  });

  test('the same length twice is one, but the connection is not kept: another parser may have read otherwise', async () => {
    await using peer = await answering(OK.replace('OK\r\n', 'OK\r\nContent-Length: 2\r\n'));
    await using transport = new Transport();
    expect(await fetchText(transport, peer.url)).toBe('ok');
    expect(transport.stats()).toMatchObject([{ open: 0, closed: { 'doubtful-framing': 1 } }]);
  });
});
