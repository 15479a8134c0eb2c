import { describe, expect, test } from 'vitest';

import { HttpRequest, type HttpRequestInit } from '../contract/http-request.ts';
import { bodyLength } from '../contract/body-length.ts';
import { asksToClose } from '../engine/asks-to-close.ts';
import { requestFraming, requestHead } from './request-head.ts';

async function* stream(): AsyncGenerator<string> {
  yield 'x';
}

function headOf(init: HttpRequestInit, url = 'http://example.com/a?b', isClosing = false): string {
  const request = new HttpRequest(url, init);
  return requestHead(request, requestFraming(bodyLength(request), request), isClosing);
}

test('a plain GET', () => {
  expect(headOf({})).toBe('GET /a?b HTTP/1.1\r\nHost: example.com\r\nUser-Agent: roundtripper\r\n\r\n');
});

test('fields keep their order and case', () => {
  const headers = new Headers([['x-a', '1']]);
  expect(
    headOf({
      headers: [
        ['X-b', '1'],
        ['x-B', '2'],
        ['Accept', '*/*'],
      ],
    }),
  ).toBe('GET /a?b HTTP/1.1\r\nHost: example.com\r\nX-b: 1\r\nx-B: 2\r\nAccept: */*\r\nUser-Agent: roundtripper\r\n\r\n');
  expect(headOf({ headers: Object.fromEntries(headers) })).toContain('x-a: 1\r\n');
});

test.for([
  { fact: 'the port, where it is not the scheme’s', url: 'http://example.com:8080/', host: 'example.com:8080' },
  { fact: 'no default port', url: 'https://example.com:443/', host: 'example.com' },
  { fact: 'brackets around IPv6', url: 'http://[::1]:81/', host: '[::1]:81' },
  { fact: 'punycode', url: 'http://bücher.example/', host: 'xn--bcher-kva.example' },
  { fact: 'no userinfo', url: 'http://user:secret@example.com/', host: 'example.com' },
])('Host: $fact', ({ url, host }) => {
  expect(headOf({}, url)).toMatch(`Host: ${host}\r\n`);
  expect(headOf({}, url)).not.toContain('secret');
});

test('an OPTIONS of the server as a whole has *, and a proxy is told so by a URL without a path', () => {
  const init: HttpRequestInit = { method: 'OPTIONS', requestTarget: '*' };
  expect(headOf(init, 'http://example.com:81')).toMatch(/^OPTIONS \* HTTP\/1\.1\r\nHost: example\.com:81\r\n/);
  const request = new HttpRequest('http://example.com:81/', init);
  const forwarded = requestHead(request, { kind: 'none' }, false, { authorization: undefined });
  expect(forwarded).toMatch(/^OPTIONS http:\/\/example\.com:81 HTTP\/1\.1\r\nHost: example\.com:81\r\n/);
});

test('Host: each request has its own, however they take turns', () => {
  const hosts = ['a.example', 'b.example', 'a.example', 'c.example:81', 'b.example'];
  const heads = hosts.map((host) => headOf({}, `http://${host}/`));
  expect(heads).toEqual(hosts.map((host) => `GET / HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: roundtripper\r\n\r\n`));
});

test('Host: an empty one, which the Transport refuses, is written as such', () => {
  expect(headOf({ headers: { Host: '' } })).toBe('GET /a?b HTTP/1.1\r\nHost: \r\nUser-Agent: roundtripper\r\n\r\n');
});

test('the host option wins over a Host field, which wins over the URL', () => {
  expect(headOf({ headers: { Host: 'b.example' } })).toMatch(/\r\nHost: b\.example\r\n/);
  expect(headOf({ host: 'c.example', headers: { Host: 'b.example' } })).toMatch(/\r\nHost: c\.example\r\n/);
  expect(headOf({ host: 'c.example', headers: { Host: 'b.example' } })).not.toContain('b.example');
});

test('User-Agent can be set, and left out by an empty one', () => {
  expect(headOf({ headers: { 'User-Agent': 'mine' } })).toContain('User-Agent: mine\r\n');
  expect(headOf({ headers: { 'User-Agent': '' } })).not.toContain('User-Agent');
});

describe('framing', () => {
  test.for<{ fact: string; init: HttpRequestInit; lines: RegExp; not?: RegExp }>([
    { fact: 'a body with a known length', init: { method: 'PUT', body: 'häh' }, lines: /Content-Length: 4\r\n/ },
    { fact: 'an empty body', init: { method: 'PUT', body: '' }, lines: /Content-Length: 0\r\n/ },
    { fact: 'no body where the method defines one', init: { method: 'POST' }, lines: /Content-Length: 0\r\n/ },
    { fact: 'no body where it does not', init: { method: 'DELETE' }, lines: /DELETE/, not: /Content-Length|Transfer/ },
    { fact: 'a body with a GET', init: { body: 'x' }, lines: /Content-Length: 1\r\n/ },
    { fact: 'a stream', init: { method: 'PUT', body: stream() }, lines: /Transfer-Encoding: chunked\r\n/, not: /Content-Length/ },
    {
      fact: 'a stream of a declared length',
      init: { method: 'PUT', body: stream(), headers: { 'Content-Length': '1' } },
      lines: /Content-Length: 1\r\n/,
      not: /chunked/,
    },
    {
      fact: 'trailers',
      init: { method: 'PUT', body: 'x', trailers: { 'X-Sum': '1', 'x-b': '2' } },
      lines: /Transfer-Encoding: chunked\r\nTrailer: x-b, x-sum\r\n/,
      not: /Content-Length/,
    },
    {
      fact: 'a Transfer-Encoding set by hand is not sent',
      init: { method: 'PUT', body: 'x', headers: { 'Transfer-Encoding': 'gzip', 'Trailer': 'a' } },
      lines: /Content-Length: 1\r\n/,
      not: /Transfer-Encoding|Trailer/,
    },
  ])('$fact', ({ init, lines, not }) => {
    const head = headOf(init);
    expect(head).toMatch(lines);
    if (not !== undefined) expect(head).not.toMatch(not);
    expect(head.match(/content-length/gi)?.length ?? 0).toBeLessThanOrEqual(1);
  });

  test.for<HttpRequestInit>([
    { method: 'PUT', body: 'xy', headers: { 'Content-Length': '1' } },
    { method: 'PUT', body: 'xy', headers: { 'Content-Length': 'abc' } },
    {
      method: 'PUT',
      body: 'xy',
      headers: [
        ['Content-Length', '2'],
        ['Content-Length', '2'],
      ],
    },
    { headers: { 'Content-Length': '1' } },
  ])('a Content-Length that is not the body’s is a TypeError: %j', (init) => {
    expect(() => bodyLength(new HttpRequest('http://example.com/', init))).toThrow(TypeError);
  });
});

test('Connection', () => {
  expect(headOf({}, undefined, true)).toContain('\r\nConnection: close\r\n');
  expect(headOf({ headers: { Connection: 'x-a' } })).toContain('\r\nConnection: x-a\r\n');
  expect(headOf({ headers: { Connection: 'x-close' } }, undefined, true)).toContain('\r\nConnection: x-close, close\r\n');
  expect(headOf({ headers: { Connection: 'Close' } }, undefined, true)).toContain('\r\nConnection: Close\r\n');
});

test.for<[HttpRequestInit, boolean]>([
  [{}, false],
  [{ close: true }, true],
  [{ headers: { Connection: 'close' } }, true],
  [{ headers: { Connection: 'a, CLOSE , b' } }, true],
  [{ headers: { Connection: 'closed, un-close' } }, false],
  [{ headers: { 'X-Connection': 'close' } }, false],
])('%j asks for the connection’s end: %j', ([init, expected]) => {
  expect(asksToClose(new HttpRequest('http://example.com/', init))).toBe(expected);
});
