import { frames } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { FrameLog, frameCuts, readFrames, type FrameEvent } from '../../test/read-frames.ts';
import { DEFAULT_FRAME_LIMITS, FrameReader } from './frame-reader.ts';
import { ConnectionError } from './http2-error.ts';

const text = (...parts: readonly (Buffer | string)[]): string =>
  parts.map((part) => (typeof part === 'string' ? part : part.toString('latin1'))).join('');

const SETTINGS = frames.settings();
const block = (bytes: number): Buffer => Buffer.alloc(bytes, 0x61);
const data = (streamId: number, content: string, paddingBytes = 0, isEndStream = false): FrameEvent => ({
  kind: 'data',
  streamId,
  flowBytes: content.length + paddingBytes,
  data: content,
  end: { paddingBytes, isEndStream },
});
const headers = (streamId: number, content: string, isEndStream = false): FrameEvent => ({
  kind: 'headers',
  streamId,
  isEndStream,
  block: content,
});
const hello: FrameEvent = { kind: 'settings', settings: [] };

interface Read {
  readonly fact: string;
  readonly bytes: readonly (Buffer | string)[];
  readonly events: readonly FrameEvent[];
}

describe('reads, however the bytes are cut', () => {
  test.for<Read>([
    { fact: 'DATA', bytes: [frames.data(1, 'hello')], events: [data(1, 'hello')] },
    { fact: 'DATA that ends its stream', bytes: [frames.data(1, 'hello', { endStream: true })], events: [data(1, 'hello', 0, true)] },
    {
      fact: 'empty DATA',
      bytes: [frames.data(1, ''), frames.data(3, '', { endStream: true })],
      events: [data(1, ''), data(3, '', 0, true)],
    },
    { fact: 'padded DATA', bytes: [frames.data(1, 'hello', { padding: 3, endStream: true })], events: [data(1, 'hello', 4, true)] },
    { fact: 'DATA padded with 0 bytes', bytes: [frames.data(1, 'hello', { padding: 0 })], events: [data(1, 'hello', 1)] },
    { fact: 'DATA of padding alone', bytes: [frames.data(1, '', { padding: 255 })], events: [data(1, '', 256)] },
    { fact: 'DATA of a pad length alone', bytes: [frames.data(1, '', { padding: 0 })], events: [data(1, '', 1)] },
    { fact: 'DATA of 16,384 bytes', bytes: [frames.data(1, 'x'.repeat(16_384))], events: [data(1, 'x'.repeat(16_384))] },
    {
      fact: 'DATA of 16,384 bytes with padding',
      bytes: [frames.data(1, 'x'.repeat(16_384 - 256), { padding: 255 })],
      events: [data(1, 'x'.repeat(16_384 - 256), 256)],
    },
    { fact: 'HEADERS', bytes: [frames.headers(1, block(5))], events: [headers(1, 'aaaaa')] },
    {
      fact: 'HEADERS that end their stream',
      bytes: [frames.headers(1, block(5), { endStream: true })],
      events: [headers(1, 'aaaaa', true)],
    },
    { fact: 'HEADERS with nothing', bytes: [frames.headers(1, block(0))], events: [headers(1, '')] },
    { fact: 'HEADERS with padding', bytes: [frames.headers(1, block(5), { padding: 7 })], events: [headers(1, 'aaaaa')] },
    { fact: 'HEADERS with priority', bytes: [frames.headers(1, block(5), { priority: { dependsOn: 3 } })], events: [headers(1, 'aaaaa')] },
    {
      fact: 'HEADERS with both',
      bytes: [frames.headers(1, block(5), { padding: 7, priority: { isExclusive: true } })],
      events: [headers(1, 'aaaaa')],
    },
    { fact: 'HEADERS of 16,384 bytes', bytes: [frames.headers(1, block(16_384))], events: [headers(1, 'a'.repeat(16_384))] },
    {
      fact: 'a header block in pieces',
      bytes: [
        frames.headers(1, Buffer.from('ab'), { endHeaders: false, endStream: true, padding: 2 }),
        frames.continuation(1, Buffer.from('cd'), { endHeaders: false }),
        frames.continuation(1, Buffer.from('ef')),
      ],
      events: [headers(1, 'abcdef', true)],
    },
    {
      fact: 'a header block in eight CONTINUATION frames, one of them empty',
      bytes: [
        frames.headers(1, block(1), { endHeaders: false }),
        ...Array.from({ length: 7 }, () => frames.continuation(1, block(1), { endHeaders: false })),
        frames.continuation(1, block(0)),
        frames.headers(3, block(1), { endHeaders: false }),
        frames.continuation(3, block(0)),
      ],
      events: [headers(1, 'aaaaaaaa'), headers(3, 'a')],
    },
    {
      fact: 'SETTINGS',
      bytes: [
        frames.settings([
          ['MAX_CONCURRENT_STREAMS', 100],
          [0xff, 2 ** 32 - 1],
        ]),
        frames.settingsAck(),
      ],
      events: [
        {
          kind: 'settings',
          settings: [
            { id: 3, value: 100 },
            { id: 255, value: 2 ** 32 - 1 },
          ],
        },
        { kind: 'settings-ack' },
      ],
    },
    {
      fact: 'SETTINGS with 32 entries',
      bytes: [frames.settings(Array.from({ length: 32 }, () => [3, 7] as const))],
      events: [{ kind: 'settings', settings: Array.from({ length: 32 }, () => ({ id: 3, value: 7 })) }],
    },
    {
      fact: 'PING',
      bytes: [frames.ping('\x80\0\0\x01\xff\xff\xff\xff'), frames.pingAck('\0\0\0\x02\0\0\0\x03')],
      events: [
        { kind: 'ping', high: 0x8000_0001, low: 0xffff_ffff, isAck: false },
        { kind: 'ping', high: 2, low: 3, isAck: true },
      ],
    },
    {
      fact: 'GOAWAY',
      bytes: [frames.goAway(7), frames.goAway(2 ** 31 - 1, 'ENHANCE_YOUR_CALM', 'too_many\n"pings"')],
      events: [
        { kind: 'goaway', lastStreamId: 7, code: 'NO_ERROR', debugText: '' },
        { kind: 'goaway', lastStreamId: 2 ** 31 - 1, code: 'ENHANCE_YOUR_CALM', debugText: String.raw`"too_many\n\"pings\""` },
      ],
    },
    {
      fact: 'of the text of a GOAWAY so much as fits a message',
      bytes: [frames.goAway(7, 0xdead_beef, 'x'.repeat(5_000)), frames.ping('12345678')],
      events: [
        { kind: 'goaway', lastStreamId: 7, code: 'INTERNAL_ERROR', debugText: `"${'x'.repeat(128)}…"` },
        { kind: 'ping', high: 0x3132_3334, low: 0x3536_3738, isAck: false },
      ],
    },
    {
      fact: 'WINDOW_UPDATE',
      bytes: [frames.windowUpdate(0, 1), frames.windowUpdate(5, 2 ** 31 - 1)],
      events: [
        { kind: 'window-update', streamId: 0, increment: 1 },
        { kind: 'window-update', streamId: 5, increment: 2 ** 31 - 1 },
      ],
    },
    {
      fact: 'RST_STREAM',
      bytes: [frames.reset(5, 'REFUSED_STREAM'), frames.reset(7, 0x99)],
      events: [
        { kind: 'reset', streamId: 5, code: 'REFUSED_STREAM' },
        { kind: 'reset', streamId: 7, code: 'INTERNAL_ERROR' },
      ],
    },
    {
      fact: 'what it need not know, and goes on',
      bytes: [
        frames.priority(5),
        frames.frame({ type: 0x0a, streamId: 0, payload: 'ALTSVC' }),
        frames.frame({ type: 0xff, flags: 0xff, streamId: 9 }),
        frames.data(1, 'x'),
      ],
      events: [{ kind: 'ignored', type: 2 }, { kind: 'ignored', type: 10 }, { kind: 'ignored', type: 255 }, data(1, 'x')],
    },
    {
      fact: 'flags that a type does not have, and the reserved bit',
      bytes: [
        frames.frame({ type: 'DATA', flags: 0xf7, streamId: 2 ** 31 + 1, payload: 'x' }),
        frames.frame({ type: 'PING', flags: 0xfe, streamId: 2 ** 31, payload: '\0\0\0\0\0\0\0\0' }),
        frames.frame({ type: 'WINDOW_UPDATE', streamId: 3, payload: '\x80\0\0\x05' }),
        frames.frame({ type: 'GOAWAY', payload: '\x80\0\0\x05\0\0\0\0' }),
      ],
      events: [
        data(1, 'x', 0, true),
        { kind: 'ping', high: 0, low: 0, isAck: false },
        { kind: 'window-update', streamId: 3, increment: 5 },
        { kind: 'goaway', lastStreamId: 5, code: 'NO_ERROR', debugText: '' },
      ],
    },
    {
      fact: 'on after an error of one stream',
      bytes: [frames.windowUpdate(5, 0), frames.frame({ type: 'WINDOW_UPDATE', streamId: 7, payload: '\x80\0\0\0' }), frames.data(1, 'x')],
      events: [
        { kind: 'stream-error', streamId: 5, code: 'PROTOCOL_ERROR' },
        { kind: 'stream-error', streamId: 7, code: 'PROTOCOL_ERROR' },
        data(1, 'x'),
      ],
    },
    {
      fact: 'an answer as servers send it',
      bytes: [
        frames.settingsAck(),
        frames.headers(1, block(20)),
        frames.headers(3, block(20)),
        frames.data(1, 'one'),
        frames.data(3, 'three', { endStream: true }),
        frames.windowUpdate(0, 8),
        frames.data(1, '', { endStream: true }),
      ],
      events: [
        { kind: 'settings-ack' },
        headers(1, 'a'.repeat(20)),
        headers(3, 'a'.repeat(20)),
        data(1, 'one'),
        data(3, 'three', 0, true),
        { kind: 'window-update', streamId: 0, increment: 8 },
        data(1, '', 0, true),
      ],
    },
  ])('$fact', ({ bytes, events }) => {
    for (const pieces of frameCuts(text(SETTINGS, ...bytes))) {
      expect(readFrames(pieces)).toEqual({ events: [hello, ...events], error: undefined });
    }
  });
});

interface Refused {
  readonly fact: string;
  readonly bytes: readonly (Buffer | string)[];
  readonly code: string;
  /** What was told before it. Default: nothing. */
  readonly events?: readonly FrameEvent[];
}

const bad = (type: Parameters<typeof frames.frame>[0]['type'], bytes: number, streamId = 0, flags = 0): Buffer =>
  frames.frame({ type, flags, streamId, payload: '\0'.repeat(bytes) });
const only = (type: Parameters<typeof frames.frame>[0]['type'], length: number, streamId = 0): Buffer =>
  frames.frame({ type, streamId, length });

/** Only the first nine bytes: all of these are decided by them. */
const BY_HEADER: readonly Refused[] = [
  ...(
    [
      ['DATA', 16_385, 1],
      ['DATA', 2 ** 24 - 1, 1],
      ['HEADERS', 17_035, 1],
      ['CONTINUATION', 16_385, 1],
      ['PRIORITY', 4, 1],
      ['PRIORITY', 6, 1],
      ['RST_STREAM', 3, 1],
      ['RST_STREAM', 5, 1],
      ['SETTINGS', 5, 0],
      ['SETTINGS', 7, 0],
      ['SETTINGS', 16_386, 0],
      ['PING', 7, 0],
      ['PING', 9, 0],
      ['GOAWAY', 7, 0],
      ['GOAWAY', 0, 0],
      ['GOAWAY', 16_385, 0],
      ['WINDOW_UPDATE', 3, 0],
      ['WINDOW_UPDATE', 5, 1],
      [0x0b, 16_385, 0],
    ] as const
  ).map(([type, bytes, streamId]) => ({
    fact: `${type} of ${bytes} bytes`,
    bytes: [only(type, bytes, streamId)],
    code: 'FRAME_SIZE_ERROR',
  })),
  { fact: 'SETTINGS ACK with a payload', bytes: [bad('SETTINGS', 6, 0, 1)], code: 'FRAME_SIZE_ERROR' },
  { fact: 'padded DATA without a pad length', bytes: [bad('DATA', 0, 1, 8)], code: 'FRAME_SIZE_ERROR' },
  { fact: 'padded HEADERS without a pad length', bytes: [bad('HEADERS', 0, 1, 0x0c)], code: 'FRAME_SIZE_ERROR' },
  { fact: 'HEADERS too short for their priority', bytes: [bad('HEADERS', 4, 1, 0x24)], code: 'FRAME_SIZE_ERROR' },
  { fact: 'padded HEADERS too short for their priority', bytes: [bad('HEADERS', 5, 1, 0x2c)], code: 'FRAME_SIZE_ERROR' },
  ...(
    [
      ['DATA', 1],
      ['HEADERS', 1],
      ['PRIORITY', 5],
      ['RST_STREAM', 4],
      ['CONTINUATION', 1],
      ['PUSH_PROMISE', 5],
    ] as const
  ).map(([type, bytes]) => ({ fact: `${type} on no stream`, bytes: [only(type, bytes)], code: 'PROTOCOL_ERROR' })),
  ...(
    [
      ['SETTINGS', 0],
      ['PING', 8],
      ['GOAWAY', 8],
    ] as const
  ).map(([type, bytes]) => ({ fact: `${type} on a stream`, bytes: [only(type, bytes, 1)], code: 'PROTOCOL_ERROR' })),
  { fact: 'PUSH_PROMISE', bytes: [only('PUSH_PROMISE', 100, 1)], code: 'PROTOCOL_ERROR' },
  { fact: 'CONTINUATION of nothing', bytes: [only('CONTINUATION', 1, 1)], code: 'PROTOCOL_ERROR' },
  {
    fact: 'CONTINUATION after the end of a block',
    bytes: [frames.headers(1, block(1)), only('CONTINUATION', 1, 1)],
    code: 'PROTOCOL_ERROR',
    events: [headers(1, 'a')],
  },
  { fact: 'SETTINGS with 33 entries', bytes: [only('SETTINGS', 33 * 6)], code: 'ENHANCE_YOUR_CALM' },
  { fact: 'SETTINGS with 1,000 entries', bytes: [only('SETTINGS', 6_000)], code: 'ENHANCE_YOUR_CALM' },
];

const OPEN_BLOCK = frames.headers(1, block(3), { endHeaders: false });

const IN_A_BLOCK: readonly Refused[] = [
  ...(
    [
      ['DATA', frames.data(1, 'x')],
      ['HEADERS', frames.headers(1, block(1))],
      ['HEADERS of another stream', frames.headers(3, block(1))],
      ['CONTINUATION of another stream', frames.continuation(3, block(1))],
      ['PRIORITY', frames.priority(1)],
      ['RST_STREAM', frames.reset(1, 'CANCEL')],
      ['SETTINGS', frames.settings()],
      ['SETTINGS ACK', frames.settingsAck()],
      ['PING', frames.ping()],
      ['GOAWAY', frames.goAway(1)],
      ['WINDOW_UPDATE', frames.windowUpdate(0, 1)],
      ['WINDOW_UPDATE by 0', frames.windowUpdate(1, 0)],
      ['an unknown type', frames.frame({ type: 0xaa, streamId: 1 })],
    ] as const
  ).map(([name, bytes]) => ({ fact: `${name} inside a header block`, bytes: [OPEN_BLOCK, bytes], code: 'PROTOCOL_ERROR' })),
  {
    fact: 'nine CONTINUATION frames',
    bytes: [OPEN_BLOCK, ...Array.from({ length: 9 }, () => frames.continuation(1, block(1), { endHeaders: false }))],
    code: 'ENHANCE_YOUR_CALM',
  },
  {
    fact: 'a second empty CONTINUATION frame',
    bytes: [OPEN_BLOCK, ...Array.from({ length: 2 }, () => frames.continuation(1, block(0), { endHeaders: false }))],
    code: 'ENHANCE_YOUR_CALM',
  },
  {
    fact: 'a second empty CONTINUATION frame though it is the last',
    bytes: [OPEN_BLOCK, frames.continuation(1, block(0), { endHeaders: false }), frames.continuation(1, block(0))],
    code: 'ENHANCE_YOUR_CALM',
  },
  {
    fact: '200 empty CONTINUATION frames, the last of them the end',
    bytes: [OPEN_BLOCK, ...Array.from({ length: 200 }, (_, at) => frames.continuation(1, block(0), { endHeaders: at === 199 }))],
    code: 'ENHANCE_YOUR_CALM',
  },
];

const BY_PAYLOAD: readonly Refused[] = [
  {
    fact: 'DATA of padding that is longer than it',
    bytes: [frames.frame({ type: 'DATA', flags: 8, streamId: 1, payload: '\x02ab'.slice(0, 2) })],
    code: 'PROTOCOL_ERROR',
    events: [{ kind: 'data', streamId: 1, flowBytes: 2, data: '', end: undefined }],
  },
  {
    fact: 'DATA of padding that is as long as it',
    bytes: [frames.frame({ type: 'DATA', flags: 8, streamId: 1, payload: '\x03ab' })],
    code: 'PROTOCOL_ERROR',
    events: [{ kind: 'data', streamId: 1, flowBytes: 3, data: '', end: undefined }],
  },
  {
    fact: 'HEADERS of padding that is as long as they',
    bytes: [frames.frame({ type: 'HEADERS', flags: 0x0c, streamId: 1, payload: '\x03ab' })],
    code: 'PROTOCOL_ERROR',
  },
  {
    fact: 'HEADERS of padding that leaves no room for their priority',
    bytes: [frames.frame({ type: 'HEADERS', flags: 0x2c, streamId: 1, payload: '\x02\0\0\0\0\x10x' })],
    code: 'PROTOCOL_ERROR',
  },
  { fact: 'a WINDOW_UPDATE of the connection by 0', bytes: [frames.windowUpdate(0, 0)], code: 'PROTOCOL_ERROR' },
  {
    fact: 'a WINDOW_UPDATE of the connection by 0 with the reserved bit',
    bytes: [frames.frame({ type: 'WINDOW_UPDATE', payload: '\x80\0\0\0' })],
    code: 'PROTOCOL_ERROR',
  },
];

describe('refuses, however the bytes are cut', () => {
  test.for([...BY_HEADER, ...IN_A_BLOCK, ...BY_PAYLOAD])('$fact', ({ bytes, code, events = [] }) => {
    for (const pieces of frameCuts(text(SETTINGS, ...bytes))) {
      const { error, events: told } = readFrames(pieces);
      expect(told).toEqual([hello, ...events]);
      expect(error).toMatchObject({ code });
      expect(error?.message).not.toMatch(/[^ -~]/);
    }
  });

  test.for(BY_HEADER)('$fact: by its first nine bytes', ({ bytes, code }) => {
    const sent = text(SETTINGS, ...bytes);
    const last = bytes.at(-1)?.length ?? 0;
    expect(readFrames([sent.slice(0, sent.length - last + 9)]).error).toMatchObject({ code });
    expect(readFrames([sent.slice(0, sent.length - last + 8)]).error).toBeUndefined();
  });
});

describe('keeps to what a header block may take', () => {
  const MAX = 100;
  const inPieces = (sizes: readonly number[]): string =>
    text(
      SETTINGS,
      ...sizes.map((bytes, at) => {
        const endHeaders = at === sizes.length - 1;
        return at === 0 ? frames.headers(1, block(bytes), { endHeaders }) : frames.continuation(1, block(bytes), { endHeaders });
      }),
    );

  test.for([[100], [50, 50], [0, 100], [1, 1, 98]].map((sizes) => ({ sizes })))('$sizes bytes are just what it may take', ({ sizes }) => {
    for (const pieces of frameCuts(inPieces(sizes))) {
      expect(readFrames(pieces, MAX)).toMatchObject({ events: [hello, headers(1, 'a'.repeat(100))], error: undefined });
    }
  });

  test.for([[101], [50, 51], [0, 101], [1, 1, 99], [99, 1, 1]].map((sizes) => ({ sizes })))(
    '$sizes bytes are one too many',
    ({ sizes }) => {
      for (const pieces of frameCuts(inPieces(sizes))) {
        expect(readFrames(pieces, MAX)).toMatchObject({ events: [hello], error: { code: 'ENHANCE_YOUR_CALM' } });
      }
    },
  );

  test('before the frame that is too much has come', () => {
    const reader = new FrameReader(new FrameLog(), { ...DEFAULT_FRAME_LIMITS, maxBlockBytes: MAX });
    reader.feed(SETTINGS, 0, SETTINGS.length);
    const first = frames.headers(1, block(60), { endHeaders: false });
    reader.feed(first, 0, first.length);
    const next = frames.continuation(1, block(41));
    expect(() => reader.feed(next, 0, 9)).toThrow(expect.objectContaining({ code: 'ENHANCE_YOUR_CALM' }));
  });
});

describe('begins with SETTINGS', () => {
  test.for([
    { fact: 'HEADERS', bytes: frames.headers(1, block(3)) },
    { fact: 'an acknowledgement', bytes: frames.settingsAck() },
    { fact: 'PING', bytes: frames.ping() },
    { fact: 'GOAWAY', bytes: frames.goAway(0, 'NO_ERROR', 'bye') },
    { fact: 'WINDOW_UPDATE', bytes: frames.windowUpdate(0, 5) },
    { fact: 'an unknown type', bytes: frames.frame({ type: 0x22 }) },
    { fact: 'zeros', bytes: Buffer.alloc(9) },
  ])('$fact first is refused', ({ bytes }) => {
    for (const pieces of frameCuts(text(bytes, SETTINGS))) {
      expect(readFrames(pieces)).toMatchObject({ events: [], error: { code: 'PROTOCOL_ERROR' } });
    }
  });

  test.for([
    { fact: 'an answer in HTTP/1.1', bytes: 'HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n', says: '"HTTP/1.1 400 Bad Request"' },
    { fact: 'an answer in HTTP/1.0', bytes: 'HTTP/1.0 505 \x1b[2J\x7f\n', says: String.raw`"HTTP/1.0 505 \u001b[2J\u007f"` },
    { fact: 'a status line without end', bytes: `HTTP/1.1 ${'4'.repeat(5_000)}`, says: `"HTTP/1.1 ${'4'.repeat(119)}…"` },
    { fact: 'as little of one as can be', bytes: 'HTTP/1.', says: '"HTTP/1."' },
  ])('$fact is refused, and quoted', ({ bytes, says }) => {
    const { events, error } = readFrames([bytes]);
    expect(events).toEqual([]);
    expect(error).toMatchObject({ code: 'PROTOCOL_ERROR', message: `the peer answered HTTP/1.x: ${says}` });
    for (const pieces of frameCuts(bytes)) expect(readFrames(pieces).error?.message).toMatch(/^the peer answered HTTP\/1\.x: "HTTP\/1\./);
  });

  test('what may become HTTP/1.x is waited for', () => {
    expect(readFrames('HTTP/1'.split(''))).toEqual({ events: [], error: undefined });
    expect(readFrames([])).toEqual({ events: [], error: undefined });
  });

  test.for([
    { fact: 'something like it', bytes: 'HTTP/2.0 200 OK\r\n', says: 'its first byte is 0x48' },
    { fact: 'one letter', bytes: 'Hx', says: 'its first byte is 0x48' },
    { fact: 'HTML', bytes: '<', says: 'its first byte is 0x3c' },
    { fact: 'a greeting', bytes: '220 mail.example ESMTP\r\n', says: 'its first byte is 0x32' },
    { fact: 'a TLS alert', bytes: '\x15\x03\x01\0\x02\x02\x46', says: 'TLS' },
    { fact: 'our own preface', bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', says: 'its first byte is 0x50' },
  ])('$fact is refused at once', ({ bytes, says }) => {
    for (const pieces of frameCuts(bytes)) {
      const { events, error } = readFrames(pieces);
      expect(events).toEqual([]);
      expect(error).toMatchObject({ code: 'PROTOCOL_ERROR' });
      expect(error?.message).toContain(says);
    }
  });
});

describe('stops', () => {
  const bytes = Buffer.from(
    text(SETTINGS, frames.headers(1, block(3)), frames.data(1, 'xy', { padding: 3 }), frames.data(1, ''), frames.ping()),
    'latin1',
  );

  /** Tells a log until one method was called, and stops the reader from within it. */
  function stoppedAt(method: keyof FrameLog): string[] {
    const told: string[] = [];
    const log = new Proxy(new FrameLog(), {
      get: (target, name, receiver): unknown => {
        const value: unknown = Reflect.get(target, name, receiver);
        if (typeof value !== 'function') return value;
        return () => {
          told.push(String(name));
          if (name === method) reader.stop();
        };
      },
    });
    const reader = new FrameReader(log, { ...DEFAULT_FRAME_LIMITS, maxBlockBytes: 100 });
    reader.feed(bytes, 0, bytes.length);
    reader.feed(bytes, 0, bytes.length);
    return told;
  }

  test.for([
    { method: 'onSettings', told: ['onSettings'] },
    { method: 'onHeaders', told: ['onSettings', 'onHeaders'] },
    { method: 'onDataFrame', told: ['onSettings', 'onHeaders', 'onDataFrame'] },
    { method: 'onData', told: ['onSettings', 'onHeaders', 'onDataFrame', 'onData'] },
    { method: 'onDataEnd', told: ['onSettings', 'onHeaders', 'onDataFrame', 'onData', 'onDataEnd'] },
  ] as const)('within $method: nothing is told any more', ({ method, told }) => {
    expect(stoppedAt(method)).toEqual(told);
  });

  test('within the beginning of empty DATA: its end is not told', () => {
    const told: string[] = [];
    const log = new FrameLog();
    const reader = new FrameReader(log, { ...DEFAULT_FRAME_LIMITS, maxBlockBytes: 100 });
    log.onDataFrame = () => {
      told.push('onDataFrame');
      reader.stop();
    };
    log.onDataEnd = () => told.push('onDataEnd');
    const sent = Buffer.concat([SETTINGS, frames.data(1, '')]);
    reader.feed(sent, 0, sent.length);
    expect(told).toEqual(['onDataFrame']);
  });

  test('after an error, its own or its receiver’s', () => {
    const log = new FrameLog();
    const reader = new FrameReader(log, { ...DEFAULT_FRAME_LIMITS, maxBlockBytes: 100 });
    log.onHeaders = () => {
      throw new ConnectionError('COMPRESSION_ERROR', 'not to be decoded');
    };
    expect(() => reader.feed(bytes, 0, bytes.length)).toThrow('not to be decoded');
    reader.feed(bytes, 0, bytes.length);
    expect(log.events).toEqual([hello]);
  });
});

test('a block that lies whole in one read is not copied, and data never is', () => {
  const seen: Buffer[] = [];
  const log = new FrameLog();
  log.onHeaders = (_, __, range) => seen.push(range.buffer);
  log.onData = (_, buffer) => seen.push(buffer);
  log.onDataEnd = () => {};
  const reader = new FrameReader(log, { ...DEFAULT_FRAME_LIMITS, maxBlockBytes: 100 });
  const sent = Buffer.concat([SETTINGS, frames.headers(1, block(3), { padding: 3 }), frames.data(1, 'hello')]);
  reader.feed(sent, 0, sent.length - 2);
  const rest = Buffer.from(sent.subarray(sent.length - 2));
  reader.feed(rest, 0, 2);
  expect(seen).toHaveLength(3);
  expect(seen[0]).toBe(sent);
  expect(seen[1]).toBe(sent);
  expect(seen[2]).toBe(rest);
});
