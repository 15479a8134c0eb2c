import { describe, expect, test } from 'vitest';

import {
  checkFieldName,
  checkFieldValue,
  checkHost,
  checkMethod,
  isToken,
  shown,
  TOKEN_BYTES,
  trimOws,
  VALUE_BYTES,
} from './field-syntax.ts';

const TCHARS = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

test('a token is made of the tchars of RFC 9110 and of nothing else', () => {
  for (let code = 0; code < 256; code++) {
    const character = String.fromCharCode(code);
    expect([character, TOKEN_BYTES[code]]).toEqual([character, TCHARS.includes(character) ? 1 : 0]);
    expect(isToken(`a${character}`)).toBe(TCHARS.includes(character));
  }
  expect(isToken('')).toBe(false);
  expect(isToken('a\u0141')).toBe(false);
});

test('a field value holds tabs, and everything but control characters', () => {
  for (let code = 0; code < 256; code++) {
    const isControl = (code < 0x20 && code !== 0x09) || code === 0x7f;
    expect([code, VALUE_BYTES[code]]).toEqual([code, isControl ? 0 : 1]);
  }
});

describe('methods', () => {
  test.for([
    ...['get', 'Post', 'hEAD', 'put', 'delete', 'options'].map((given) => ({ given, method: given.toUpperCase() })),
    ...['patch', 'PATCH', 'query', 'M-SEARCH', 'trace', 'connect', 'CONNECT', 'x'].map((given) => ({ given, method: given })),
  ])('$given is sent as $method', ({ given, method }) => expect(checkMethod(given)).toBe(method));

  test.for(['', 'GET ', ' GET', 'G T', 'GET / HTTP/1.1\r\nHost: x\r\n\r\nGET', 'GET\n', 'GET\0', 'G\u00c9T', 'ſet'])(
    '%j is refused and shown escaped',
    (given) => {
      expect(() => checkMethod(given)).toThrow(TypeError);
      expect(() => checkMethod(given)).toThrow(/^invalid method "[\x20-\x7e\u0080-\uffff]*": /);
    },
  );

  test('a letter whose capital is ASCII does not pass for one', () => {
    // 'ı'.toUpperCase() is 'I'.
    expect(() => checkMethod('optıons')).toThrow(TypeError);
  });
});

describe('a Host override', () => {
  test.for(['example.com', 'example.com:8080', '[::1]:80', '127.0.0.1', 'a_b.example', 'xn--bcher-kva.example'])('%s is taken', (host) =>
    expect(checkHost(host)).toBe(host),
  );
  test.for(['', 'a b', 'a/b', 'a\r\nX: y', 'user@host', 'a?b', 'a#b', 'a\\b', 'b\u00fccher', 'a"b', 'a<b>'])('%j is refused', (host) => {
    expect(() => checkHost(host)).toThrow(TypeError);
  });
});

describe('names and values', () => {
  test('a name is given back as it came', () => expect(checkFieldName('X-Foo')).toBe('X-Foo'));
  test('a bad name is shown', () => expect(() => checkFieldName('x\ny')).toThrow(String.raw`invalid header name "x\ny"`));
  test('a value is trimmed', () => expect(checkFieldValue('a', '\t b c \r\n')).toBe('b c'));
  test('the place of a bad character is told, and its code', () => {
    expect(() => checkFieldValue('a', 'se\u0000cret')).toThrow('character 3 is U+0000');
  });
  test('a symbol is refused without being shown', () => {
    expect(() => checkFieldValue('a', Symbol('secret'))).toThrow(/^(?!.*secret).*"a"/);
  });
});

test.for([
  { text: '', trimmed: '' },
  { text: ' ', trimmed: '' },
  { text: ' \t\r\n', trimmed: '' },
  { text: 'a b', trimmed: 'a b' },
  { text: '\ta b ', trimmed: 'a b' },
  { text: '\u00a0a\f', trimmed: '\u00a0a\f' },
])('$text trimmed is $trimmed', ({ text, trimmed }) => expect(trimOws(text)).toBe(trimmed));

test('a long row of spaces is trimmed in linear time', () => {
  expect(trimOws(`a${' '.repeat(1_000_000)}b`)).toHaveLength(1_000_002);
});

test('text from outside is quoted, escaped and cut', () => {
  expect(shown('a"b\n\u007f')).toBe(String.raw`"a\"b\n\u007f"`);
  expect(shown('x'.repeat(1000))).toBe(`"${'x'.repeat(128)}…"`);
});
