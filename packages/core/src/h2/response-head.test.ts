import { describe, expect, test } from 'vitest';

import { asHead, asTrailers, expectedBytes, responseSection, type ResponseHead, type ResponseSection } from './response-head.ts';
import { withTrimmedValues } from './message-fields.ts';

type Fields = readonly (readonly [string, string])[];

const sectionOf = (...fields: Fields): ResponseSection => responseSection(fields.flat(), false);

function headOf(...fields: Fields): ResponseHead {
  const section = sectionOf(...fields);
  if (section.kind !== 'head') throw new Error(`not a head: ${JSON.stringify(section)}`);
  return section;
}

describe('a head', () => {
  test('has its status, its fields as they came, and its length', () => {
    const head = headOf(
      [':status', '200'],
      ['x-a', '1'],
      ['content-length', '5'],
      ['set-cookie', 'a=b'],
      ['x-a', 'caf\xe9 2'],
      ['x-empty', ''],
    );
    expect(head).toMatchObject({ status: 200, contentLength: 5 });
    expect([...head.headers.fields()]).toEqual([
      ['x-a', '1'],
      ['content-length', '5'],
      ['set-cookie', 'a=b'],
      ['x-a', 'caf\xe9 2'],
      ['x-empty', ''],
    ]);
    expect(head.headers.get('X-A')).toBe('1, caf\xe9 2');
  });

  test.for(['100', '103', '199', '200', '204', '599', '600', '799', '999'])('may have the status %s', (status) => {
    expect(headOf([':status', status])).toMatchObject({ status: Number(status), contentLength: undefined });
  });

  test.for<{ fact: string; fields: Fields; contentLength: number | undefined }>([
    { fact: 'nothing', fields: [], contentLength: undefined },
    { fact: '0', fields: [['content-length', '0']], contentLength: 0 },
    { fact: 'zeros before it', fields: [['content-length', '007']], contentLength: 7 },
    { fact: 'the largest there is', fields: [['content-length', '9007199254740991']], contentLength: 2 ** 53 - 1 },
    { fact: 'the same twice in a list', fields: [['content-length', '5, 5']], contentLength: 5 },
    {
      fact: 'the same in two fields',
      fields: [
        ['content-length', '5'],
        ['content-length', '5'],
      ],
      contentLength: 5,
    },
  ])('declares $fact', ({ fields, contentLength }) => {
    expect(headOf([':status', '200'], ...fields).contentLength).toBe(contentLength);
  });
});

const OK = [':status', '200'] as const;

describe('is malformed', () => {
  test.for<{ fact: string; fields: Fields }>([
    ...['', 'abc', '20', '099', '99', '1000', '+20', '-20', '2e2', ' 200', '200 ', '20\0', '２００', '000', '0x1', '20x'].map((status) => ({
      fact: `:status ${JSON.stringify(status)}`,
      fields: [[':status', status]] as const,
    })),
    { fact: ':status 101', fields: [[':status', '101']] },
    { fact: 'two of :status', fields: [OK, OK] },
    { fact: 'two of :status with others between', fields: [OK, ['a', 'b'], OK] },
    {
      fact: ':status after another field',
      fields: [['a', 'b'], OK],
    },
    { fact: 'a request’s pseudo-field before :status', fields: [[':path', '/'], OK] },
    ...[':path', ':method', ':scheme', ':authority', ':protocol', ':unknown', ':', ':Status', ':status '].map((name) => ({
      fact: `${JSON.stringify(name)} after :status`,
      fields: [OK, [name, '/']] as const,
    })),
    { fact: ':Status alone', fields: [[':Status', '200']] },
    ...['X-A', 'xA', '', 'a b', 'a:', 'a:b', ' a', 'a ', '\0', 'a\0', '\x1f', '\x7f', 'a\x80', '\xff', 'a\r\nb', '(a)', 'a"'].map(
      (name) => ({
        fact: `a name ${JSON.stringify(name)}`,
        fields: [OK, [name, 'x']] as const,
      }),
    ),
    ...['\0', 'a\0b', 'a\rb', 'a\nb', 'a\r\nb', '\n', ' ', '\t', ' a', 'a ', '\ta', 'a\t', 'a\x01b', 'a\x7fb', 'a\x1fb', 'a\u0100b'].map(
      (value) => ({
        fact: `a value ${JSON.stringify(value)}`,
        fields: [OK, ['x-a', value]] as const,
      }),
    ),
    ...['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'te'].map((name) => ({
      fact: `a field ${name}`,
      fields: [OK, [name, name === 'te' ? 'trailers' : 'close']] as const,
    })),
    ...['', '+2', '-2', 'abc', '2 2', '2,3', '2,', ',2', '2, abc', '0x2', '1e1', '9007199254740992', '18446744073709551618'].map(
      (length) => ({
        fact: `a content-length ${JSON.stringify(length)}`,
        fields: [OK, ['content-length', length]] as const,
      }),
    ),
    {
      fact: 'content-length twice, and not the same',
      fields: [OK, ['content-length', '2'], ['content-length', '3']],
    },
    {
      fact: 'content-length twice, once as a list',
      fields: [OK, ['content-length', '2'], ['content-length', '2, 3']],
    },
  ])('with $fact', ({ fields }) => {
    const section = asHead(sectionOf(...fields), false);
    expect(section).toMatchObject({ kind: 'malformed' });
    // What is said of it can stand in a message.
    const reason = section.kind === 'malformed' ? section.reason : '\n';
    expect(reason.split('').filter((character) => character < ' ' || character === '\u007f')).toEqual([]);
  });

  test.for<{ fact: string; fields: Fields; isEndStream: boolean }>([
    { fact: 'no field at all', fields: [], isEndStream: false },
    { fact: 'no :status', fields: [['a', 'b']], isEndStream: true },
    { fact: 'an interim status at the stream’s end', fields: [[':status', '103']], isEndStream: true },
    { fact: '100 at the stream’s end', fields: [[':status', '100']], isEndStream: true },
  ])('as a head with $fact', ({ fields, isEndStream }) => {
    expect(asHead(sectionOf(...fields), isEndStream)).toMatchObject({ kind: 'malformed' });
  });

  test.for<{ fact: string; fields: Fields; isEndStream: boolean }>([
    { fact: ':status', fields: [[':status', '200']], isEndStream: true },
    { fact: ':status, as a second head', fields: [[':status', '200']], isEndStream: false },
    { fact: 'another pseudo-field', fields: [[':path', '/']], isEndStream: true },
    {
      fact: 'a pseudo-field after others',
      fields: [
        ['a', 'b'],
        [':x', 'y'],
      ],
      isEndStream: true,
    },
    { fact: 'a capital letter', fields: [['X-Sum', '1']], isEndStream: true },
    { fact: 'a field of the connection', fields: [['transfer-encoding', 'chunked']], isEndStream: true },
    { fact: 'a NUL', fields: [['x-sum', '\0']], isEndStream: true },
    { fact: 'more to come', fields: [['x-sum', '1']], isEndStream: false },
    { fact: 'nothing in them and more to come', fields: [], isEndStream: false },
  ])('as trailers with $fact', ({ fields, isEndStream }) => {
    expect(asTrailers(sectionOf(...fields), isEndStream)).toMatchObject({ kind: 'malformed' });
  });
});

test('a head is a head, with or without a body', () => {
  const head = sectionOf([':status', '200']);
  expect([asHead(head, true), asHead(head, false)]).toEqual([head, head]);
  const interim = sectionOf([':status', '103'], ['link', 'x']);
  expect(asHead(interim, false)).toBe(interim);
});

test('trailers are what may come after a body, and those are what is left', () => {
  const section = asTrailers(
    sectionOf(['x-sum', '1'], ['set-cookie', 'a=b'], ['content-length', '9'], ['x-sum', '2'], ['x-age', 'age']),
    true,
  );
  if (section.kind !== 'trailers') throw new Error('not trailers');
  expect([...section.trailers.fields()]).toEqual([
    ['x-sum', '1'],
    ['x-sum', '2'],
    ['x-age', 'age'],
  ]);
  expect(asTrailers(sectionOf(), true)).toMatchObject({ kind: 'trailers' });
});

test('what is too large is neither', () => {
  const section = responseSection([':status', '200', 'BAD', '\0'], true);
  expect(section).toEqual({ kind: 'too-large' });
  expect([asHead(section, true), asTrailers(section, false)]).toEqual([section, section]);
});

test('whitespace around values can be forgiven', () => {
  const fields = [':status', '200', 'x-a', ' \tb \t', ' x', 'c'];
  expect(withTrimmedValues(fields)).toEqual([':status', '200', 'x-a', 'b', ' x', 'c']);
  const clean = [':status', '200', 'x-a', 'b c'];
  expect(withTrimmedValues(clean)).toBe(clean);
});

test.for<{ fact: string; method: string; status: string; length?: string; bytes: number | undefined }>([
  { fact: 'so much as is declared', method: 'GET', status: '200', length: '5', bytes: 5 },
  { fact: 'any number where nothing is declared', method: 'GET', status: '200', bytes: undefined },
  { fact: 'nothing to HEAD', method: 'HEAD', status: '200', length: '5', bytes: 0 },
  { fact: 'nothing with 304', method: 'GET', status: '304', length: '5', bytes: 0 },
  { fact: 'nothing with 204', method: 'GET', status: '204', bytes: 0 },
  { fact: 'nothing with 204 though it declares something', method: 'GET', status: '204', length: '5', bytes: 0 },
  { fact: 'any number through a tunnel', method: 'CONNECT', status: '200', length: '5', bytes: undefined },
  { fact: 'so much as is declared with a refused tunnel', method: 'CONNECT', status: '407', length: '5', bytes: 5 },
])('DATA adds up to $fact', ({ method, status, length, bytes }) => {
  const fields: Fields = length === undefined ? [] : [['content-length', length]];
  expect(expectedBytes(method, headOf([':status', status], ...fields))).toBe(bytes);
});
