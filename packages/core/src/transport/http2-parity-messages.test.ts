import type { SharedHandler } from '@roundtripper/testing';
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';

import { until } from '../../test/exchanges.ts';
import { ProtocolBench, PROTOCOLS } from '../../test/protocols.ts';
import type { HttpResponse } from '../contract/http-response.ts';
import type { RequestBodyInit } from '../contract/request-body.ts';

const LARGE_BYTES = 8_000_000;

/** Bytes of which each shows where it was. */
function pattern(bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  for (let at = 0; at + 4 <= bytes; at += 4) buffer.writeUInt32LE(at, at);
  return buffer;
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** In chunks of no even size. */
async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 3 + 1) % 150_001 || 1) yield bytes.subarray(at, at + size);
}

/** A body, taken chunk by chunk. */
async function gathered(response: HttpResponse): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.chunks()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Sends back what it is sent. */
const echo: SharedHandler = (request, response) => {
  response.writeHead(200, { 'x-method': request.method ?? '' });
  request.pipe(response);
};

describe.each(PROTOCOLS)('$name', (protocol) => {
  const { proto, isShared } = protocol;

  test('a GET and its answer', async () => {
    await using bench = await ProtocolBench.open(protocol);
    bench.server.enqueue({ headers: { 'X-A': '1', 'Set-Cookie': ['a=1', 'b=2'] }, body: 'hello' });
    const response = await bench.send({ headers: { Accept: 'text/plain' } }, '/path?query=1');
    expect(response).toMatchObject({ status: 200, ok: true, proto, contentLength: 5, url: `${bench.url}/path?query=1` });
    expect(response.statusText).toBe(isShared ? '' : 'OK');
    expect([response.headers.get('x-a'), response.headers.getSetCookie()]).toEqual(['1', ['a=1', 'b=2']]);
    expect(response.connection).toMatchObject({ protocol: isShared ? 'h2' : 'http/1.1', reused: false });
    expect(await response.text()).toBe('hello');
    const request = await bench.server.takeRequest();
    expect(request).toMatchObject({ method: 'GET', url: '/path?query=1', authority: `127.0.0.1:${bench.server.port}` });
    expect([request.header('accept'), request.header('user-agent'), request.header('content-length')]).toEqual([
      'text/plain',
      'roundtripper',
      undefined,
    ]);
  });

  test('an OPTIONS of the server as a whole', async () => {
    await using bench = await ProtocolBench.open(protocol);
    bench.server.enqueue({ headers: { Allow: 'GET' }, body: '' });
    const response = await bench.send({ method: 'OPTIONS', requestTarget: '*' });
    expect([response.headers.get('allow'), response.url]).toEqual(['GET', `${bench.url}/`]);
    expect(await bench.server.takeRequest()).toMatchObject({ method: 'OPTIONS', url: '*', authority: `127.0.0.1:${bench.server.port}` });
  });

  test.for<{ fact: string; method: string; status: number }>([
    { fact: 'HEAD, which declares a length', method: 'HEAD', status: 200 },
    { fact: '204', method: 'GET', status: 204 },
    { fact: '304, which declares a length', method: 'GET', status: 304 },
    { fact: '204 to POST', method: 'POST', status: 204 },
  ])('no body comes with $fact', async ({ method, status }) => {
    await using bench = await ProtocolBench.open(protocol);
    bench.server.enqueue({ status, headers: status === 204 ? {} : { 'Content-Length': '5' }, body: '' });
    const response = await bench.send({ method });
    expect([response.status, response.body, response.contentLength]).toEqual([status, null, status === 204 ? undefined : 5]);
    expect(await response.text()).toBe('');
    await until(() => bench.transport.stats()[0]?.idle === 1);
    expect(await bench.fetchText()).toBe('ok');
    expect(bench.server.connectionsOpened).toBe(1);
  });

  test.for<{ fact: string; body: string | readonly string[] }>([
    { fact: 'of length 0', body: '' },
    { fact: 'in parts, of which there are none', body: [] },
  ])('an empty body $fact is read as one', async ({ body }) => {
    await using bench = await ProtocolBench.open(protocol);
    for (const read of [
      (response: HttpResponse) => response.text(),
      (response: HttpResponse) => response.bytes().then((bytes) => Buffer.from(bytes).toString()),
      async (response: HttpResponse) => (await gathered(response)).toString(),
    ]) {
      bench.server.enqueue({ body });
      expect(await read(await bench.send())).toBe('');
    }
    expect(bench.server.connectionsOpened).toBe(1);
  });

  test.for<{ how: string; read: (response: HttpResponse) => Promise<unknown>; expected: unknown }>([
    { how: 'text()', read: (response) => response.text(), expected: '{"a":"é"}' },
    { how: 'json()', read: (response) => response.json(), expected: { a: 'é' } },
    { how: 'bytes()', read: async (response) => Buffer.from(await response.bytes()).toString(), expected: '{"a":"é"}' },
    { how: 'arrayBuffer()', read: async (response) => (await response.arrayBuffer()).byteLength, expected: 10 },
    { how: 'blob()', read: async (response) => (await response.blob()).type, expected: 'application/json' },
    { how: 'chunks()', read: async (response) => (await gathered(response)).length, expected: 10 },
    {
      how: 'lent chunks',
      read: async (response) => {
        let bytes = 0;
        for await (const chunk of response.chunks({ lent: true })) bytes += chunk.length;
        return bytes;
      },
      expected: 10,
    },
    { how: 'body', read: (response) => new Response(response.body).text(), expected: '{"a":"é"}' },
    { how: 'clone()', read: (response) => Promise.all([response.clone().text(), response.text()]), expected: ['{"a":"é"}', '{"a":"é"}'] },
  ])('is read by $how', async ({ read, expected }) => {
    await using bench = await ProtocolBench.open(protocol);
    const headers = { 'Content-Type': 'application/json' };
    bench.server.enqueue({ headers, body: '{"a":"é"}' }, { headers, body: ['{"a"', ':"é"}'] });
    for (let count = 0; count < 2; count++) expect(await read(await bench.send())).toEqual(expected);
    expect(bench.transport.stats()).toMatchObject([{ idle: 1, exchanges: 2, opened: 1 }]);
  });

  test.for<{ kind: string; body: () => RequestBodyInit; type: string | undefined; length: string | undefined }>([
    { kind: 'text', body: () => 'téxt', type: 'text/plain;charset=UTF-8', length: '5' },
    { kind: 'bytes', body: () => Buffer.from('téxt'), type: undefined, length: '5' },
    { kind: 'a blob', body: () => new Blob(['téxt'], { type: 'text/x' }), type: 'text/x', length: '5' },
    { kind: 'a form', body: () => new URLSearchParams({ a: 'b' }), type: 'application/x-www-form-urlencoded;charset=UTF-8', length: '3' },
    { kind: 'a stream', body: () => ReadableStream.from(['té', 'xt']), type: undefined, length: undefined },
    { kind: 'an iterable', body: () => pieces(Buffer.from('téxt')), type: undefined, length: undefined },
    { kind: 'one that can be opened again', body: () => () => ReadableStream.from(['té', 'xt']), type: undefined, length: undefined },
  ])('a request body of $kind arrives whole', async ({ kind, body, type, length }) => {
    await using bench = await ProtocolBench.open(protocol, { handler: echo });
    const response = await bench.send({ method: 'POST', body: body() });
    expect(await response.text()).toBe(kind === 'a form' ? 'a=b' : 'téxt');
    const { requests } = bench.server;
    expect([requests[0]?.header('content-type'), requests[0]?.header('content-length')]).toEqual([type, length]);
  });

  test.for(['POST', 'PUT', 'PATCH', 'DELETE', 'GET', 'QUERY'])('an empty stream with %s is a body without bytes', async (method) => {
    await using bench = await ProtocolBench.open(protocol, { handler: echo });
    const response = await bench.send({ method, body: ReadableStream.from([]) });
    expect([response.headers.get('x-method'), await response.text()]).toEqual([method, '']);
    await until(() => bench.transport.stats()[0]?.idle === 1);
  });

  test('much goes both ways at once, and nothing is lost', async () => {
    await using bench = await ProtocolBench.open(protocol, { handler: echo });
    const bytes = pattern(LARGE_BYTES);
    for (const body of [bytes, ReadableStream.from(pieces(bytes))]) {
      const response = await bench.send({ method: 'POST', body });
      const hash = createHash('sha256');
      for await (const chunk of response.chunks({ lent: true })) hash.update(chunk);
      expect(hash.digest('hex')).toBe(digest(bytes));
    }
    await until(() => bench.transport.stats()[0]?.idle === 1);
    expect(bench.server.connectionsOpened).toBe(1);
  });

  test('a slow reader holds its server back, and loses nothing', async () => {
    let written = 0;
    const chunk = pattern(100_000);
    const handler: SharedHandler = async (request, response) => {
      request.resume();
      for (let count = 0; count < 300; count++) {
        written += chunk.length;
        if (!response.write(chunk)) await new Promise((resolve) => response.once('drain', resolve));
      }
      response.end();
    };
    await using bench = await ProtocolBench.open(protocol, { handler });
    const response = await bench.send();
    // It has stopped once the server could send no more for some turns.
    let before = -1;
    let still = 0;
    await until(() => {
      still = written === before ? still + 1 : 0;
      before = written;
      return still > 50;
    });
    expect(written).toBeLessThan(20_000_000);
    let read = 0;
    for await (const part of response.chunks()) read += part.length;
    expect(read).toBe(30_000_000);
    expect(bench.transport.stats()).toMatchObject([{ idle: 1 }]);
  });

  test('trailers both ways', async () => {
    await using bench = await ProtocolBench.open(protocol);
    bench.server.enqueue({ body: ['o', 'k'], trailers: { 'X-Sum': '2' } });
    const trailers = (): Record<string, string> => ({ 'X-Sent': 'computed' });
    const response = await bench.send({ method: 'POST', body: 'text', trailers });
    expect(await response.text()).toBe('ok');
    expect([...response.trailers]).toEqual([['x-sum', '2']]);
    const request = await bench.server.takeRequest();
    expect([request.text(), request.trailers.map(([name, value]) => [name.toLowerCase(), value])]).toEqual([
      'text',
      [['x-sent', 'computed']],
    ]);
  });

  test('interim responses are told, and are not the answer', async () => {
    const handler: SharedHandler = (request, response) => {
      request.resume();
      response.writeEarlyHints({ link: '</style.css>; rel=preload' });
      response.writeEarlyHints({ link: '</script.js>; rel=preload' });
      response.end('ok');
    };
    await using bench = await ProtocolBench.open(protocol, { handler });
    expect(await bench.fetchText()).toBe('ok');
    expect(bench.recorder.all('got1xxResponse').map(({ status, headers }) => [status, headers.get('link')])).toEqual([
      [103, '</style.css>; rel=preload'],
      [103, '</script.js>; rel=preload'],
    ]);
    expect(bench.recorder.all('gotFirstResponseByte')).toHaveLength(1);
  });

  test('a body that waits for 100 Continue', async () => {
    await using bench = await ProtocolBench.open(protocol, { handler: echo });
    const init = { method: 'POST', headers: { Expect: '100-continue' } };
    for (const body of ['text', ReadableStream.from(['te', 'xt'])]) expect(await bench.fetchText({ ...init, body })).toBe('text');
    expect(bench.recorder.all('got100Continue')).toHaveLength(2);
    expect(bench.server.connectionsOpened).toBe(1);
  });

  test('a body that was refused by the head alone is not sent, and its source released', async () => {
    await using bench = await ProtocolBench.open(protocol);
    bench.server.enqueue({ status: 417, headers: isShared ? {} : { Connection: 'close' }, body: 'no', when: 'request-head' });
    const released = Promise.withResolvers<unknown>();
    const body = new ReadableStream<string>({ start: (stream) => stream.enqueue('x'), cancel: released.resolve });
    const response = await bench.send({ method: 'POST', headers: { Expect: '100-continue' }, body });
    expect([response.status, await response.text()]).toEqual([417, 'no']);
    await released.promise;
    expect(bench.server.requests[0]?.text()).toBe('');
    expect(await bench.fetchText()).toBe('ok');
  });
});
