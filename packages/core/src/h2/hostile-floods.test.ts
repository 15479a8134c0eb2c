import { frames } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { answerOn, EngineBench, HELLO, textOf } from '../../test/hostile/http2/engine-bench.ts';
import { DEFAULT_GLITCH_LIMITS } from './glitch-budget.ts';

const HEAD = frames.headers(1, { ':status': '200' });
const OPEN_BLOCK = frames.headers(1, { ':status': '200' }, { endHeaders: false });
const more = (bytes: number): Buffer => frames.continuation(1, Buffer.alloc(bytes, 'a'), { endHeaders: false });

/** Frames that a peer sends without an end. */
interface Flood {
  readonly id: string;
  readonly fact: string;
  /** What comes first. */
  readonly start: readonly (Uint8Array | string)[];
  readonly again: Uint8Array;
  /** The first of them that is too much. */
  readonly last: number;
  readonly said: readonly string[];
  /** Whether the peer takes nothing of what we say. Default false. */
  readonly isDeaf?: boolean;
}

const CALM = ['GOAWAY ENHANCE_YOUR_CALM'];
const LATE = ['RST_STREAM 1 STREAM_CLOSED', ...CALM];

/** The ids are those of the floods in CVE-2019-9511 to 9518, CVE-2024-28182 and their like, as they meet a client. */
const FLOODS: readonly Flood[] = [
  {
    id: 'F1, CVE-2023-45288, CVE-2024-28182, RUSTSEC-2024-0332',
    fact: 'CONTINUATION with data',
    start: [OPEN_BLOCK],
    again: more(1_000),
    last: 9,
    said: CALM,
  },
  {
    id: 'F1, CVE-2023-45288, CVE-2024-28182, RUSTSEC-2024-0332',
    fact: 'CONTINUATION of 16 KiB',
    start: [OPEN_BLOCK],
    again: more(16_384),
    last: 4,
    said: CALM,
  },
  {
    id: 'F2, CVE-2023-45288, CVE-2024-28182, RUSTSEC-2024-0332',
    fact: 'empty CONTINUATION',
    start: [OPEN_BLOCK],
    again: more(0),
    last: 2,
    said: CALM,
  },
  { id: 'F4, CVE-2019-9518', fact: 'empty DATA', start: [HEAD], again: frames.data(1, ''), last: 101, said: CALM },
  {
    id: 'F5, CVE-2019-9518',
    fact: 'DATA of padding alone',
    start: [HEAD],
    again: frames.data(1, '', { padding: 9 }),
    last: 101,
    said: CALM,
  },
  { id: 'F4', fact: 'empty DATA on a closed stream', start: [answerOn(1)], again: frames.data(1, ''), last: 101, said: LATE },
  { id: 'F8', fact: 'acknowledgements of SETTINGS', start: [], again: frames.settingsAck(), last: 1, said: ['GOAWAY PROTOCOL_ERROR'] },
  { id: 'F10', fact: 'WINDOW_UPDATE by 1', start: [], again: frames.windowUpdate(0, 1), last: 10_001, said: CALM },
  { id: 'F10', fact: 'WINDOW_UPDATE by 1, of a stream', start: [], again: frames.windowUpdate(1, 1), last: 10_001, said: CALM },
  { id: 'F11, CVE-2019-9513', fact: 'PRIORITY', start: [], again: frames.priority(1), last: 10_001, said: CALM },
  { id: 'F12', fact: 'frames of an unknown type', start: [], again: frames.frame({ type: 0xfa, payload: 'x' }), last: 10_001, said: CALM },
  { id: 'F13', fact: 'ALTSVC', start: [], again: frames.frame({ type: 0xa, payload: '\0\x02h2' }), last: 10_001, said: CALM },
  { id: 'F13', fact: 'ORIGIN', start: [], again: frames.frame({ type: 0xc }), last: 10_001, said: CALM },
  { id: 'F13', fact: 'GOAWAY', start: [frames.goAway(9)], again: frames.goAway(9), last: 10_000, said: CALM },
  { id: 'F14', fact: 'HEADERS on a closed stream', start: [answerOn(1)], again: HEAD, last: 10_001, said: LATE },
  { id: 'F14', fact: 'DATA on a closed stream', start: [answerOn(1)], again: frames.data(1, 'x'), last: 10_001, said: LATE },
  {
    id: 'F14, CVE-2019-9514',
    fact: 'RST_STREAM on a closed stream',
    start: [answerOn(1)],
    again: frames.reset(1, 'CANCEL'),
    last: 1_001,
    said: CALM,
  },
  {
    id: 'F14',
    fact: 'WINDOW_UPDATE by 0 on a closed stream',
    start: [answerOn(1)],
    again: frames.windowUpdate(1, 0),
    last: 10_001,
    said: CALM,
  },
  { id: 'PING', fact: 'answers to PINGs that nobody has sent', start: [], again: frames.pingAck('12345678'), last: 10_001, said: CALM },
  {
    id: 'F6',
    fact: 'PING, of which the answers are not read',
    start: [],
    again: frames.ping(),
    last: 1_001,
    said: ['PING ack'],
    isDeaf: true,
  },
  {
    id: 'F7',
    fact: 'SETTINGS, of which the acknowledgements are not read',
    start: [],
    again: frames.settings(),
    last: 1_001,
    said: ['PING ack'],
    isDeaf: true,
  },
];

/** A connection with a request on stream 1 and another on stream 3. */
function busyBench(): EngineBench {
  const bench = new EngineBench();
  bench.send();
  bench.send();
  bench.feed(HELLO);
  return bench;
}

/** The peer says it so often; each time in a turn of its own. */
function repeat(bench: EngineBench, frame: Uint8Array, times: number): void {
  const text = textOf([frame]);
  for (let count = 0; count < times && bench.connection.closeReason === undefined; count++) bench.feed(text);
}

test.for(FLOODS)('$id: $fact', async ({ start, again, last, said, isDeaf = false }) => {
  const bench = busyBench();
  const before = bench.said.length;
  for (const part of start) bench.feed(part);
  bench.wire.hasRoom = !isDeaf;
  // One write is taken, and what follows waits.
  if (isDeaf) bench.feed(frames.ping());
  repeat(bench, again, last - 1);
  expect(bench.connection.closeReason).toBeUndefined();
  bench.feed(again);
  expect(bench.connection.closeReason).toBe(said.includes('GOAWAY PROTOCOL_ERROR') ? 'malformed-response' : 'response-limit');
  expect(bench.said.slice(before)).toEqual(said);
  expect(bench.wire.isEnded).toBe(true);
  await bench.end();
});

test.for(FLOODS.filter(({ isDeaf }) => isDeaf !== true))('$id: $fact, all at once', async ({ start, again, last, said }) => {
  const bench = busyBench();
  const before = bench.said.length;
  bench.feed(textOf([...start, textOf([again]).repeat(last)]));
  expect(bench.connection.closeReason).toBe(said.includes('GOAWAY PROTOCOL_ERROR') ? 'malformed-response' : 'response-limit');
  expect(bench.said.slice(before)).toEqual(said);
  await bench.end();
});

test('F3: a header block that ends after 200 empty CONTINUATION frames', async () => {
  const bench = busyBench();
  bench.feed(textOf([OPEN_BLOCK, textOf([more(0)]).repeat(200), frames.continuation(1, {})]));
  expect(bench.connection.closeReason).toBe('response-limit');
  await bench.end();
});

test.for([
  { fact: 'one by one', isAtOnce: false },
  { fact: 'all at once', isAtOnce: true },
])('F9: interim responses, $fact: the stream ends at the 17th, and takes the others with it nowhere', async ({ isAtOnce }) => {
  const bench = busyBench();
  const interim = textOf([frames.headers(1, { ':status': '103' })]);
  if (isAtOnce) bench.feed(interim.repeat(1_000));
  else for (let count = 0; count < 1_000; count++) bench.feed(interim);
  expect(bench.said).toEqual(['SETTINGS ack', 'RST_STREAM 1 ENHANCE_YOUR_CALM']);
  expect(await bench.exchanges[0]?.seen).toMatchObject({ code: 'response-limit', phase: 'response-head', sent: 'all' });
  expect(bench.exchanges[0]?.interim).toHaveLength(16);
  bench.feed(answerOn(3));
  expect(await bench.exchanges[1]?.seen).toMatchObject({ kind: 'taken', body: 'ok' });
  await bench.end();
});

describe('F15, CVE-2023-44487, CVE-2025-8671, RUSTSEC-2024-0003: a peer that has us reset streams, and does not read', () => {
  test('by answers that are malformed', async () => {
    const bench = new EngineBench();
    bench.feed(HELLO);
    bench.wire.hasRoom = false;
    let answers = 0;
    for (; bench.connection.closeReason === undefined && answers < 5_000; answers++) {
      bench.send();
      bench.feed(frames.headers(2 * answers + 1, { ':status': 'what' }));
    }
    expect(answers).toBe(1_001);
    expect(bench.connection.closeReason).toBe('response-limit');
    await bench.end();
  });

  test('by DATA on streams that were closed long ago', async () => {
    const bench = new EngineBench();
    bench.feed(HELLO);
    for (let count = 0; count < 3_000; count++) {
      bench.send();
      bench.feed(answerOn(2 * count + 1));
    }
    bench.wire.hasRoom = false;
    bench.feed(frames.ping());
    let count = 0;
    for (; bench.connection.closeReason === undefined && count < 5_000; count++) bench.feed(frames.data(2 * (count % 3_000) + 1, 'x'));
    expect(count).toBe(1_001);
    await bench.end();
  });

  test('at once', async () => {
    const bench = new EngineBench();
    bench.feed(HELLO);
    for (let count = 0; count < 1_500; count++) {
      bench.send();
      bench.feed(answerOn(2 * count + 1));
    }
    bench.feed(textOf(Array.from({ length: 1_500 }, (_, at) => frames.data(2 * at + 1, 'x'))));
    expect(bench.connection.closeReason).toBe('response-limit');
    await bench.end();
  });
});

/** What looks like a flood and is none: a defence needs a test of its own that it leaves the others alone. */
describe('no flood', () => {
  test('are PINGs of which the answers are read', async () => {
    const bench = busyBench();
    repeat(bench, frames.ping(), 5_000);
    expect(bench.said).toHaveLength(5_001);
    await bench.end();
  });

  test('is what was under way on streams that were cancelled', async () => {
    const bench = new EngineBench();
    bench.feed(HELLO);
    for (let count = 0; count < 200; count++) {
      const { exchange, streamId } = bench.begin();
      exchange.controller.abort();
      const data = Array.from({ length: 64 }, () => frames.data(streamId, Buffer.alloc(1_000)));
      bench.feed(
        textOf([frames.headers(streamId, { ':status': '200' }), ...data, frames.headers(streamId, { a: 'b' }, { endStream: true })]),
      );
    }
    expect(bench.connection.closeReason).toBeUndefined();
    await bench.expectFullWindow();
    await bench.end();
  });

  /** So little that it is met soon. */
  const LITTLE = { glitches: { ...DEFAULT_GLITCH_LIMITS, burst: 50, perSecond: 0, resetBurst: 20, resetsPerSecond: 0 } };

  test('are the resets of a server that answers uploads before it has them', async () => {
    const bench = new EngineBench(LITTLE);
    bench.feed(HELLO);
    for (let count = 0; count < 200; count++) {
      const { streamId } = bench.begin({ method: 'POST', body: new ReadableStream() });
      bench.feed(textOf([frames.headers(streamId, { ':status': '413' }, { endStream: true }), frames.reset(streamId, 'NO_ERROR')]));
    }
    expect(bench.connection.closeReason).toBeUndefined();
    await bench.end();
  });

  test('are window updates for each of many uploads, each larger than all of it', async () => {
    const bench = new EngineBench(LITTLE);
    bench.feed(HELLO);
    for (let count = 0; count < 300; count++) {
      const { streamId } = bench.begin({ method: 'POST', body: 'x' });
      bench.feed(textOf([frames.windowUpdate(streamId, 1_000_000), answerOn(streamId)]));
    }
    expect(bench.connection.closeReason).toBeUndefined();
    await bench.end();
  });
});

test('DATA on a stream that was cancelled: more than its window is a flood', async () => {
  const bench = new EngineBench();
  bench.feed(HELLO);
  const { exchange, streamId } = bench.begin();
  exchange.controller.abort();
  bench.endTurn();
  const before = bench.said.length;
  repeat(bench, frames.data(streamId, Buffer.alloc(100)), 655 + 10_000);
  expect(bench.connection.closeReason).toBeUndefined();
  bench.feed(frames.data(streamId, Buffer.alloc(100)));
  expect(bench.said.slice(before)).toEqual(CALM);
  await bench.end();
});
