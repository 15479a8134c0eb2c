import { frames } from '@roundtripper/testing';

import { answerOn } from './engine-bench.ts';
import { answered, goAway, refused, reset, taken, type Becomes, type FrameRow } from './row.ts';

const OK = answerOn(1);
const HEAD = frames.headers(1, { ':status': '200' });
const STATUS = { ':status': '200' };
const END = { endStream: true };
/** An answer of a request's that had come to its end before. */
const late = (...said: readonly string[]): Becomes => answered('ok', said);

const NEVER_OPENED: readonly { readonly name: string; readonly make: (streamId: number) => Buffer }[] = [
  { name: 'HEADERS', make: (streamId) => frames.headers(streamId, STATUS, END) },
  { name: 'DATA', make: (streamId) => frames.data(streamId, 'x') },
  { name: 'empty DATA', make: (streamId) => frames.data(streamId, '', END) },
  { name: 'RST_STREAM', make: (streamId) => frames.reset(streamId, 'CANCEL') },
  { name: 'WINDOW_UPDATE', make: (streamId) => frames.windowUpdate(streamId, 1) },
  { name: 'WINDOW_UPDATE by 0', make: (streamId) => frames.windowUpdate(streamId, 0) },
];

/** RFC 9113 §5.1 and §8.1: what may come on which stream, and when. */
export const STREAMS: readonly FrameRow[] = [
  ...NEVER_OPENED.flatMap(({ name, make }) =>
    [2, 5, 2 ** 31 - 1].map((streamId) => ({
      fact: `${name} on stream ${streamId}, which nobody has opened`,
      says: [make(streamId)],
      becomes: goAway('PROTOCOL_ERROR'),
    })),
  ),
  { fact: 'a push', says: [frames.pushPromise(1, 2, { ':method': 'GET' })], becomes: goAway('PROTOCOL_ERROR') },
  {
    fact: 'a push within the body',
    says: [HEAD, frames.pushPromise(1, 2, { ':method': 'GET' })],
    becomes: goAway('PROTOCOL_ERROR', 'body'),
  },
  { fact: 'DATA before the head', says: [frames.data(1, 'ok')], becomes: reset('PROTOCOL_ERROR') },
  { fact: 'DATA that ends the stream before the head', says: [frames.data(1, '', END)], becomes: reset('PROTOCOL_ERROR') },
  {
    fact: 'DATA after an interim head only',
    says: [frames.headers(1, { ':status': '103' }), frames.data(1, 'ok')],
    becomes: { ...reset('PROTOCOL_ERROR'), interim: [103] },
  },
  { fact: 'a head twice', says: [HEAD, HEAD], becomes: reset('PROTOCOL_ERROR', 'body') },
  {
    fact: 'a head twice, the second ending the stream',
    says: [HEAD, frames.headers(1, STATUS, END)],
    becomes: reset('PROTOCOL_ERROR', 'body'),
  },
  {
    fact: 'an interim head after the head',
    says: [HEAD, frames.headers(1, { ':status': '103' })],
    becomes: reset('PROTOCOL_ERROR', 'body'),
  },
  {
    fact: 'trailers that do not end the stream',
    says: [HEAD, frames.data(1, 'ok'), frames.headers(1, { a: 'b' })],
    becomes: reset('PROTOCOL_ERROR', 'body'),
  },
  {
    fact: 'trailers with a pseudo-field',
    says: [HEAD, frames.data(1, 'ok'), frames.headers(1, STATUS, END)],
    becomes: reset('PROTOCOL_ERROR', 'body'),
  },
  {
    fact: 'trailers with capital letters',
    says: [HEAD, frames.data(1, 'ok'), frames.headers(1, { 'X-Sum': '1' }, END)],
    becomes: reset('PROTOCOL_ERROR', 'body'),
  },
  {
    fact: 'trailers with a field of HTTP/1.1',
    says: [HEAD, frames.data(1, 'ok'), frames.headers(1, { connection: 'close' }, END)],
    becomes: reset('PROTOCOL_ERROR', 'body'),
  },
  {
    fact: 'trailers after trailers',
    says: [HEAD, frames.data(1, 'ok'), frames.headers(1, { a: 'b' }, END), frames.headers(1, { c: 'd' }, END)],
    becomes: late('RST_STREAM 1 STREAM_CLOSED'),
  },
  {
    fact: 'trailers, of which those are dropped that frame, route or authenticate',
    says: [HEAD, frames.data(1, 'ok'), frames.headers(1, { 'content-length': '99', 'x-sum': '1', 'set-cookie': 'a=b', 'host': 'x' }, END)],
    becomes: { said: [], seen: taken('ok', { trailers: [['x-sum', '1']] }) },
  },
  { fact: 'DATA after the end of the stream', says: [OK, frames.data(1, 'more')], becomes: late('RST_STREAM 1 STREAM_CLOSED') },
  {
    fact: 'DATA again and again after the end of the stream',
    says: [OK, ...Array.from({ length: 9 }, () => frames.data(1, 'more', { padding: 3 }))],
    becomes: late('RST_STREAM 1 STREAM_CLOSED'),
  },
  { fact: 'HEADERS after the end of the stream', says: [OK, frames.headers(1, STATUS)], becomes: late('RST_STREAM 1 STREAM_CLOSED') },
  {
    fact: 'HEADERS after the end of the stream: what they put into the table is there for the next',
    says: [
      OK,
      frames.headers(1, Buffer.from('@\x03new\x05field', 'latin1')),
      frames.headers(3, Buffer.of(0x88, 0xbe)),
      frames.data(3, 'ok', END),
    ],
    becomes: late('RST_STREAM 1 STREAM_CLOSED'),
  },
  {
    fact: 'HEADERS after the end of the stream that cannot be decoded',
    says: [OK, frames.headers(1, Buffer.of(0xff))],
    becomes: { ...goAway('COMPRESSION_ERROR'), seen: taken() },
  },
  {
    fact: 'WINDOW_UPDATE and RST_STREAM after the end of the stream',
    says: [OK, frames.windowUpdate(1, 5), frames.reset(1, 'NO_ERROR'), frames.windowUpdate(1, 0)],
    becomes: late(),
  },
  {
    fact: 'RST_STREAM again',
    says: [frames.reset(1, 'CANCEL'), frames.reset(1, 'CANCEL')],
    becomes: { said: [], seen: refused('stream-reset') },
  },
  {
    fact: 'DATA after RST_STREAM',
    says: [frames.reset(1, 'CANCEL'), frames.data(1, 'x')],
    becomes: { said: ['RST_STREAM 1 STREAM_CLOSED'], seen: refused('stream-reset') },
  },
  {
    fact: 'HEADERS after RST_STREAM',
    says: [HEAD, frames.reset(1, 'CANCEL'), frames.headers(1, { a: 'b' }, END)],
    becomes: { said: ['RST_STREAM 1 STREAM_CLOSED'], seen: refused('truncated', 'response-body') },
  },
  {
    fact: 'more on a stream that we have reset',
    says: [frames.data(1, 'x'), OK, frames.windowUpdate(1, 9), frames.windowUpdate(1, 0), frames.reset(1, 'CANCEL'), OK],
    becomes: reset('PROTOCOL_ERROR'),
  },
];
