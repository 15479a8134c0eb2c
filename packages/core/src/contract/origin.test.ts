import { inspect } from 'node:util';

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { parseTarget } from './origin.ts';

/** What WHATWG says, asked without any cache. */
function oracle(text: string): unknown {
  const url = new URL(text);
  const isIpv6 = url.hostname.startsWith('[');
  return {
    path: `${url.pathname}${url.search}`,
    origin: {
      scheme: url.protocol.slice(0, -1),
      hostname: isIpv6 ? url.hostname.slice(1, -1) : url.hostname,
      port: Number(url.port === '' ? { 'http:': 80, 'https:': 443 }[url.protocol] : url.port),
      host: url.host,
      key: url.origin,
    },
  };
}

function parts(text: string): unknown {
  const { origin, path } = parseTarget(text);
  return { origin, path };
}

describe('the same as WHATWG URL, the first time and from the cache', () => {
  test.for([
    'http://a.example',
    'http://a.example/',
    'HTTP://A.Example/Path',
    'https://a.example:443/x',
    'http://a.example:80/x',
    'https://a.example:80/x',
    'http://a.example:8080/x?y=1#z',
    'http://a.example?q',
    'http://a.example#f',
    'http://a.example/a?',
    'http://a.example/?',
    'http://a.example/a?#',
    'http://a.example/a?b?',
    'http://a.example//a//b',
    'http://a.example/a/../b/./c/.',
    'http://a.example/..',
    'http://a.example/.well-known/x',
    'http://a.example/%2e%2E/a',
    'http://a.example/a%20b%zz%',
    'http://a.example/\u00fc?\u00fc=\u2028',
    'http://a.example/a b',
    "http://a.example/it's?it's",
    'http://a.example/a|b^c`d{e}?a|b^c`d{e}',
    'http://a.example/<">?<">',
    'http:\\\\a.example\\b\\..\\c',
    'http://a.example\\b/c',
    'ht\ntp://a.exa\tmple/a\r\nb',
    '  http://a.example/a  ',
    'http://user:pa%40ss@a.example/x',
    'http://user@a.example/x',
    'http://@a.example/x',
    'http://[::1]/x',
    'http://[::1]:8080/x',
    'http://[2001:DB8:0:0::1]/x',
    'http://[::ffff:1.2.3.4]/x',
    'http://127.1/x',
    'http://0x7f.1/x',
    'http://b\u00fccher.example/x',
    'http://a.example./x',
    'http://a/x',
    'http:a.example/x',
    'http:/a.example/x',
    'http:///a.example/x',
    'https:///a.example/x',
    'https:////a.example/x',
    'https://a.example/@b',
    'https://a.example/x@y.example/z',
    'http://%61.example/x',
  ])('%j', (text) => {
    const expected = oracle(text);
    expect(parts(text)).toEqual(expected);
    expect(parts(text)).toEqual(expected);
  });

  test('one origin never answers for another', () => {
    for (const text of [
      'https:///a.example/x',
      'https:///b.example/x',
      'http:///a.example/x',
      'http:///b.example/x',
      'https://b.example/x',
    ]) {
      expect(parts(text)).toEqual(oracle(text));
    }
  });

  test('any URL', () => {
    const piece = fc.constantFrom(
      'a',
      'B',
      '/',
      '//',
      '.',
      '..',
      '/.',
      '%2e',
      '%',
      '?',
      '#',
      '&',
      '=',
      '@',
      ':',
      '\\',
      "'",
      '"',
      ' ',
      '\t',
      '\n',
      '|',
      '\u00e4',
      '+',
      '~',
      '*',
    );
    const origin = fc.constantFrom(
      'http://x.example',
      'https://x.example',
      'http://x.example:81',
      'https:',
      'http:/',
      'https:///x.example',
      'http://u:p@x.example',
      'http://[::1]',
    );
    fc.assert(
      fc.property(origin, fc.array(piece, { maxLength: 10 }), (start, rest) => {
        const text = `${start}${rest.join('')}`;
        fc.pre(URL.canParse(text));
        // So that the origin is known.
        parseTarget(`${new URL(text).origin}/`);
        expect(parts(text)).toEqual(oracle(text));
        expect(parts(text)).toEqual(oracle(text));
      }),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (text) => {
        expect(parts(text)).toEqual(oracle(text));
        expect(parts(text)).toEqual(oracle(text));
      }),
    );
  });
});

test('requests to one origin share it, however it is written', () => {
  const { origin } = parseTarget('https://shared.example/a');
  expect(parseTarget('https://shared.example/b').origin).toBe(origin);
  expect(parseTarget('https://user@SHARED.example:443/c').origin).toBe(origin);
});

test('neither a target nor its origin can be changed: other requests share them', () => {
  const target = parseTarget('https://shared.example/a?q');
  expect(() => Object.assign(target.origin, { port: 1 })).toThrow(TypeError);
  expect(() => Object.assign(target, { path: '/b' })).toThrow(TypeError);
  expect(() => Object.assign(target, { origin: parseTarget('http://evil.example/').origin })).toThrow(TypeError);
  expect(parseTarget('https://shared.example/a?q')).toMatchObject({ origin: { port: 443, key: 'https://shared.example' }, path: '/a?q' });
});

test('what is printed of a target has no query', () => {
  expect(inspect(parseTarget('https://user:secret@shared.example/a?secret'))).toBe('RequestTarget { https://shared.example/a }');
});

test('a crawler does not make the cache grow without end, nor wrong', () => {
  for (let at = 0; at < 3_000; at++) expect(parseTarget(`http://h${at}.example/p`).origin.key).toBe(`http://h${at}.example`);
  expect(parseTarget('http://h1.example/p').origin.hostname).toBe('h1.example');
});

describe('what is refused', () => {
  test.for([
    '',
    '/',
    '/path',
    'example.com',
    '//example.com/',
    'http://',
    'http://a b/',
    'http://a:99999/',
    'http://[::1/',
    'http://a%00/',
    'http://a<b/',
  ])('%j is no absolute URL', (text) => {
    expect(() => parseTarget(text)).toThrow(TypeError);
    expect(() => parseTarget(text)).toThrow('invalid URL');
  });

  test.for(['ftp://a/x', 'file:///etc/passwd', 'data:text/plain,x', 'javascript:alert(1)', 'ws://a/', 'example.com:80'])(
    '%j has another scheme',
    (text) => {
      expect(() => parseTarget(text)).toThrow(TypeError);
      expect(() => parseTarget(text)).toThrow('unsupported protocol scheme');
    },
  );

  test.for([
    'http://user:secret@host:bad/',
    'http://secret@host:bad/',
    'http://user:secret@x@host:bad/',
    'http://user:x@secret@host:bad/',
    'http://user:secret#1@host:bad/',
    'http://user:secret?1@host:bad/',
    'http://host:bad/?token=secret',
    'http://host:bad/?token=x@secret',
    'http://host:bad/a@b?token=secret',
    'http://host:bad/#secret',
    'ftp://user:secret@host/',
    'user:secret@host',
    'secret@host',
    'http:\\\\user:secret@host:bad',
  ])('%j is refused without showing its secret', (text) => {
    expect(() => parseTarget(text)).toThrow(/^(?!.*secret)/);
    expect(() => parseTarget(text)).toThrow(TypeError);
  });

  test('the host of a URL with a bad port is shown', () => {
    expect(() => parseTarget('http://user:x@host:bad/a?b')).toThrow('"…@host:bad/a"');
  });
});

test('an origin keeps nothing of the URL that it was first seen in', () => {
  const heldBytes = (): number => {
    globalThis.gc?.();
    return process.memoryUsage().heapUsed;
  };
  parseTarget('http://other.example/');
  const before = heldBytes();
  const { origin } = parseTarget(`http://user:secret@long-enough.a-host-of-its-own.example:8080/?${'q'.repeat(20_000_000)}`);
  parseTarget('http://other.example/');
  expect(origin.host).toBe('long-enough.a-host-of-its-own.example:8080');
  expect(heldBytes() - before).toBeLessThan(5_000_000);
});
