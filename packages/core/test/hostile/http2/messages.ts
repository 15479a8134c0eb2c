import { frames } from '@roundtripper/testing';

import { answerOn } from './engine-bench.ts';
import { answered, refused, reset, taken, type FrameRow } from './row.ts';

type Fields = readonly (readonly [string, string])[];

const END = { endStream: true };
const OK = answerOn(1);
const STATUS: readonly [string, string] = [':status', '200'];
const malformed = (fact: string, fields: Fields): FrameRow => ({
  fact,
  says: [frames.headers(1, fields, END)],
  becomes: reset('PROTOCOL_ERROR'),
});
const good = (fact: string, fields: Fields): FrameRow => ({
  fact,
  says: [frames.headers(1, fields), frames.data(1, 'ok', END)],
  becomes: answered(),
});
const withLength = (length: string, method?: string): Buffer =>
  frames.headers(1, [STATUS, ['content-length', length]], { endStream: method === 'HEAD' });
const data = (body: string): Buffer => frames.data(1, body, END);
const ILL_LENGTH = { said: ['RST_STREAM 1 PROTOCOL_ERROR'], seen: refused('truncated', 'response-body') };

const BAD_NAMES = ['', 'X-Upper', 'a b', 'a\0', 'a\r', 'a\n', 'a\t', 'a:b', 'a\x7f', 'a\xe9', '\x20a', 'a(', 'a"', 'a/b', '@a'];
const BAD_VALUES = ['a\0', 'a\rb', 'a\nb', '\r\n', 'a\x01', 'a\x7f', ' a', 'a ', '\ta', 'a\t', ' '];

/** RFC 9113 §8: a message that is malformed ends its stream, and nothing else. */
export const MESSAGES: readonly FrameRow[] = [
  ...BAD_NAMES.map((name) => malformed(`a field called ${JSON.stringify(name)}`, [STATUS, [name, 'x']])),
  ...BAD_VALUES.map((value) => malformed(`a field with the value ${JSON.stringify(value)}`, [STATUS, ['a', value]])),
  ...['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'te'].map((name) =>
    malformed(`the field ${name}`, [STATUS, [name, 'trailers']]),
  ),
  malformed('no field at all', []),
  malformed('no :status', [['a', 'b']]),
  malformed(':status twice', [STATUS, STATUS]),
  malformed(':status after a field', [['a', 'b'], STATUS]),
  ...['', 'abc', '0', '20', '099', '1000', '+20', '-20', '2e2', ' 200', '200 ', '0x20', '\xb2\xb2\xb2', '101'].map((status) =>
    malformed(`a :status of ${JSON.stringify(status)}`, [[':status', status]]),
  ),
  ...[':method', ':path', ':scheme', ':authority', ':protocol', ':unknown', ':'].flatMap((name) => [
    malformed(`${name} in a response`, [STATUS, [name, 'x']]),
    malformed(`${name} before :status`, [[name, 'x'], STATUS]),
  ]),
  { fact: 'an interim head that ends the stream', says: [frames.headers(1, { ':status': '103' }, END)], becomes: reset('PROTOCOL_ERROR') },
  { fact: '100 that ends the stream', says: [frames.headers(1, { ':status': '100' }, END)], becomes: reset('PROTOCOL_ERROR') },
  {
    fact: 'an interim head with a malformed field',
    says: [
      frames.headers(1, [
        [':status', '103'],
        ['A', 'b'],
      ]),
      OK,
    ],
    becomes: reset('PROTOCOL_ERROR'),
  },
  {
    fact: 'interim heads, with lengths that mean nothing',
    says: [frames.headers(1, { ':status': '103', 'content-length': '7' }), frames.headers(1, { ':status': '199' }), OK],
    becomes: { ...answered(), interim: [103, 199] },
  },
  good('a status of 599', [
    [':status', '200'],
    ['a', ''],
  ]),
  {
    fact: 'a status of 999',
    says: [frames.headers(1, { ':status': '999' }), data('ok')],
    becomes: { said: [], seen: taken('ok', { status: 999 }) },
  },
  good('bytes beyond ASCII in a value', [STATUS, ['a', 'caf\xe9']]),
  good('fields called __proto__ and constructor', [STATUS, ['__proto__', 'a'], ['constructor', 'b']]),
  good('a length twice, the same', [STATUS, ['content-length', '2'], ['content-length', '2']]),
  good('a length twice in one field', [STATUS, ['content-length', '2, 2']]),
  ...['', '+2', '-2', '0x2', '2e0', '2.0', 'abc', '2;x', '1 2', '2,', '2, 5', '9007199254740993', '18446744073709551618'].map((length) =>
    malformed(`a content-length of ${JSON.stringify(length)}`, [STATUS, ['content-length', length]]),
  ),
  malformed('two lengths', [STATUS, ['content-length', '2'], ['content-length', '5']]),
  { fact: 'a body shorter than its length', says: [withLength('5'), data('ok')], becomes: ILL_LENGTH },
  {
    fact: 'a body shorter than its length, that ends with trailers',
    says: [withLength('5'), frames.data(1, 'ok'), frames.headers(1, { a: 'b' }, END)],
    becomes: ILL_LENGTH,
  },
  {
    fact: 'a body shorter than its length, that ends with an empty frame',
    says: [withLength('5'), frames.data(1, 'ok'), data('')],
    becomes: ILL_LENGTH,
  },
  {
    fact: 'a length, and no body at all',
    says: [withLength('5', 'HEAD')],
    becomes: { said: ['RST_STREAM 1 PROTOCOL_ERROR'], seen: refused('truncated') },
  },
  { fact: 'a body longer than its length', says: [withLength('1'), data('ok')], becomes: reset('PROTOCOL_ERROR', 'body') },
  {
    fact: 'a body longer than its length, in its second frame',
    says: [withLength('2'), frames.data(1, 'ok'), data('!')],
    becomes: reset('PROTOCOL_ERROR', 'body'),
  },
  {
    fact: '204 without a body',
    says: [frames.headers(1, { ':status': '204' }, END)],
    becomes: { said: [], seen: taken('', { status: 204 }) },
  },
  {
    fact: '204 with an end of its own',
    says: [frames.headers(1, { ':status': '204' }), data('')],
    becomes: { said: [], seen: taken('', { status: 204 }) },
  },
  {
    fact: '204 with DATA: its caller has had it by then',
    says: [frames.headers(1, { ':status': '204' }), data('no')],
    becomes: { said: ['RST_STREAM 1 PROTOCOL_ERROR'], seen: taken('', { status: 204 }) },
  },
  {
    fact: '304 with a length and no DATA',
    says: [frames.headers(1, { ':status': '304', 'content-length': '99' }, END)],
    becomes: { said: [], seen: taken('', { status: 304 }) },
  },
  {
    fact: '304 with DATA',
    says: [frames.headers(1, { ':status': '304', 'content-length': '2' }), data('no')],
    becomes: { said: ['RST_STREAM 1 PROTOCOL_ERROR'], seen: taken('', { status: 304 }) },
  },
  { fact: 'HEAD with a length and no DATA', request: { method: 'HEAD' }, says: [withLength('99', 'HEAD')], becomes: answered('') },
  {
    fact: 'HEAD with DATA',
    request: { method: 'HEAD' },
    says: [withLength('2'), data('no')],
    becomes: { said: ['RST_STREAM 1 PROTOCOL_ERROR'], seen: taken('') },
  },
  {
    fact: 'a length of 0 with DATA',
    says: [withLength('0'), data('no')],
    becomes: { said: ['RST_STREAM 1 PROTOCOL_ERROR'], seen: taken('') },
  },
  {
    fact: 'a body larger than we take',
    options: { maxBodyBytes: 3 },
    says: [frames.headers(1, [STATUS]), data('four')],
    becomes: reset('CANCEL', 'body', 'response-limit'),
  },
  {
    fact: 'a length larger than we take',
    options: { maxBodyBytes: 3 },
    says: [withLength('4'), data('four')],
    becomes: reset('CANCEL', 'body', 'response-limit'),
  },
];
