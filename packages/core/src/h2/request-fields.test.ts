import { describe, expect, test } from 'vitest';

import { HttpHeaders } from '../contract/http-headers.ts';
import { HttpRequest, type HttpRequestInit } from '../contract/http-request.ts';
import { listBytes, requestFields, trailerFields } from './request-fields.ts';

async function* stream(): AsyncGenerator<string> {
  yield 'x';
}

function fieldsOf(init: HttpRequestInit = {}, url = 'https://example.com/a?b', protocol?: string): string[] {
  const flat = requestFields(new HttpRequest(url, init), protocol);
  return Array.from({ length: flat.length / 2 }, (_, at) => `${flat[at * 2]}: ${flat[at * 2 + 1]}`);
}

/** What comes after the pseudo-fields. */
const regular = (init: HttpRequestInit): string[] => fieldsOf(init).slice(4);

test('a plain GET', () => {
  expect(fieldsOf()).toEqual([':method: GET', ':scheme: https', ':authority: example.com', ':path: /a?b', 'user-agent: roundtripper']);
});

test('names are lower-case, and fields keep their order', () => {
  const headers: [string, string][] = [
    ['X-B', '1'],
    ['ACCEPT', '*/*'],
    ['x-B', ''],
  ];
  expect(regular({ headers })).toEqual(['x-b: 1', 'accept: */*', 'x-b: ', 'user-agent: roundtripper']);
});

test.for([
  { fact: 'the port, where it is not the scheme’s', url: 'http://example.com:8080/', authority: 'example.com:8080' },
  { fact: 'no default port', url: 'https://example.com:443/', authority: 'example.com' },
  { fact: 'brackets around IPv6', url: 'http://[::1]:81/', authority: '[::1]:81' },
  { fact: 'punycode', url: 'http://bücher.example/', authority: 'xn--bcher-kva.example' },
  { fact: 'no userinfo', url: 'http://user:secret@example.com/', authority: 'example.com' },
])(':authority: $fact', ({ url, authority }) => {
  expect(fieldsOf({}, url)).toContain(`:authority: ${authority}`);
  expect(fieldsOf({}, url).join('')).not.toContain('secret');
});

test('an OPTIONS of the server as a whole has * as its :path', () => {
  const fields = fieldsOf({ method: 'OPTIONS', requestTarget: '*' }, 'https://example.com');
  expect(fields.slice(0, 4)).toEqual([':method: OPTIONS', ':scheme: https', ':authority: example.com', ':path: *']);
});

test('the host option wins over a Host field, which wins over the URL; no host field is sent', () => {
  expect(fieldsOf({ headers: { Host: 'b.example' } })).toContain(':authority: b.example');
  expect(fieldsOf({ host: 'c.example', headers: { Host: 'b.example' } })).toContain(':authority: c.example');
  expect(fieldsOf({ host: 'c.example', headers: { Host: 'b.example' } }).join('\n')).not.toContain('b.example');
  expect(fieldsOf({ headers: { Host: 'b.example' } }).join('\n')).not.toMatch(/^host:/m);
});

test('User-Agent can be set, and left out by an empty one', () => {
  expect(regular({ headers: { 'User-Agent': 'mine' } })).toEqual(['user-agent: mine']);
  expect(regular({ headers: { 'User-Agent': '' } })).toEqual([]);
});

describe('CONNECT', () => {
  test.for([
    { url: 'https://example.com/', authority: 'example.com:443' },
    { url: 'http://example.com/', authority: 'example.com:80' },
    { url: 'http://example.com:443/', authority: 'example.com:443' },
    { url: 'https://[::443]/', authority: '[::443]:443' },
  ])('to $url has $authority and no more', ({ url, authority }) => {
    expect(fieldsOf({ method: 'CONNECT', body: stream() }, url)).toEqual([
      ':method: CONNECT',
      `:authority: ${authority}`,
      'user-agent: roundtripper',
    ]);
  });

  test('to what the caller says', () => {
    expect(fieldsOf({ method: 'CONNECT', host: 'db.example:5432' })[1]).toBe(':authority: db.example:5432');
  });

  test('that is no tunnel (RFC 8441) has all, and :protocol', () => {
    expect(fieldsOf({ method: 'CONNECT', headers: { 'Sec-WebSocket-Version': '13' } }, 'https://example.com/chat', 'websocket')).toEqual([
      ':method: CONNECT',
      ':scheme: https',
      ':authority: example.com',
      ':path: /chat',
      ':protocol: websocket',
      'sec-websocket-version: 13',
      'user-agent: roundtripper',
    ]);
  });
});

describe('what only HTTP/1.1 has', () => {
  test.for<{ fact: string; headers: Record<string, string> }>([
    { fact: 'Connection: close', headers: { Connection: 'Close' } },
    { fact: 'Connection: keep-alive', headers: { Connection: 'keep-alive' } },
    { fact: 'an empty Connection', headers: { Connection: '' } },
    { fact: 'Keep-Alive', headers: { 'Keep-Alive': 'timeout=5' } },
    { fact: 'Proxy-Connection', headers: { 'Proxy-Connection': 'keep-alive' } },
    { fact: 'Transfer-Encoding: chunked', headers: { 'Transfer-Encoding': 'Chunked' } },
    { fact: 'an empty Upgrade', headers: { Upgrade: '' } },
    { fact: 'a Trailer set by hand', headers: { Trailer: 'x' } },
    { fact: 'TE without trailers', headers: { TE: 'gzip, deflate;q=0.5' } },
  ])('$fact is left out', ({ headers }) => {
    expect(regular({ headers })).toEqual(['user-agent: roundtripper']);
  });

  test.for<{ fact: string; headers: Record<string, string> }>([
    { fact: 'Upgrade', headers: { Upgrade: 'websocket' } },
    { fact: 'another transfer coding', headers: { 'Transfer-Encoding': 'gzip' } },
    { fact: 'two transfer codings', headers: { 'Transfer-Encoding': 'gzip, chunked' } },
    { fact: 'another connection option', headers: { Connection: 'upgrade' } },
    { fact: 'a list of connection options', headers: { Connection: 'close, x-a' } },
  ])('$fact is a TypeError, which does not show the value', ({ headers }) => {
    expect(() => fieldsOf({ headers })).toThrow(TypeError);
    for (const value of Object.values(headers)) expect(() => fieldsOf({ headers })).not.toThrow(new RegExp(value));
  });

  test.for(['trailers', 'Trailers', 'gzip, trailers', 'trailers;q=1, trailers ,x'])('TE: %s asks for trailers', (value) => {
    expect(regular({ headers: { TE: value } })).toEqual(['te: trailers', 'user-agent: roundtripper']);
  });
});

describe('a cookie', () => {
  test.for<{ cookie: string; crumbs: string[] }>([
    { cookie: 'a=1', crumbs: ['a=1'] },
    { cookie: 'a=1; b=2; c=3', crumbs: ['a=1', 'b=2', 'c=3'] },
    { cookie: 'a=1;b=2', crumbs: ['a=1;b=2'] },
    { cookie: 'a=1;  b=2 ; c="x y"', crumbs: ['a=1', 'b=2', 'c="x y"'] },
    { cookie: 'a=1; ; b=2;', crumbs: ['a=1', 'b=2;'] },
    { cookie: '', crumbs: [] },
    { cookie: ';', crumbs: [';'] },
  ])('$cookie is sent in crumbs', ({ cookie, crumbs }) => {
    expect(regular({ headers: { Cookie: cookie } })).toEqual([...crumbs.map((crumb) => `cookie: ${crumb}`), 'user-agent: roundtripper']);
  });
});

describe('length', () => {
  test.for<{ fact: string; init: HttpRequestInit; fields: string[] }>([
    { fact: 'of a body', init: { method: 'PUT', body: new Uint8Array(4) }, fields: ['user-agent: roundtripper', 'content-length: 4'] },
    {
      fact: 'of an empty body',
      init: { method: 'PUT', body: new Uint8Array(0) },
      fields: ['user-agent: roundtripper', 'content-length: 0'],
    },
    { fact: 'of none where the method defines one', init: { method: 'POST' }, fields: ['user-agent: roundtripper', 'content-length: 0'] },
    { fact: 'not of none where it does not', init: { method: 'DELETE' }, fields: ['user-agent: roundtripper'] },
    { fact: 'not of a stream', init: { method: 'PUT', body: stream() }, fields: ['user-agent: roundtripper'] },
    {
      fact: 'of a stream that declares it',
      init: { method: 'PUT', body: stream(), headers: { 'Content-Length': '1' } },
      fields: ['user-agent: roundtripper', 'content-length: 1'],
    },
    {
      fact: 'none of a body with trailers, which are announced',
      init: { method: 'PUT', body: new Uint8Array(1), trailers: { 'X-Sum': '1', 'x-b': '2' } },
      fields: ['user-agent: roundtripper', 'trailer: x-b, x-sum'],
    },
    {
      fact: 'and no announcement of trailers that are not known yet',
      init: { method: 'PUT', body: new Uint8Array(1), trailers: () => ({ 'x-sum': '1' }) },
      fields: ['user-agent: roundtripper'],
    },
  ])('$fact', ({ init, fields }) => {
    expect(regular(init)).toEqual(fields);
  });

  test.for<HttpRequestInit>([
    { method: 'PUT', body: 'xy', headers: { 'Content-Length': '1' } },
    { headers: { 'Content-Length': '1' } },
    { method: 'CONNECT', headers: { 'Content-Length': '1' } },
  ])('a Content-Length that is not the body’s is a TypeError: %j', (init) => {
    expect(() => fieldsOf(init)).toThrow(TypeError);
  });
});

test('trailers are lower-case, without what belongs to a connection', () => {
  const trailers = new HttpHeaders([
    ['X-Sum', '1'],
    ['Keep-Alive', 'x'],
    ['x-sum', '2'],
  ]);
  expect(trailerFields(trailers)).toEqual(['x-sum', '1', 'x-sum', '2']);
});

test('the size of a list is that of names and values, and 32 bytes each', () => {
  expect(listBytes([])).toBe(0);
  expect(listBytes([':method', 'GET', 'a', ''])).toBe(7 + 3 + 1 + 64);
});
