import { frames } from '@roundtripper/testing';

import { answerOn } from './engine-bench.ts';
import { answered, goAway, reset, type FrameRow } from './row.ts';

const OK = answerOn(1);
const HEAD = frames.headers(1, { ':status': '200' });
const END = { endStream: true };
const MOST = 2 ** 31 - 1;
const INITIAL = 65_535;
/** So many bytes in frames as large as they may be. */
const data = (streamId: number, bytes: number): Buffer[] =>
  Array.from({ length: Math.ceil(bytes / 16_384) }, (_, at) =>
    frames.data(streamId, Buffer.alloc(Math.min(16_384, bytes - at * 16_384), 'x')),
  );
const zeros = (bytes: number): string => 'x'.repeat(bytes);
/** More than is held of a body that nobody has begun to read: what comes beyond that is not given back. */
const WINDOW = 131_072;
const HELD = 65_536;
const WIDE_STREAM = { connectionWindowBytes: WINDOW, streamWindowBytes: 2 * WINDOW };
const WIDE_CONNECTION = { connectionWindowBytes: 2 * WINDOW, streamWindowBytes: WINDOW };

/** RFC 9113 §5.2 and §6.9. */
export const FLOW_CONTROL: readonly FrameRow[] = [
  { fact: 'WINDOW_UPDATE by 0, of the connection', says: [frames.windowUpdate(0, 0)], becomes: goAway('PROTOCOL_ERROR') },
  { fact: 'WINDOW_UPDATE by 0, of a stream', says: [frames.windowUpdate(1, 0), OK], becomes: reset('PROTOCOL_ERROR') },
  {
    fact: 'WINDOW_UPDATE by 0, of a stream whose body is under way',
    says: [HEAD, frames.windowUpdate(1, 0), frames.data(1, 'ok', END)],
    becomes: reset('PROTOCOL_ERROR', 'body'),
  },
  {
    fact: 'a window of 2^31-1, of the connection and of a stream',
    says: [frames.windowUpdate(0, MOST - INITIAL), frames.windowUpdate(1, MOST - INITIAL), OK],
    becomes: answered(),
  },
  {
    fact: 'a window of the connection beyond 2^31-1',
    says: [frames.windowUpdate(0, MOST - INITIAL + 1)],
    becomes: goAway('FLOW_CONTROL_ERROR'),
  },
  {
    fact: 'a window of the connection beyond 2^31-1, in two',
    says: [frames.windowUpdate(0, MOST - INITIAL), frames.windowUpdate(0, 1)],
    becomes: goAway('FLOW_CONTROL_ERROR'),
  },
  {
    fact: 'a window of a stream beyond 2^31-1',
    says: [frames.windowUpdate(1, MOST - INITIAL + 1), OK],
    becomes: reset('FLOW_CONTROL_ERROR'),
  },
  {
    fact: 'a window of a stream beyond 2^31-1, in two',
    says: [frames.windowUpdate(1, MOST - INITIAL), frames.windowUpdate(1, 1), OK],
    becomes: reset('FLOW_CONTROL_ERROR'),
  },
  {
    fact: 'a window of a stream beyond 2^31-1, by SETTINGS',
    says: [frames.windowUpdate(1, MOST - INITIAL), frames.settings({ INITIAL_WINDOW_SIZE: INITIAL + 1 })],
    becomes: { ...goAway('FLOW_CONTROL_ERROR'), said: ['SETTINGS ack', 'GOAWAY FLOW_CONTROL_ERROR'] },
  },
  {
    fact: 'a stream’s window of 2^31-1 that SETTINGS make smaller and large again',
    says: [
      frames.windowUpdate(1, MOST - INITIAL),
      frames.settings({ INITIAL_WINDOW_SIZE: 0 }),
      frames.settings({ INITIAL_WINDOW_SIZE: INITIAL }),
      OK,
    ],
    becomes: answered('ok', ['SETTINGS ack', 'SETTINGS ack']),
  },
  {
    // What is held before its reader has come, a byte less than that at most, was given back.
    fact: 'a byte more than the connection’s window, and than what is held',
    options: WIDE_STREAM,
    says: [HEAD, ...data(1, WINDOW + HELD)],
    becomes: goAway('FLOW_CONTROL_ERROR', 'body'),
  },
  {
    fact: 'a byte more than a stream’s window',
    options: WIDE_CONNECTION,
    says: [HEAD, ...data(1, WINDOW + 1)],
    becomes: reset('FLOW_CONTROL_ERROR', 'body'),
  },
  {
    fact: 'two bytes of padding more than a stream’s window',
    options: WIDE_CONNECTION,
    says: [HEAD, ...data(1, WINDOW - 16_256), frames.data(1, zeros(16_000), { padding: 255 }), frames.data(1, '', { padding: 1 })],
    becomes: reset('FLOW_CONTROL_ERROR', 'body'),
  },
  {
    fact: 'a stream’s window, to the last byte',
    options: WIDE_CONNECTION,
    says: [HEAD, ...data(1, WINDOW), frames.data(1, '', END)],
    becomes: answered(zeros(WINDOW)),
  },
  {
    fact: 'the connection’s window, to the last byte',
    options: WIDE_STREAM,
    says: [HEAD, ...data(1, WINDOW), frames.data(1, '', END)],
    becomes: answered(zeros(WINDOW)),
  },
  {
    fact: 'padding alone, given back',
    says: [HEAD, ...Array.from({ length: 40 }, () => frames.data(1, 'x', { padding: 255 })), frames.data(1, '', END)],
    becomes: answered(zeros(40)),
  },
  { fact: 'DATA on a closed stream, given back', says: [OK, ...data(1, 40_000)], becomes: answered('ok', ['RST_STREAM 1 STREAM_CLOSED']) },
  {
    fact: 'DATA on a stream that we have reset, given back',
    says: [frames.data(1, 'x'), ...data(1, 40_000)],
    becomes: reset('PROTOCOL_ERROR'),
  },
  {
    fact: 'DATA on a stream that the peer has reset, given back',
    says: [HEAD, ...data(1, 9_000), frames.reset(1, 'CANCEL'), ...data(1, 9_000)],
    becomes: { ...reset('STREAM_CLOSED', 'body', 'truncated') },
  },
];
