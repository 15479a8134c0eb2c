import { Readable } from 'node:stream';
import { inspect } from 'node:util';

import * as fc from 'fast-check';
import { describe, expect, expectTypeOf, test, vi } from 'vitest';

import { Context, contextKey } from './context.ts';
import { HttpHeaders } from './http-headers.ts';
import { HttpRequest } from './http-request.ts';
import { HttpResponse } from './http-response.ts';
import { IncomingBody } from './incoming-body.ts';
import type { BodyContent } from './request-body.ts';

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A response as an engine makes it, its body still to come. */
function arriving(init?: ConstructorParameters<typeof HttpResponse>[1]) {
  const producer = { resumeBody: vi.fn(), cancelBody: vi.fn<(reason: unknown) => void>() };
  const body = new IncomingBody(producer, undefined);
  return { body, producer, response: new HttpResponse(body, init) };
}

async function outcome(read: () => unknown): Promise<unknown> {
  try {
    return await read();
  } catch (error) {
    return error instanceof Error ? error.constructor.name : error;
  }
}

async function plainForm(form: FormData): Promise<unknown> {
  return Promise.all(
    [...form].map(async ([name, value]) => [name, typeof value === 'string' ? value : [value.name, value.type, await value.text()]]),
  );
}

async function readStream(stream: ReadableStream<Uint8Array> | null): Promise<string> {
  let text = '';
  for await (const chunk of stream ?? []) text += textOf(chunk);
  return text;
}

async function readText(stream: ReadableStream<string>): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk;
  return text;
}

type Either = Response | HttpResponse;

const readers: Readonly<Record<string, (response: Either) => unknown>> = {
  text: (response) => response.text(),
  json: (response) => response.json(),
  bytes: (response) => response.bytes(),
  arrayBuffer: (response) => response.arrayBuffer(),
  blob: async (response) => {
    const blob = await response.blob();
    return [blob.type, blob.size, await blob.text()];
  },
  formData: async (response) => plainForm(await response.formData()),
  body: (response) => readStream(response.body),
};

interface Row {
  readonly fact: string;
  readonly bytes: Uint8Array<ArrayBuffer> | null;
  readonly type?: string;
}

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

describe.for<Row>([
  { fact: 'text', bytes: utf8('héllo 😀'), type: 'text/plain' },
  { fact: 'nothing', bytes: utf8('') },
  { fact: 'no body', bytes: null },
  { fact: 'a byte order mark', bytes: utf8('\ufeffhi'), type: 'text/html; charset=utf-8' },
  { fact: 'half a byte order mark', bytes: new Uint8Array([0xef, 0xbb]) },
  { fact: 'malformed UTF-8', bytes: new Uint8Array([0x61, 0xff, 0xc3, 0x28, 0xe2, 0x82, 0xf0, 0x9f, 0x98]) },
  { fact: 'JSON', bytes: utf8('{"a":[1,null]}'), type: 'application/json' },
  { fact: 'JSON after a byte order mark', bytes: utf8('\ufeff[1]'), type: 'application/json' },
  { fact: 'broken JSON', bytes: utf8('{"a":'), type: 'application/json' },
  { fact: 'a form', bytes: utf8('a=1&b=%20+x'), type: 'application/x-www-form-urlencoded;charset=UTF-8' },
  {
    fact: 'a multipart form',
    bytes: utf8('--x\r\nContent-Disposition: form-data; name="a"; filename="f"\r\nContent-Type: a/b\r\n\r\nhi\r\n--x--\r\n'),
    type: 'multipart/form-data; boundary=x',
  },
  { fact: 'a broken multipart form', bytes: utf8('--x\r\n'), type: 'multipart/form-data; boundary=x' },
  { fact: 'a type in capitals with parameters', bytes: utf8('x'), type: 'Text/HTML;  Charset="UTF-8"' },
  { fact: 'a type that is none', bytes: utf8('x'), type: 'nonsense' },
])('$fact is read as fetch reads it', ({ bytes, type }) => {
  const init = type === undefined ? {} : { headers: { 'content-type': type } };

  test.for(Object.keys(readers))('by %s', async (name) => {
    const ours = new HttpResponse(bytes, init);
    const theirs = new Response(bytes, init);
    const read = readers[name] ?? ((): never => expect.fail());
    expect(await outcome(() => read(ours))).toEqual(await outcome(() => read(theirs)));
    expect(ours.bodyUsed).toBe(theirs.bodyUsed);
    expect(ours.body?.locked).toBe(theirs.body?.locked);
    for (const again of Object.keys(readers)) {
      const readAgain = readers[again] ?? ((): never => expect.fail());
      // for await asks for a reader and finds the stream locked, or closed: as fetch's.
      expect([again, await outcome(() => readAgain(ours))]).toEqual([again, await outcome(() => readAgain(theirs))]);
    }
  });
});

test('of two byte order marks one is dropped, as WHATWG says and undici does not', async () => {
  expect(await new HttpResponse('\ufeff\ufeffhi').text()).toBe('\ufeffhi');
});

test('any bytes are the text that fetch makes of them', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 30 }), async (bytes) => {
      expect(await new HttpResponse(bytes).text()).toBe(new TextDecoder().decode(bytes));
    }),
  );
});

test.for<{ fact: string; content: () => BodyContent }>([
  { fact: 'text', content: () => 'x' },
  { fact: 'a Blob', content: () => new Blob(['x'], { type: 'a/b' }) },
  { fact: 'URLSearchParams', content: () => new URLSearchParams('x=1') },
])('$fact brings its content type, unless there is one', ({ content }) => {
  const expected = content() instanceof Blob ? 'a/b' : /^(text\/plain|application\/x-www-form-urlencoded);charset=UTF-8$/;
  expect(new HttpResponse(content()).headers.get('content-type')).toMatch(expected);
  expect(new HttpResponse(content(), { headers: { 'Content-Type': 'c/d' } }).headers.get('content-type')).toBe('c/d');
});

describe('its parts', () => {
  test('have defaults', () => {
    const response = new HttpResponse();
    expect(response).toMatchObject({
      status: 200,
      statusText: '',
      ok: true,
      proto: 'HTTP/1.1',
      redirected: false,
      url: '',
      type: 'default',
      body: null,
      bodyUsed: false,
    });
    expect(response).toMatchObject({ request: undefined, connection: undefined, contentLength: undefined });
    expect(response.context).toBe(Context.empty);
    expect(response.trailers.size).toBe(0);
  });

  test.for([
    { status: 199, ok: false },
    { status: 200, ok: true },
    { status: 299, ok: true },
    { status: 300, ok: false },
    { status: 500, ok: false },
  ])('$status is ok: $ok', ({ status, ok }) => expect(new HttpResponse(null, { status }).ok).toBe(ok));

  test.for([99, 1000, 200.5, Number.NaN, -200])('%d is no status', (status) =>
    expect(() => new HttpResponse(null, { status })).toThrow(TypeError),
  );
  test.for(['a\r\nX: 1', 'a\0', '\u0100'])('%j is no status text', (statusText) =>
    expect(() => new HttpResponse(null, { statusText })).toThrow(TypeError),
  );

  test('the URL is the request’s, without userinfo and fragment', () => {
    expect(new HttpResponse(null, { request: new HttpRequest('http://u:p@a.example/b?c#d') }).url).toBe('http://a.example/b?c');
  });

  test.for([
    { value: '5', length: 5 },
    { value: '5, 5', length: 5 },
    { value: '', length: undefined },
    { value: '-1', length: undefined },
    { value: '0x10', length: undefined },
    { value: '9999999999999999', length: undefined },
  ])('a declared length of "$value" is $length', ({ value, length }) =>
    expect(new HttpResponse(null, { headers: { 'content-length': value } }).contentLength).toBe(length),
  );

  test('its headers are read-only', () => expect(() => new HttpResponse('x').headers.set('a', '1')).toThrow(TypeError));

  test('cannot be changed', () => {
    const response = new HttpResponse('x');
    const { headers, context } = response;
    for (const part of [
      { status: 500 },
      { statusText: 'a' },
      { headers },
      { proto: 'HTTP/9' },
      { request: undefined },
      { connection: undefined },
      { socket: undefined },
      { redirected: true },
      { context },
    ]) {
      expect(() => Object.assign(response, part)).toThrow(TypeError);
    }
    expect(response.status).toBe(200);
  });

  test('what is stringified, as a logger does, holds no header value and no body', () => {
    const request = new HttpRequest('http://user:secret@a.example/?secret');
    const response = new HttpResponse('secret', { statusText: 'OK', headers: { 'set-cookie': 'secret' }, request });
    expect(JSON.stringify({ response })).toBe('{"response":{"status":200,"statusText":"OK"}}');
  });

  test('what is printed holds no header value', () => {
    const response = new HttpResponse('secret', { statusText: 'OK', headers: { 'set-cookie': 'secret' } });
    expect(inspect(response)).toBe('HttpResponse { 200 OK }');
    expect(inspect({ response }, { depth: 9 })).not.toContain('secret');
  });
});

describe('the body', () => {
  test('is read once', async () => {
    const response = new HttpResponse('x');
    const chunks = response.chunks();
    await expect(response.text()).rejects.toThrow('already used');
    expect(() => response.chunks()).toThrow(TypeError);
    expect(() => response.clone()).toThrow(TypeError);
    expect(() => response.with({})).toThrow(TypeError);
    expect(() => response.textStream()).toThrow(TypeError);
    expect(response.body?.locked).toBe(true);
    await chunks.return?.();
  });

  test('is not used by asking for the stream, and is locked by its reader', async () => {
    const response = new HttpResponse('x');
    const { body } = response;
    expect(response.body).toBe(body);
    expect(response.bodyUsed).toBe(false);
    const reader = body?.getReader();
    await expect(response.text()).rejects.toThrow(TypeError);
    reader?.releaseLock();
    expect(await response.text()).toBe('x');
    expect(body?.locked).toBe(true);
  });

  test('is used by the first read of the stream', async () => {
    const response = new HttpResponse('x');
    const reader = response.body?.getReader();
    await reader?.read();
    reader?.releaseLock();
    expect(response.bodyUsed).toBe(true);
    await expect(response.text()).rejects.toThrow(TypeError);
  });

  test('can be read into a buffer of the reader’s', async () => {
    const { body, response } = arriving();
    const reader = response.body?.getReader({ mode: 'byob' });
    const first = reader?.read(new Uint8Array(2));
    body.push(utf8('abc'));
    expect(textOf((await first)?.value ?? new Uint8Array())).toBe('ab');
    expect(textOf((await reader?.read(new Uint8Array(9)))?.value ?? new Uint8Array())).toBe('c');
    const last = reader?.read(new Uint8Array(9));
    body.end();
    expect((await last)?.done).toBe(true);
  });

  test('takes empty chunks for nothing', async () => {
    expect(await readStream(new HttpResponse(ReadableStream.from(['', 'a', '', 'b', ''])).body)).toBe('ab');
  });

  test('is a stream of text, across the chunks of a character', async () => {
    const { body, response } = arriving();
    const read = readText(response.textStream());
    for (const byte of utf8('\ufeffé😀')) {
      body.push(Uint8Array.of(byte));
      await turn();
    }
    body.end();
    expect(await read).toBe('é😀');
    expect(await readText(new HttpResponse().textStream())).toBe('');
  });

  test('is given up when the stream is cancelled', async () => {
    const { producer, response } = arriving();
    await response.body?.cancel();
    expect(producer.cancelBody).toHaveBeenCalledTimes(1);
    expect(response.bodyUsed).toBe(true);
  });

  test('is given up when its stream is cancelled during a read', async () => {
    const { producer, response } = arriving();
    const reader = response.body?.getReader();
    const read = reader?.read();
    await turn();
    await reader?.cancel();
    expect((await read)?.done).toBe(true);
    expect(producer.cancelBody).toHaveBeenCalledTimes(1);
  });

  test.for(Object.keys(readers))('that fails fails %s with the error itself', async (name) => {
    const { body, response } = arriving();
    const failure = new RangeError('truncated');
    const read = outcome(() => readers[name]?.(response));
    body.push(utf8('abc'));
    await turn();
    body.fail(failure);
    expect(await read).toBe('RangeError');
  });

  test('bytes, buffers and chunks are the reader’s own', async () => {
    const shared = utf8('abc');
    const bytes = await new HttpResponse(shared).bytes();
    bytes.fill(0);
    expect(textOf(shared)).toBe('abc');
    expect((await new HttpResponse(shared).arrayBuffer()).byteLength).toBe(3);
  });

  test('trailers are there at its end', async () => {
    const { body, response } = arriving();
    const text = response.text();
    expect(response.trailers.size).toBe(0);
    body.end(HttpHeaders.readOnly({ 'x-sum': '1' }));
    await text;
    expect(response.trailers.get('x-sum')).toBe('1');
  });
});

describe('dispose', () => {
  test('gives the body up, once', async () => {
    const { producer, response } = arriving();
    await response.dispose();
    await response[Symbol.asyncDispose]();
    expect(producer.cancelBody).toHaveBeenCalledTimes(1);
    expect(response.bodyUsed).toBe(true);
    await expect(response.text()).rejects.toMatchObject({ code: 'body-disposed' });
    await expect(response.body?.getReader().read()).rejects.toMatchObject({ code: 'body-disposed' });
    expect(() => response.chunks()).toThrow('disposed');
  });

  test.for<{ fact: string; read: (response: HttpResponse) => unknown }>([
    { fact: 'text()', read: (response) => response.text() },
    { fact: 'chunks()', read: (response) => response.chunks().next() },
    { fact: 'the stream', read: (response) => response.body?.getReader().read() },
    { fact: 'the stream of text', read: (response) => response.textStream().getReader().read() },
  ])('fails a pending read of $fact', async ({ read }) => {
    const { response } = arriving();
    const pending = outcome(() => read(response));
    await turn();
    await response.dispose();
    expect(await pending).toBe('RoundTripError');
  });

  test('after the whole body was read does nothing', async () => {
    const { body, producer, response } = arriving();
    const text = response.text();
    body.push(utf8('abc'));
    body.end();
    expect(await text).toBe('abc');
    await response.dispose();
    expect(producer.cancelBody).not.toHaveBeenCalled();
  });

  test('does not let the rest of a whole body pass for its end', async () => {
    const { body, response } = arriving();
    const chunks = response.chunks();
    const first = chunks.next();
    for (const text of ['a', 'b', 'c']) body.push(utf8(text));
    body.end();
    await first;
    await response.dispose();
    await expect(chunks.next()).rejects.toMatchObject({ code: 'body-disposed' });
  });

  test('frees the source of a response made by hand', async () => {
    const source = new Readable({ read: () => {} });
    {
      await using response = new HttpResponse(source);
      expect(response.ok).toBe(true);
    }
    expect(source.destroyed).toBe(true);
  });

  test('of a response without a body changes nothing', async () => {
    const response = new HttpResponse();
    await response.dispose();
    expect(await response.text()).toBe('');
  });
});

describe('clone', () => {
  test.for<{ fact: string; first: keyof typeof readers; second: keyof typeof readers }>([
    { fact: 'text and text', first: 'text', second: 'text' },
    { fact: 'text and stream', first: 'text', second: 'body' },
    { fact: 'stream and text', first: 'body', second: 'text' },
    { fact: 'stream and stream', first: 'body', second: 'body' },
  ])('gives each its body: $fact', async ({ first, second }) => {
    for (const order of ['before', 'while', 'after']) {
      const { body, response } = arriving();
      if (order === 'after') body.push(utf8('ab'));
      if (order === 'after') body.end(HttpHeaders.readOnly({ t: '1' }));
      const clone = response.clone();
      const reads = Promise.all([readers[first]?.(clone), readers[second]?.(response)]);
      if (order === 'while') await turn();
      body.push(utf8('ab'));
      body.end(HttpHeaders.readOnly({ t: '1' }));
      expect(await reads).toEqual(['ab', 'ab']);
      expect([clone.trailers.get('t'), response.trailers.get('t')]).toEqual(['1', '1']);
    }
  });

  test('has the same parts', () => {
    const request = new HttpRequest('http://a.example/');
    const response = new HttpResponse('x', {
      status: 404,
      statusText: 'No',
      headers: { a: '1' },
      request,
      proto: 'HTTP/2.0',
      redirected: true,
    });
    expect(response.clone()).toMatchObject({
      status: 404,
      statusText: 'No',
      headers: response.headers,
      request,
      proto: 'HTTP/2.0',
      redirected: true,
    });
    expect(new HttpResponse().clone().body).toBeNull();
  });

  test('of a clone', async () => {
    const response = new HttpResponse(ReadableStream.from(['a', 'b']));
    const second = response.clone();
    const third = second.clone();
    expect(await Promise.all([third.text(), response.text(), second.text()])).toEqual(['ab', 'ab', 'ab']);
  });

  test('takes the stream that was asked for before', async () => {
    const response = new HttpResponse('x');
    const before = response.body;
    const clone = response.clone();
    expect(before?.locked).toBe(true);
    expect(response.body).not.toBe(before);
    expect([await readStream(response.body), await clone.text()]).toEqual(['x', 'x']);
  });

  test('frees the connection when both are disposed of, and not before', async () => {
    const { producer, response } = arriving();
    const clone = response.clone();
    await response.dispose();
    expect(producer.cancelBody).not.toHaveBeenCalled();
    await clone.dispose();
    expect(producer.cancelBody).toHaveBeenCalledTimes(1);
  });

  test('goes on when the other is disposed of', async () => {
    const { body, response } = arriving();
    const clone = response.clone();
    const text = clone.text();
    await response.dispose();
    body.push(utf8('ab'));
    body.end();
    expect(await text).toBe('ab');
  });

  test('is refused while the stream has a reader', () => {
    const response = new HttpResponse('x');
    response.body?.getReader();
    expect(() => response.clone()).toThrow(TypeError);
  });
});

describe('with()', () => {
  test('hands the body on', async () => {
    const response = new HttpResponse('x', { headers: { a: '1' } });
    const next = response.with({ status: 201, headers: { b: '2' } });
    expect(next).toMatchObject({ status: 201 });
    expect([...next.headers.keys()]).toEqual(['b']);
    expect([response.bodyUsed, next.bodyUsed]).toEqual([true, false]);
    await expect(response.text()).rejects.toThrow(TypeError);
    expect(await next.text()).toBe('x');
  });

  test('disposing of the first does not touch what was handed on', async () => {
    const { body, producer, response } = arriving();
    const next = response.with({ status: 201 });
    await response.dispose();
    expect(producer.cancelBody).not.toHaveBeenCalled();
    body.push(utf8('ab'));
    body.end();
    expect(await next.text()).toBe('ab');
  });

  test('with a body of its own leaves the first’s to its owner', async () => {
    const response = new HttpResponse('old');
    const next = response.with({
      body: (async function* () {
        for await (const chunk of response.chunks()) yield textOf(chunk).toUpperCase();
      })(),
    });
    expect(await next.text()).toBe('OLD');
    expect(new HttpResponse('old').with({ body: null }).body).toBeNull();
  });

  test('keeps the context and can change it', () => {
    const key = contextKey<number>('n');
    const response = new HttpResponse(null, { context: Context.empty.with(key, 1) });
    expect(response.with({}).context.get(key)).toBe(1);
    expect(response.with({ context: response.context.with(key, 2) }).context.get(key)).toBe(2);
  });
});

test('a body that is all there can be looked at, and is still to be read', async () => {
  const response = new HttpResponse('body');
  expect(Buffer.from(response.peekBytes() ?? []).toString()).toBe('body');
  expect(await response.text()).toBe('body');
  expect(response.peekBytes()).toBeUndefined();
});

test('a slice of what is looked at is a copy, as of any Uint8Array', () => {
  const incoming = new IncomingBody(undefined, 4);
  incoming.push(Buffer.from('body'));
  incoming.end();
  const peeked = new HttpResponse(incoming).peekBytes();
  expect(peeked?.slice().buffer === peeked?.buffer).toBe(false);
});

test('there is nothing to be looked at where bytes are missing, the body was used, has a stream, or is none', async () => {
  const incoming = new IncomingBody(undefined, 4);
  const response = new HttpResponse(incoming);
  incoming.push(Buffer.from('bo'));
  expect(response.peekBytes()).toBeUndefined();
  incoming.push(Buffer.from('dy'));
  expect(response.peekBytes()).toBeUndefined();
  incoming.end();
  expect(response.peekBytes()?.byteLength).toBe(4);
  const moved = response.with({ status: 201 });
  expect([response.peekBytes(), moved.peekBytes()?.byteLength]).toEqual([undefined, 4]);
  expect(moved.body).not.toBeNull();
  expect([moved.peekBytes(), new HttpResponse(null).peekBytes()]).toEqual([undefined, undefined]);
  const failed = new IncomingBody(undefined, 4);
  failed.push(Buffer.from('bo'));
  failed.fail(new Error('reset'));
  expect(new HttpResponse(failed).peekBytes()).toBeUndefined();
  await moved.dispose();
});

test('the types are those of Response', () => {
  expectTypeOf<HttpResponse>().toExtend<Response>();
  expectTypeOf<HttpResponse['headers']>().toExtend<Headers>();
});
