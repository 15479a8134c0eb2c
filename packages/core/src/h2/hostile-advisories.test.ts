import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { frames } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { cpuRatio } from '../../test/hostile/cpu-ratio.ts';
import { Random } from '../../test/hostile/fuzz/random.ts';
import { answerOn, EngineBench, HELLO, textOf } from '../../test/hostile/http2/engine-bench.ts';
import { blockOf, raw } from '../../test/hpack-instructions.ts';
import { FRAME } from './frame-type.ts';

const STATUS = { ':status': '200' };
const HEAD = textOf([frames.headers(1, STATUS)]);
const OPEN_BLOCK = textOf([frames.headers(1, STATUS, { endHeaders: false })]);

/** A connection with a request on stream 1. */
function busyBench(): EngineBench {
  const bench = new EngineBench();
  bench.send();
  bench.feed(HELLO);
  return bench;
}

/** How many bytes of something that does not end a connection takes. */
async function swallowed(start: string, again: string): Promise<number> {
  const bench = busyBench();
  bench.feed(start);
  let bytes = start.length;
  while (bench.exchanges[0]?.told === 0 && bytes < 10_000_000) {
    bench.feed(again);
    bytes += again.length;
  }
  await bench.end();
  return bytes;
}

describe('CVE-2026-33814, GO-2026-4918: a frame size that nothing fits in', () => {
  test.for([0, 16_383, 2 ** 24])('%i is refused, and a head of 100 KiB is sent all the same', async (size) => {
    const bench = new EngineBench();
    const large = bench.send({ headers: { 'x-large': 'x'.repeat(102_400) } });
    bench.feed(frames.settings({ MAX_FRAME_SIZE: size }));
    bench.feed(frames.settings({ MAX_FRAME_SIZE: size }));
    expect(bench.said).toEqual(['GOAWAY PROTOCOL_ERROR']);
    expect(await large.seen).toMatchObject({ kind: 'refused', code: 'malformed-response' });
    const pieces = bench.written.filter(({ type }) => type === FRAME.HEADERS || type === FRAME.CONTINUATION);
    expect(pieces.length).toBeLessThan(10);
    expect(pieces.every(({ payload }) => payload.length <= 16_384)).toBe(true);
    await bench.end();
  });
});

describe('what does not end is refused once it is beyond its limit', () => {
  const field = (name: string, value: string): Buffer => blockOf([{ kind: 'plain', name: raw(name), value: raw(value) }]);
  const more = (block: Buffer): string => textOf([frames.continuation(1, block, { endHeaders: false })]);

  test.for([
    {
      ids: 'CVE-2023-45288, CVE-2024-28182, RUSTSEC-2024-0332',
      fact: 'CONTINUATION',
      start: OPEN_BLOCK,
      again: more(field('a', 'b')),
      limit: 200,
    },
    {
      ids: 'CVE-2023-45288, CVE-2024-28182, RUSTSEC-2024-0332',
      fact: 'CONTINUATION with nothing',
      start: OPEN_BLOCK,
      again: more(Buffer.of()),
      limit: 60,
    },
    {
      ids: 'CVE-2023-38039, CVE-2021-31525',
      fact: 'large CONTINUATION',
      start: OPEN_BLOCK,
      again: more(field('a', 'b'.repeat(16_000))),
      limit: 85_000,
    },
    { ids: 'CVE-2023-24534', fact: 'one value', start: OPEN_BLOCK, again: more(Buffer.alloc(16_384, 'x')), limit: 85_000 },
    { ids: 'CVE-2023-38039', fact: 'interim responses', start: '', again: textOf([frames.headers(1, { ':status': '103' })]), limit: 500 },
    {
      ids: 'CVE-2020-11080',
      fact: 'entries of SETTINGS',
      start: '',
      again: textOf([frames.settings(Array.from({ length: 33 }, () => [9, 9]))]),
      limit: 300,
    },
    {
      ids: 'CVE-2019-9518, RUSTSEC-2026-0258, GHSA-q83h-524g-xf6h',
      fact: 'DATA that brings nothing, before a head',
      start: '',
      again: textOf([frames.data(1, '')]),
      limit: 20,
    },
  ])('$ids: $fact', async ({ start, again, limit }) => {
    expect(await swallowed(start, again)).toBeLessThanOrEqual(limit);
  });

  test('RUSTSEC-2026-0258, GHSA-q83h-524g-xf6h: 400 000 empty DATA frames on a stream that nobody reads', async () => {
    const bench = new EngineBench();
    const exchange = bench.send({ isRead: false });
    bench.feed(HELLO + HEAD);
    await exchange.response;
    const flood = textOf([frames.data(1, '')]).repeat(400_000);
    const before = process.memoryUsage().heapUsed;
    bench.wire.feed(flood);
    bench.endTurn();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(10_000_000);
    expect(bench.said).toEqual(['SETTINGS ack', 'GOAWAY ENHANCE_YOUR_CALM']);
    await bench.end();
  });

  test('CVE-2019-9516: fields without name and value, which cost nothing to send', async () => {
    const bench = busyBench();
    bench.feed(frames.headers(1, Buffer.concat([Buffer.of(0x88), Buffer.alloc(15_000, Buffer.of(0x40, 0x00, 0x00))])));
    expect(await bench.exchanges[0]?.seen).toMatchObject({ code: 'response-limit' });
    expect(bench.said.slice(1)).toEqual(['RST_STREAM 1 ENHANCE_YOUR_CALM']);
    await bench.end();
  });

  test('CVE-2019-9511: a window that grows by one byte has one byte sent, and no more', async () => {
    const bench = new EngineBench();
    bench.feed(textOf([frames.settings({ INITIAL_WINDOW_SIZE: 0 }), frames.settingsAck()]));
    bench.send({ method: 'POST', body: 'x'.repeat(2_000) });
    for (let count = 0; count < 1_000; count++) bench.feed(frames.windowUpdate(1, 1));
    const data = bench.written.filter(({ type }) => type === FRAME.DATA);
    expect(data.map(({ payload }) => payload.length)).toEqual(Array.from({ length: 1_000 }, () => 1));
    await bench.end();
  });

  test('CVE-2019-9517: a peer that opens its windows and does not read has us hold a quarter of a MiB, not all', async () => {
    const bench = new EngineBench();
    bench.feed(HELLO + textOf([frames.settings({ INITIAL_WINDOW_SIZE: 2 ** 31 - 1 }), frames.windowUpdate(0, 2 ** 31 - 1 - 65_535)]));
    bench.wire.hasRoom = false;
    let taken = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          taken += 65_536;
          controller.enqueue(new Uint8Array(65_536));
        },
      },
      { highWaterMark: 0 },
    );
    bench.send({ method: 'POST', body });
    for (let turns = 0; turns < 200; turns++) {
      await new Promise(setImmediate);
      bench.endTurn();
    }
    expect(taken).toBeLessThan(1_500_000);
    await bench.end();
  });
});

test('CVE-2022-41723, RUSTSEC-2023-0085: a size update that is cut is a compression error, wherever the frames are cut', async () => {
  for (const parts of [
    [frames.headers(1, Buffer.of(0x3f))],
    [frames.headers(1, Buffer.of(0x3f), { endHeaders: false }), frames.continuation(1, Buffer.of())],
  ]) {
    const bench = busyBench();
    bench.feed(textOf(parts));
    expect(bench.said.slice(1)).toEqual(['GOAWAY COMPRESSION_ERROR']);
    await bench.end();
  }
});

test('CVE-2018-1000005: trailers of any size are read as they are', async () => {
  for (let length = 0; length < 300; length++) {
    const bench = busyBench();
    bench.feed(HEAD + textOf([frames.headers(1, { 'x-sum': 'x'.repeat(length) }, { endStream: true })]));
    expect(await bench.exchanges[0]?.seen).toMatchObject({ kind: 'taken', trailers: [['x-sum', 'x'.repeat(length)]] });
    await bench.end();
  }
});

test('CVE-2024-2398, CVE-2025-23085, CVE-2026-21714: nothing is left of streams that are cancelled, nor of connections that end in any state, be they thousands', async () => {
  const child = fileURLToPath(new URL('../../test/hostile/http2/heap-child.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=source', '--expose-gc', child]);
  const grown: unknown = JSON.parse(stdout);
  if (typeof grown !== 'object' || grown === null) throw new TypeError('the child says nothing');
  expect(Object.keys(grown)).toEqual(['cancelled', 'ended']);
  // Of 3 000 streams and 1 260 connections: what one of them leaves behind has thousands.
  expect(Object.entries(grown).filter(([, bytes]) => !(bytes < 500_000))).toEqual([]);
});

test('CVE-2024-2398: a push is refused', async () => {
  const bench = busyBench();
  bench.feed(frames.pushPromise(1, 2, { ':method': 'GET', ':path': '/', ':scheme': 'http', ':authority': 'x' }));
  expect(bench.said.slice(1)).toEqual(['GOAWAY PROTOCOL_ERROR']);
  await bench.end();
});

test('CVE-2026-27135: after an error nothing that comes is looked at, be it 1 MiB of anything', async () => {
  const bench = busyBench();
  bench.feed(frames.data(0, 'x'));
  const { written } = bench.wire;
  const random = new Random(20_260_101);
  for (let count = 0; count < 256; count++) bench.feed(Buffer.from(Array.from({ length: 4_096 }, () => random.below(256))));
  for (let count = 0; count < 100; count++) bench.feed(answerOn(1) + textOf([frames.goAway(0), frames.ping()]));
  expect(bench.wire.written).toBe(written);
  await bench.end();
});

describe('time is linear in what comes', () => {
  const fed = (text: string, pieceBytes: number) => (): void => {
    const bench = new EngineBench();
    bench.send().response.catch(() => {});
    bench.feed(HELLO);
    for (let at = 0; at < text.length; at += pieceBytes) bench.wire.feed(text.slice(at, at + pieceBytes));
    bench.connection.close('aborted');
    bench.wire.close();
  };

  test('CVE-2025-61724, CVE-2018-12121: a head that comes byte by byte', () => {
    const head = (length: number): string => textOf([frames.headers(1, { ...STATUS, a: 'x'.repeat(length) })]);
    expect(cpuRatio((length) => fed(head(length), 1), 1_900)).toBeLessThan(4);
  });

  test('CVE-2018-12121: a body of frames of one byte', () => {
    const body = (count: number): string => HEAD + textOf([frames.data(1, 'x')]).repeat(count);
    expect(cpuRatio((count) => fed(body(count), 65_536), 5_000)).toBeLessThan(4);
  });

  test('CVE-2018-12121: a body that comes byte by byte', () => {
    const body = (length: number): string => HEAD + textOf([frames.data(1, Buffer.alloc(length))]);
    expect(cpuRatio((length) => fed(body(length), 1), 2_000)).toBeLessThan(4);
  });
});

test('CVE-2026-42507, CVE-2025-58189: what a peer says comes into a message escaped and shortened', async () => {
  const words = ['\x1b[31mred\x1b[0m', '\n\nGET / HTTP/1.1', 'x'.repeat(5_000), '\u0085\u00a0\u00ad'];
  const places: readonly ((word: string) => string)[] = [
    (word) => HELLO + textOf([frames.goAway(0, 'INTERNAL_ERROR', word)]),
    (word) => HELLO + HEAD + textOf([frames.goAway(1, 'NO_ERROR', word)]),
    (word) =>
      HELLO +
      textOf([
        frames.headers(1, [
          [':status', '200'],
          [`A${word}`, 'b'],
        ]),
      ]),
    (word) =>
      HELLO +
      textOf([
        frames.headers(1, [
          [':status', '200'],
          [word, `\0${word}`],
        ]),
      ]),
    (word) => HELLO + textOf([frames.headers(1, [[`:${word}`, 'b']])]),
    (word) => HELLO + textOf([frames.headers(1, { ':status': word })]),
    (word) => HELLO + textOf([frames.headers(1, { ...STATUS, 'content-length': word })]),
    (word) => `HTTP/1.1 400 ${word}\r\n\r\n`,
    (word) => word,
  ];
  for (const word of words) {
    for (const place of places) {
      const bench = new EngineBench();
      const exchange = bench.send();
      bench.feed(place(word));
      bench.wire.end();
      const seen = await exchange.seen;
      expect(seen).toMatchObject({ kind: 'refused' });
      const message = seen.kind === 'refused' ? seen.message : '';
      expect(message).toMatch(/^http:\/\/peer\.test: [ -~\xa0-\xff…]{1,300}$/);
      expect(message).not.toContain('\x1b');
      expect(message.length).toBeLessThan(350);
      await bench.end();
    }
  }
});
