import { expect, test } from 'vitest';

import { listElements, responseFraming } from './framing.ts';
import type { FramingFields } from './section-parser.ts';

function fields(contentLength?: string, transferEncoding?: string): FramingFields {
  return { contentLength, transferEncoding, connection: undefined, keepAlive: undefined };
}

test.for([
  { fact: 'a HEAD response has no body, whatever it declares', method: 'HEAD', fields: fields('5'), framing: 'none', trusted: true },
  { fact: 'nor with a transfer coding', method: 'HEAD', fields: fields(undefined, 'chunked'), framing: 'none', trusted: true },
  { fact: 'a 204 has none', status: 204, fields: fields('5'), framing: 'none', trusted: true },
  { fact: 'a 304 has none', status: 304, fields: fields('5'), framing: 'none', trusted: true },
  {
    fact: 'a 204 with a transfer coding is not trusted',
    status: 204,
    fields: fields(undefined, 'chunked'),
    framing: 'none',
    trusted: false,
  },
  { fact: 'a 205 is framed like any other', status: 205, fields: fields('5'), framing: 'length', trusted: true },
  { fact: 'a length', fields: fields('5'), framing: 'length', trusted: true },
  { fact: 'a length with leading zeros', fields: fields('0000000005'), framing: 'length', trusted: true },
  { fact: 'a length of zero', fields: fields('0'), framing: 'length', trusted: true },
  { fact: 'the same length twice is not trusted', fields: fields('5, 5'), framing: 'length', trusted: false },
  { fact: 'chunked', fields: fields(undefined, 'chunked'), framing: 'chunked', trusted: true },
  { fact: 'chunked in any case', fields: fields(undefined, 'ChUnKeD'), framing: 'chunked', trusted: true },
  { fact: 'empty list elements do not count', fields: fields(undefined, ',chunked, ,'), framing: 'chunked', trusted: true },
  { fact: 'chunked wins over a length and is not trusted', fields: fields('5', 'chunked'), framing: 'chunked', trusted: false },
  { fact: 'chunked over HTTP/1.0 is not trusted', minor: 0, fields: fields(undefined, 'chunked'), framing: 'chunked', trusted: false },
  { fact: 'with neither field the body ends when the connection does', fields: fields(), framing: 'until-close', trusted: true },
])('$fact', (row) => {
  const framed = responseFraming(row.method ?? 'GET', row.status ?? 200, row.minor ?? 1, row.fields);
  expect(framed).toMatchObject({ kind: row.framing, isTrusted: row.trusted });
});

test.for([
  '-2',
  '+2',
  '0x2',
  '2e0',
  '2.0',
  '2_0',
  '2;x',
  '1 2',
  'abc',
  '',
  '2,',
  ',2',
  '2, 5',
  '9007199254740993',
  '18446744073709551618',
  '\u00a02',
  '2\u00a0',
  '2,\u00a02',
  '5 '.repeat(9),
])('refuses the Content-Length %j', (value) => {
  expect(responseFraming('GET', 200, 1, fields(value)).kind).toBe('invalid');
  expect(responseFraming('HEAD', 200, 1, fields(value)).kind).toBe('invalid');
  expect(responseFraming('GET', 200, 1, fields(value, 'chunked')).kind).toBe('invalid');
});

test.for([
  'identity',
  'gzip',
  'gzip, chunked',
  'chunked, identity',
  'chunked, chunked',
  '\u00a0chunked,',
  'chunked,\u00a0',
  'xchunked',
  'chunkedx',
  '"chunked"',
  'chunked;q=1',
  '',
])('refuses the Transfer-Encoding %j', (value) => {
  expect(responseFraming('GET', 200, 1, fields(undefined, value)).kind).toBe('invalid');
  expect(responseFraming('GET', 200, 1, fields('2', value)).kind).toBe('invalid');
});

test.for([
  ['', []],
  ['Close', ['close']],
  [' a ,B,, c ', ['a', 'b', 'c']],
] as const)('the list %j', ([text, elements]) => {
  expect(listElements(text)).toEqual(elements);
});
