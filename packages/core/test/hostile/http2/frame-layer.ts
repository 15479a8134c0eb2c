import { frames, type FrameType } from '@roundtripper/testing';

import { answerOn } from './engine-bench.ts';
import { answered, goAway, type FrameRow } from './row.ts';

const OK = answerOn(1);
const PADDED = 0x8;
const END_HEADERS = 0x4;
const HEAD = frames.headers(1, { ':status': '200' });
/** The header of a frame alone: what it says is refused before a byte of its payload has come. */
const headerOf = (type: number, length: number, streamId: number, flags = 0): Buffer => frames.frame({ type, length, streamId, flags });

const WRONG_LENGTHS: readonly { readonly type: FrameType; readonly lengths: readonly number[]; readonly streamId: number }[] = [
  { type: 'PRIORITY', lengths: [0, 4, 6], streamId: 1 },
  { type: 'RST_STREAM', lengths: [0, 3, 5], streamId: 1 },
  { type: 'PING', lengths: [0, 7, 9], streamId: 0 },
  { type: 'WINDOW_UPDATE', lengths: [0, 3, 5], streamId: 0 },
  { type: 'WINDOW_UPDATE', lengths: [0, 3, 5], streamId: 1 },
  { type: 'SETTINGS', lengths: [1, 5, 7], streamId: 0 },
  { type: 'GOAWAY', lengths: [0, 4, 7], streamId: 0 },
];

/** RFC 9113 §4 and §6: where a frame may come, and how long it may be. */
export const FRAME_LAYER: readonly FrameRow[] = [
  { fact: 'DATA of 16 385 bytes', says: [HEAD, headerOf(0, 16_385, 1)], becomes: goAway('FRAME_SIZE_ERROR', 'body') },
  { fact: 'DATA of 16 MiB', says: [HEAD, headerOf(0, 2 ** 24 - 1, 1)], becomes: goAway('FRAME_SIZE_ERROR', 'body') },
  { fact: 'HEADERS of 17 035 bytes', says: [headerOf(1, 17_035, 1, END_HEADERS)], becomes: goAway('FRAME_SIZE_ERROR') },
  { fact: 'an unknown frame of 16 385 bytes', says: [headerOf(0xfa, 16_385, 0)], becomes: goAway('FRAME_SIZE_ERROR') },
  ...[
    { name: 'DATA', frame: frames.data(0, 'x') },
    { name: 'HEADERS', frame: frames.headers(0, { ':status': '200' }) },
    { name: 'PRIORITY', frame: frames.priority(0) },
    { name: 'RST_STREAM', frame: frames.reset(0, 'CANCEL') },
    { name: 'CONTINUATION', frame: frames.continuation(0, { a: 'b' }) },
    { name: 'PUSH_PROMISE', frame: frames.pushPromise(0, 2, { ':method': 'GET' }) },
  ].map(({ name, frame }) => ({ fact: `${name} on stream 0`, says: [frame], becomes: goAway('PROTOCOL_ERROR') })),
  ...[
    { name: 'PING', frame: frames.frame({ type: 'PING', streamId: 1, payload: '12345678' }) },
    { name: 'SETTINGS', frame: frames.frame({ type: 'SETTINGS', streamId: 1 }) },
    { name: 'GOAWAY', frame: frames.frame({ type: 'GOAWAY', streamId: 1, payload: '\0'.repeat(8) }) },
  ].map(({ name, frame }) => ({ fact: `${name} on a stream`, says: [frame], becomes: goAway('PROTOCOL_ERROR') })),
  ...WRONG_LENGTHS.flatMap(({ type, lengths, streamId }) =>
    lengths.map((length) => ({
      fact: `${type} of ${length} bytes on stream ${streamId}`,
      says: [frames.frame({ type, streamId, payload: '\0'.repeat(length) })],
      becomes: goAway('FRAME_SIZE_ERROR'),
    })),
  ),
  {
    fact: 'SETTINGS with ACK and a payload',
    says: [frames.frame({ type: 'SETTINGS', flags: 1, payload: '\0'.repeat(6) })],
    becomes: goAway('FRAME_SIZE_ERROR'),
  },
  { fact: 'an unknown type, on the connection', says: [frames.frame({ type: 0xfa, payload: 'whatever' }), OK], becomes: answered() },
  {
    fact: 'an unknown type with all flags, on a stream that is not open',
    says: [frames.frame({ type: 0xfa, streamId: 99, flags: 0xff, payload: 'x' }), OK],
    becomes: answered(),
  },
  {
    fact: 'PRIORITY, on streams that are open and that are not',
    says: [frames.priority(1), frames.priority(2), frames.priority(99), OK],
    becomes: answered(),
  },
  {
    fact: 'ALTSVC and ORIGIN',
    says: [frames.frame({ type: 0xa, payload: '\0\x02h2' }), frames.frame({ type: 0xc, payload: '\0\0' }), OK],
    becomes: answered(),
  },
  {
    fact: 'unknown flags',
    says: [
      frames.frame({ type: 'PING', flags: 0xfe, payload: '12345678' }),
      frames.frame({ type: 'WINDOW_UPDATE', flags: 0xff, streamId: 1, payload: '\0\0\0\x01' }),
      OK,
    ],
    becomes: answered('ok', ['PING ack']),
  },
  {
    fact: 'the reserved bit, of streams and in window updates',
    says: [
      frames.windowUpdate(2 ** 31, 1),
      frames.windowUpdate(0, 2 ** 31 + 1),
      frames.headers(2 ** 31 + 1, { ':status': '200' }),
      frames.data(2 ** 31 + 1, 'ok', { endStream: true }),
    ],
    becomes: answered(),
  },
  {
    fact: 'an unknown frame inside a header block',
    says: [frames.headers(1, { ':status': '200' }, { endHeaders: false }), frames.frame({ type: 0xfa })],
    becomes: goAway('PROTOCOL_ERROR'),
  },
  ...[
    { name: 'DATA of the same stream', frame: frames.data(1, 'x') },
    { name: 'HEADERS of another stream', frame: frames.headers(3, { ':status': '200' }) },
    { name: 'CONTINUATION of another stream', frame: frames.continuation(3, { a: 'b' }) },
    { name: 'PING', frame: frames.ping() },
    { name: 'SETTINGS', frame: frames.settings() },
    { name: 'GOAWAY', frame: frames.goAway(0) },
    { name: 'RST_STREAM', frame: frames.reset(1, 'CANCEL') },
    { name: 'WINDOW_UPDATE', frame: frames.windowUpdate(1, 1) },
    { name: 'PRIORITY', frame: frames.priority(1) },
  ].map(({ name, frame }) => ({
    fact: `${name} inside a header block`,
    says: [frames.headers(1, { ':status': '200' }, { endHeaders: false }), frame],
    becomes: goAway('PROTOCOL_ERROR'),
  })),
  { fact: 'CONTINUATION that continues nothing', says: [frames.continuation(1, { a: 'b' })], becomes: goAway('PROTOCOL_ERROR') },
  { fact: 'CONTINUATION after a whole block', says: [HEAD, frames.continuation(1, { a: 'b' })], becomes: goAway('PROTOCOL_ERROR', 'body') },
  {
    fact: 'a header block in three frames',
    says: [
      frames.headers(1, { ':status': '200' }, { endHeaders: false, padding: 3 }),
      frames.continuation(1, { a: 'b' }, { endHeaders: false }),
      frames.continuation(1, { c: 'd' }),
      frames.data(1, 'ok', { endStream: true }),
    ],
    becomes: answered(),
  },
  ...[1, 5, 255].flatMap((padding) => {
    const parts = { flags: PADDED | END_HEADERS, streamId: 1, payload: String.fromCharCode(padding) };
    return [
      {
        fact: `DATA of 1 byte with ${padding} bytes of padding`,
        says: [HEAD, frames.frame({ type: 'DATA', ...parts })],
        becomes: goAway('PROTOCOL_ERROR', 'body'),
      },
      {
        fact: `HEADERS of 1 byte with ${padding} bytes of padding`,
        says: [frames.frame({ type: 'HEADERS', ...parts })],
        becomes: goAway('PROTOCOL_ERROR'),
      },
    ];
  }),
  {
    fact: 'DATA of padding alone',
    says: [
      HEAD,
      frames.frame({ type: 'DATA', flags: PADDED, streamId: 1, payload: '\x04abcd' }),
      frames.data(1, 'ok', { endStream: true }),
    ],
    becomes: answered(),
  },
  {
    fact: 'DATA with more padding than it is long',
    says: [HEAD, frames.frame({ type: 'DATA', flags: PADDED, streamId: 1, payload: '\x05abcd' })],
    becomes: goAway('PROTOCOL_ERROR', 'body'),
  },
  {
    fact: 'DATA that is padded and has no room for the length of it',
    says: [HEAD, frames.frame({ type: 'DATA', flags: PADDED, streamId: 1 })],
    becomes: goAway('FRAME_SIZE_ERROR', 'body'),
  },
  {
    fact: 'HEADERS that are padded and have no room for the length of it',
    says: [frames.frame({ type: 'HEADERS', flags: PADDED | END_HEADERS, streamId: 1 })],
    becomes: goAway('FRAME_SIZE_ERROR'),
  },
  {
    fact: 'HEADERS with a priority and no room for it',
    says: [frames.frame({ type: 'HEADERS', flags: 0x20 | END_HEADERS, streamId: 1, payload: '1234' })],
    becomes: goAway('FRAME_SIZE_ERROR'),
  },
  {
    fact: 'padding and priority that are in order',
    says: [
      frames.headers(1, { ':status': '200' }, { padding: 9, priority: { dependsOn: 3, isExclusive: true } }),
      frames.data(1, 'ok', { padding: 255, endStream: true }),
    ],
    becomes: answered(),
  },
];
