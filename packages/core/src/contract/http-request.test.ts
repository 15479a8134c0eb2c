import { inspect } from 'node:util';

import { describe, expect, expectTypeOf, test, vi } from 'vitest';

import { Context, contextKey } from './context.ts';
import { HttpHeaders } from './http-headers.ts';
import { checkTrailers, HttpRequest, type HttpRequestChanges } from './http-request.ts';
import type { TraceListener } from './trace-event.ts';

const url = 'http://a.example/p?q=1';

/** As JavaScript may call it. */
function untyped(...args: readonly unknown[]): unknown {
  return Reflect.construct(HttpRequest, args);
}

async function sentText(request: HttpRequest): Promise<string> {
  const opened = await request.body?.open();
  if (opened === undefined) return '';
  if (opened.kind === 'bytes') return Buffer.from(opened.bytes).toString();
  let text = '';
  for (let next = await opened.chunks.next(); next.done !== true; next = await opened.chunks.next()) {
    text += Buffer.from(next.value).toString();
  }
  return text;
}

test('a URL alone is a GET without a body', () => {
  const request = new HttpRequest(url);
  expect(request).toMatchObject({
    method: 'GET',
    body: undefined,
    signal: undefined,
    trace: undefined,
    trailers: undefined,
    host: undefined,
    close: false,
  });
  expect(request.context).toBe(Context.empty);
  expect([...request.headers]).toEqual([]);
  expect(request.target).toMatchObject({ origin: { key: 'http://a.example' }, path: '/p?q=1' });
});

test('each option is taken', () => {
  const { signal } = new AbortController();
  const trace: TraceListener = () => {};
  const context = Context.empty.with(contextKey<number>('n'), 1);
  const trailers = (): Record<string, string> => ({});
  const request = new HttpRequest(url, {
    method: 'put',
    headers: { 'X-A': '1' },
    body: 'b',
    signal,
    trace,
    context,
    trailers,
    host: 'other.example',
    close: true,
    duplex: 'half',
  });
  expect(request).toMatchObject({ method: 'PUT', host: 'other.example', close: true });
  expect(request.signal).toBe(signal);
  expect(request.trace).toBe(trace);
  expect(request.context).toBe(context);
  expect(request.trailers).toBe(trailers);
  expect([...request.headers.fields()]).toEqual([
    ['X-A', '1'],
    ['Content-Type', 'text/plain;charset=UTF-8'],
  ]);
});

test('an OPTIONS of the server as a whole stays one in what is derived from it', () => {
  const request = new HttpRequest('http://example.com', { method: 'OPTIONS', requestTarget: '*' });
  expect(request.with({ headers: { a: '1' } })).toMatchObject({ method: 'OPTIONS', requestTarget: '*', target: { path: '/' } });
  expect(() => request.with({ method: 'GET' })).toThrow('invalid option requestTarget');
  expect(() => request.with({ url: 'http://example.com/a' })).toThrow('invalid option requestTarget');
  expect(request.with({ url: 'http://example.com/a', requestTarget: null })).toMatchObject({
    requestTarget: undefined,
    target: { path: '/a' },
  });
});

test('undefined stands for the default, null for none', () => {
  const request = new HttpRequest(url, {
    method: undefined,
    headers: undefined,
    body: undefined,
    signal: undefined,
    trace: undefined,
    context: undefined,
    trailers: undefined,
    host: undefined,
    close: undefined,
    requestTarget: undefined,
    duplex: undefined,
  });
  expect(request).toMatchObject({ method: 'GET', close: false, body: undefined });
  expect(new HttpRequest(url, { body: null, signal: null })).toMatchObject({ body: undefined, signal: undefined });
});

describe('what is refused, and named', () => {
  test.for<{ fact: string; args: readonly unknown[]; message: string }>([
    { fact: 'no URL', args: [], message: 'invalid request input' },
    { fact: 'null as the URL', args: [null], message: 'invalid request input' },
    { fact: 'options as the URL', args: [{ url, method: 'GET' }], message: 'invalid request input' },
    { fact: 'a relative URL', args: ['/path'], message: 'invalid URL "/path"' },
    { fact: 'another scheme', args: ['ftp://a/'], message: 'unsupported protocol scheme "ftp"' },
    { fact: 'an unknown option', args: [url, { metod: 'POST' }], message: 'unknown request option "metod"' },
    { fact: 'an unknown option that is undefined', args: [url, { json: undefined }], message: 'unknown request option "json"' },
    {
      fact: 'an option __proto__ of its own',
      args: [url, JSON.parse('{"__proto__":{"method":"POST"}}')],
      message: 'unknown request option "__proto__"',
    },
    { fact: 'options that are text', args: [url, 'POST'], message: 'invalid request options: expected an object' },
    {
      fact: 'a Request as options',
      args: [url, new Request(url, { method: 'POST' })],
      message: 'a Request can be the first argument only',
    },
    { fact: 'an HttpRequest as options', args: [url, new HttpRequest(url)], message: 'a Request can be the first argument only' },
    { fact: 'a method with a space', args: [url, { method: 'G T' }], message: 'invalid method "G T"' },
    { fact: 'a method that is no text', args: [url, { method: {} }], message: 'invalid method "[object Object]"' },
    { fact: 'a header name', args: [url, { headers: { 'a b': '1' } }], message: 'invalid header name "a b"' },
    { fact: 'a header value', args: [url, { headers: { a: 'x\ny' } }], message: 'invalid value of header "a"' },
    { fact: 'headers that are text', args: [url, { headers: 'a: b' }], message: 'invalid headers of type string' },
    { fact: 'a body', args: [url, { body: 5 }], message: 'unsupported request body of type number' },
    { fact: 'a signal', args: [url, { signal: { aborted: false } }], message: 'invalid request option "signal"' },
    { fact: 'a controller as the signal', args: [url, { signal: new AbortController() }], message: 'invalid request option "signal"' },
    { fact: 'a trace', args: [url, { trace: {} }], message: 'invalid request option "trace"' },
    { fact: 'a context', args: [url, { context: {} }], message: 'invalid request option "context"' },
    { fact: 'a host', args: [url, { host: 'a\r\nX: 1' }], message: String.raw`invalid host "a\r\nX: 1"` },
    { fact: 'a host that is no text', args: [url, { host: {} }], message: 'invalid host "[object Object]"' },
    { fact: 'a trailer that frames', args: [url, { trailers: { 'Content-Length': '1' } }], message: 'invalid trailer "content-length"' },
    {
      fact: 'a request target that is none',
      args: ['http://a', { method: 'OPTIONS', requestTarget: '/a' }],
      message: 'invalid option requestTarget "/a"',
    },
    {
      fact: '* for another method',
      args: ['http://a', { requestTarget: '*' }],
      message: 'invalid option requestTarget: it is for OPTIONS',
    },
    {
      fact: '* with a path',
      args: ['http://a/b', { method: 'OPTIONS', requestTarget: '*' }],
      message: 'invalid option requestTarget: it is for OPTIONS',
    },
    {
      fact: '* with a query',
      args: ['http://a/?b', { method: 'OPTIONS', requestTarget: '*' }],
      message: 'invalid option requestTarget: it is for OPTIONS',
    },
    { fact: 'null as options', args: [url, null], message: 'invalid request options' },
  ])('$fact is a TypeError', ({ args, message }) => {
    expect(() => untyped(...args)).toThrow(TypeError);
    expect(() => untyped(...args)).toThrow(message);
  });

  test('userinfo is in no message', () => {
    expect(() => new HttpRequest('http://user:secret@a:bad/')).toThrow(/^(?!.*secret)/);
  });

  test('what is not enumerable is no option, as it is copied by no spread either', () => {
    const init = Object.defineProperties(
      {},
      { url: { value: 'http://b.example/' }, headers: { value: { a: '1' } }, method: { value: 'PUT' } },
    );
    const request = new HttpRequest('http://a.example/', init);
    expect([request.method, request.url.href, request.headers.size]).toEqual(['GET', 'http://a.example/', 0]);
  });

  test('what a polluted Object.prototype holds is no option', () => {
    // oxlint-disable-next-line no-extend-native -- the attack that this test is about
    Object.defineProperty(Object.prototype, 'method', { value: 'DELETE', enumerable: true, configurable: true, writable: true });
    try {
      expect(new HttpRequest(url, {}).method).toBe('GET');
    } finally {
      Reflect.deleteProperty(Object.prototype, 'method');
    }
  });

  test('each option is read once', () => {
    const reads: string[] = [];
    const values: HttpRequestChanges = {
      url,
      method: 'POST',
      headers: {},
      body: 'x',
      signal: null,
      trace: () => {},
      context: Context.empty,
      trailers: {},
      host: 'h',
      close: true,
    };
    const init = {};
    for (const [name, value] of Object.entries(values)) {
      Object.defineProperty(init, name, {
        enumerable: true,
        get: (): unknown => {
          reads.push(name);
          return value;
        },
      });
    }
    expect(new HttpRequest(url, init).method).toBe('POST');
    expect(reads.toSorted()).toEqual(Object.keys(values).toSorted());
  });
});

describe('content type', () => {
  test('comes with the body', () => {
    expect(new HttpRequest(url, { method: 'POST', body: 'x' }).headers.get('content-type')).toBe('text/plain;charset=UTF-8');
    expect(new HttpRequest(url, { method: 'POST', body: new FormData() }).headers.get('content-type')).toMatch(
      /^multipart\/form-data; boundary=/,
    );
  });

  test('is left alone where the headers have one, or the body implies none', () => {
    const headers = { 'content-type': 'application/json' };
    expect([...new HttpRequest(url, { method: 'POST', body: '{}', headers }).headers.fields()]).toEqual([
      ['content-type', 'application/json'],
    ]);
    expect(new HttpRequest(url, { method: 'POST', body: new Uint8Array(1) }).headers.has('content-type')).toBe(false);
  });

  test('of one form does not stay for the next body', () => {
    const request = new HttpRequest(url, { method: 'POST', body: new FormData(), headers: { a: '1' } });
    expect(request.with({ body: new URLSearchParams('a=1') }).headers.get('content-type')).toBe(
      'application/x-www-form-urlencoded;charset=UTF-8',
    );
    expect(request.with({ body: new Uint8Array(1) }).headers.has('content-type')).toBe(false);
    const next = request.with({ body: new FormData() });
    expect(next.headers.get('content-type')).toBe(next.body?.contentType);
    expect([...request.with({ method: 'GET', body: null }).headers]).toEqual([['a', '1']]);
    expect(request.headers.get('content-type')).toBe(request.body?.contentType);
  });

  test('that was chosen stays with another body', () => {
    const request = new HttpRequest(url, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } });
    expect(request.with({ body: '[]' }).headers.get('content-type')).toBe('application/json');
  });
});

describe('with()', () => {
  const request = new HttpRequest('http://user:pw@a.example/p?q#f', {
    method: 'POST',
    headers: { a: '1' },
    body: 'x',
    host: 'h',
    close: true,
    signal: new AbortController().signal,
    trace: () => {},
    trailers: { t: '1' },
  });

  test('keeps what is not named', () => {
    const next = request.with({});
    expect(next).not.toBe(request);
    for (const key of ['method', 'headers', 'body', 'signal', 'trace', 'context', 'trailers', 'host', 'close', 'target'] as const) {
      expect(next[key]).toBe(request[key]);
    }
    expect(next.url.href).toBe('http://user:pw@a.example/p?q#f');
  });

  test('changes what is named and leaves the first as it was', () => {
    const next = request.with({
      url: 'https://b.example/',
      method: 'PUT',
      headers: { b: '2' },
      body: 'y',
      host: 'i',
      close: false,
      signal: null,
    });
    expect(next).toMatchObject({ method: 'PUT', host: 'i', close: false, signal: undefined });
    expect(next.target.origin.key).toBe('https://b.example');
    expect([...next.headers.keys()]).toEqual(['b', 'content-type']);
    expect(request).toMatchObject({ method: 'POST', host: 'h', close: true });
    expect(request.target.origin.key).toBe('http://a.example');
    expect([...request.headers.keys()]).toEqual(['a', 'content-type']);
  });

  test('refuses what the constructor refuses', () => {
    expect(() => request.with({ method: 'G T' })).toThrow(TypeError);
    expect(() => request.with({ url: '/relative' })).toThrow(TypeError);
  });

  test('shares a replayable body, and a stream goes to the first that is sent', async () => {
    expect(await sentText(request.with({}))).toBe('x');
    expect(await sentText(request)).toBe('x');
    const streaming = new HttpRequest(url, { method: 'POST', body: ReadableStream.from(['once']) });
    expect(await sentText(streaming.with({ headers: {} }))).toBe('once');
    expect(() => streaming.body?.open()).toThrow(TypeError);
  });
});

describe('an immutable value', () => {
  test('its headers cannot be changed, nor through those it was made from', () => {
    const headers = new HttpHeaders({ a: '1' });
    const request = new HttpRequest(url, { headers });
    headers.set('a', '2');
    expect(request.headers.get('a')).toBe('1');
    expect(() => request.headers.set('a', '2')).toThrow(TypeError);
  });

  test('nor its URL, neither through what was given nor through what it gives', () => {
    const mine = new URL(url);
    const request = new HttpRequest(mine);
    mine.pathname = '/other';
    request.url.pathname = '/third';
    expect(request.url.href).toBe(url);
    expect(request.target.path).toBe('/p?q=1');
    expect(request.with({}).url.href).toBe(url);
  });
});

describe('made from others', () => {
  test('the global Headers', () => {
    expect([
      ...new HttpRequest(url, {
        headers: new Headers([
          ['B', '1'],
          ['a', '2'],
        ]),
      }).headers,
    ]).toEqual([
      ['a', '2'],
      ['b', '1'],
    ]);
  });

  test('an HttpRequest, with options on top', () => {
    const request = new HttpRequest(new HttpRequest(url, { method: 'POST', body: 'x' }), { method: 'PUT' });
    expect(request.method).toBe('PUT');
    expect(request.body?.bytes).toEqual(new TextEncoder().encode('x'));
  });

  test('a WHATWG Request: its URL, method, headers, body and signal', async () => {
    const controller = new AbortController();
    const request = new HttpRequest(
      new Request(`${url}#f`, { method: 'post', body: 'text', headers: { 'X-A': '1' }, signal: controller.signal }),
    );
    expect(request.method).toBe('POST');
    expect(request.target.path).toBe('/p?q=1');
    expect([...request.headers]).toEqual([
      ['content-type', 'text/plain;charset=UTF-8'],
      ['x-a', '1'],
    ]);
    expect(request.body?.isReplayable).toBe(false);
    expect(await sentText(request)).toBe('text');
    controller.abort('why');
    expect(request.signal?.reason).toBe('why');
  });

  test('a WHATWG Request without a body', () => expect(new HttpRequest(new Request(url)).body).toBeUndefined());

  test('a WHATWG Request, with options on top', async () => {
    const request = new HttpRequest(new Request(url, { method: 'POST', body: 'old' }), { body: 'new', method: 'PUT' });
    expect(await sentText(request)).toBe('new');
    expect(request.method).toBe('PUT');
  });

  test('a WHATWG Request whose body was used is refused', async () => {
    const used = new Request(url, { method: 'POST', body: 'x' });
    await used.text();
    expect(() => new HttpRequest(used)).toThrow(TypeError);
    const locked = new Request(url, { method: 'POST', body: 'x' });
    locked.body?.getReader();
    expect(() => new HttpRequest(locked)).toThrow(TypeError);
  });

  test('the signal of a WHATWG Request that nobody holds any more still aborts', async () => {
    const controller = new AbortController();
    const request = ((): HttpRequest => new HttpRequest(new Request(url, { signal: controller.signal })))();
    for (let turn = 0; turn < 3; turn++) {
      globalThis.gc?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    controller.abort('why');
    expect(request.signal?.reason).toBe('why');
  });
});

describe('trailers', () => {
  test('are read-only headers', () => {
    const { trailers } = new HttpRequest(url, { trailers: { 'X-Sum': '1' } });
    expect(trailers).toBeInstanceOf(HttpHeaders);
    if (trailers instanceof HttpHeaders) expect(() => trailers.set('a', '1')).toThrow(TypeError);
  });

  test.for(['transfer-encoding', 'Content-Length', 'TRAILER', 'host', 'connection', 'te', 'upgrade'])('%s cannot be one', (name) => {
    expect(() => checkTrailers({ [name]: 'x' })).toThrow(`invalid trailer "${name.toLowerCase()}"`);
  });
});

test('releasing the request body cancels the stream', () => {
  const cancel = vi.fn();
  const request = new HttpRequest(url, { method: 'POST', body: new ReadableStream({ cancel }) });
  request.body?.release('why');
  expect(cancel.mock.calls).toEqual([['why']]);
});

test('what is printed holds no secret', () => {
  const request = new HttpRequest('http://user:secret@a.example/p?token=secret#secret', {
    headers: { authorization: 'secret' },
    method: 'POST',
    body: 'secret',
  });
  expect(inspect(request)).toBe('HttpRequest { POST http://a.example/p }');
  expect(inspect({ request }, { depth: 9 })).not.toContain('secret');
});

test('what is stringified, as a logger does, holds no secret', () => {
  const request = new HttpRequest('http://user:secret@a.example/p?token=secret#secret', {
    headers: { authorization: 'secret' },
    method: 'POST',
    body: 'secret',
  });
  expect(JSON.stringify({ request })).toBe('{"request":{"method":"POST","url":"http://a.example/p"}}');
});

test('a request cannot be changed: what goes to the wire was checked when it was made', () => {
  const request = new HttpRequest(url);
  const changes: readonly Readonly<Record<string, unknown>>[] = [
    { method: 'GET / HTTP/1.1\r\nEvil: 1\r\n\r\nGET' },
    { host: 'a\r\nEvil: 2' },
    { target: { origin: request.target.origin, path: '/\r\nEvil: 3' } },
    { headers: new HttpHeaders() },
    { body: undefined },
    { signal: undefined },
    { trace: undefined },
    { context: Context.empty },
    { trailers: undefined },
    { close: true },
    { protocol: 'a b' },
    { requestTarget: '*' },
    { url: new URL('http://evil.example') },
  ];
  for (const change of changes) expect(() => Object.assign(request, change)).toThrow(TypeError);
  expect(request).toMatchObject({ method: 'GET', host: undefined, target: { path: '/p?q=1' } });
});

test('a Request, a URL and text are inputs by type', () => {
  type Input = ConstructorParameters<typeof HttpRequest>[0];
  expectTypeOf<Request>().toExtend<Input>();
  expectTypeOf<URL>().toExtend<Input>();
  expectTypeOf<string>().toExtend<Input>();
  expectTypeOf<NonNullable<ConstructorParameters<typeof Request>[1]>['body']>().toExtend<HttpRequestChanges['body']>();
  // @ts-expect-error -- an unknown option
  expect(() => new HttpRequest(url, { json: {} })).toThrow(TypeError);
});
