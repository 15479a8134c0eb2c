import type { FrameConversation, FrameOf } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { until } from '../../test/exchanges.ts';
import { answer, FrameBench } from '../../test/frame-bench.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import type { RequestBodyInit } from '../contract/request-body.ts';

function dataOf(server: FrameConversation, streamId: number): FrameOf<'DATA'>[] {
  return server.all('DATA').filter((frame) => frame.streamId === streamId);
}

function bytesOf(server: FrameConversation, streamId: number): number {
  return dataOf(server, streamId).reduce((sum, { data }) => sum + data.length, 0);
}

/** Text whose every byte shows where it was. */
function pattern(bytes: number): string {
  return Array.from({ length: Math.ceil(bytes / 8) }, (_, at) => String(at).padStart(8, '0'))
    .join('')
    .slice(0, bytes);
}

/** Text in pieces, each asked for when there is room for it. */
function pieces(text: string, bytes: number): ReadableStream<string> {
  let at = 0;
  return new ReadableStream(
    {
      pull: (controller) => {
        if (at >= text.length) return controller.close();
        controller.enqueue(text.slice(at, at + bytes));
        at += bytes;
      },
    },
    { highWaterMark: 0 },
  );
}

describe('Go D.10: how a body is cut into frames', () => {
  test.for<{
    fact: string;
    method: string;
    body: RequestBodyInit | null;
    ends: readonly (readonly [type: string, bytes: number, end: boolean])[];
  }>([
    { fact: 'none: HEADERS end the stream', method: 'POST', body: null, ends: [['HEADERS', 0, true]] },
    { fact: 'an empty one, too', method: 'POST', body: '', ends: [['HEADERS', 0, true]] },
    {
      fact: 'bytes at hand: the last DATA ends it',
      method: 'POST',
      body: 'text',
      ends: [
        ['HEADERS', 0, false],
        ['DATA', 4, true],
      ],
    },
    {
      fact: 'more than a frame: 16 384 bytes each, as every peer takes them',
      method: 'PUT',
      body: pattern(40_000),
      ends: [
        ['HEADERS', 0, false],
        ['DATA', 16_384, false],
        ['DATA', 16_384, false],
        ['DATA', 7_232, true],
      ],
    },
    {
      fact: 'a stream: each chunk as it comes, and an empty DATA at the end',
      method: 'POST',
      body: pieces('onetwo', 3),
      ends: [
        ['HEADERS', 0, false],
        ['DATA', 3, false],
        ['DATA', 3, false],
        ['DATA', 0, true],
      ],
    },
    { fact: 'a stream of a GET that turns out to be empty', method: 'GET', body: pieces('', 1), ends: [['HEADERS', 0, true]] },
  ])('$fact', async ({ method, body, ends }) => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect({ method, body }, { MAX_FRAME_SIZE: 1_000_000 });
    await until(() => server.frames.some((frame) => 'endStream' in frame && frame.endStream));
    const sent = server.frames.filter((frame) => frame.type === 'HEADERS' || frame.type === 'DATA');
    expect(sent.map((frame) => [frame.type, 'data' in frame ? frame.data.length : 0, 'endStream' in frame && frame.endStream])).toEqual(
      ends,
    );
    await answer(server, streamId);
    expect(await (await response).text()).toBe('ok');
  });

  test('a chunk is sent as soon as it is there, whatever its size', async () => {
    await using bench = await FrameBench.open();
    let controller: ReadableStreamDefaultController<string> | undefined;
    const body = new ReadableStream<string>({ start: (stream) => void (controller = stream) });
    const { server, streamId, response } = await bench.connect({ method: 'POST', body });
    for (const text of ['a', 'bc', 'd']) {
      controller?.enqueue(text);
      expect((await server.next('DATA')).data.toString()).toBe(text);
    }
    controller?.close();
    expect(await server.next('DATA')).toMatchObject({ endStream: true });
    await answer(server, streamId);
    await (await response).text();
  });

  test.for([
    { fact: 'longer', length: '3', body: 'text', seen: 'at least 4 bytes, and 3 were declared' },
    { fact: 'shorter', length: '5', body: 'text', seen: 'only 4 bytes, and 5 were declared' },
  ])('a stream that is $fact than declared fails its request, and resets the stream', async ({ length, body, seen }) => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect({
      method: 'POST',
      headers: { 'Content-Length': length },
      body: pieces(body, 4),
    });
    const error = await rejectionOf(response);
    expect(error).toMatchObject({ code: 'request-body-length', phase: 'request', sent: 'partial' });
    expect(String(error)).toContain(seen);
    expect(await server.next('RST_STREAM')).toMatchObject({ streamId, code: 'CANCEL' });
    expect(dataOf(server, streamId).every(({ endStream }) => !endStream)).toBe(true);
    const next = await bench.begin(server);
    await answer(server, next.streamId);
    expect(await (await next.response).text()).toBe('ok');
  });
});

describe('Go D.10: how much may be sent', () => {
  test.for([
    { fact: 'a window of one byte', window: 1, bytes: 40 },
    { fact: 'a small window', window: 1_000, bytes: 50_000 },
    { fact: 'the window that there is at first', window: 65_535, bytes: 500_000 },
  ])('under $fact every byte arrives, in order, and not one too early', async ({ window, bytes }) => {
    await using bench = await FrameBench.open();
    const text = pattern(bytes);
    const server = await bench.warm({ INITIAL_WINDOW_SIZE: window });
    for (const body of [text, pieces(text, 7_000)]) {
      const { streamId, response } = await bench.begin(server, { method: 'POST', body });
      let received = '';
      for (let isOver = false; !isOver;) {
        const { data, endStream } = await server.next('DATA');
        expect(data.length).toBeLessThanOrEqual(window);
        received += data.toString();
        isOver = endStream;
        if (data.length === 0) continue;
        void server.windowUpdate(0, data.length);
        void server.windowUpdate(streamId, data.length);
      }
      expect(received === text).toBe(true);
      await answer(server, streamId);
      await (await response).text();
    }
  });

  test('the window of the connection is shared by all streams', async () => {
    await using bench = await FrameBench.open();
    const { server } = await bench.connect({ method: 'POST', body: pattern(50_000) });
    const second = await bench.begin(server, { method: 'POST', body: pattern(50_000) });
    await server.settle();
    expect([bytesOf(server, 1), bytesOf(server, second.streamId)]).toEqual([50_000, 15_535]);
    void server.windowUpdate(second.streamId, 100_000);
    await server.settle();
    expect(bytesOf(server, second.streamId)).toBe(15_535);
    void server.windowUpdate(0, 34_464);
    await server.settle();
    expect(bytesOf(server, second.streamId)).toBe(49_999);
    void server.windowUpdate(0, 1);
    await server.next('DATA', ({ streamId, endStream }) => streamId === second.streamId && endStream);
  });

  test('a stream without a window of its own does not hold up the others', async () => {
    await using bench = await FrameBench.open();
    const server = await bench.warm({ INITIAL_WINDOW_SIZE: 0 });
    const first = await bench.begin(server, { method: 'POST', body: 'one' });
    const second = await bench.begin(server, { method: 'POST', body: 'two' });
    void server.windowUpdate(second.streamId, 3);
    expect(await server.next('DATA')).toMatchObject({ streamId: second.streamId, endStream: true });
    void server.windowUpdate(first.streamId, 2);
    expect((await server.next('DATA')).data.toString()).toBe('on');
    void server.windowUpdate(first.streamId, 5);
    expect(await server.next('DATA')).toMatchObject({ streamId: first.streamId, endStream: true });
  });

  test('an end without data needs no window', async () => {
    await using bench = await FrameBench.open();
    const server = await bench.warm({ INITIAL_WINDOW_SIZE: 3 });
    const { streamId } = await bench.begin(server, { method: 'POST', body: pieces('one', 3) });
    await server.next('DATA', ({ endStream }) => endStream);
    expect(bytesOf(server, streamId)).toBe(3);
    void server.settings({ INITIAL_WINDOW_SIZE: 0 });
    const empty = await bench.begin(server, { method: 'POST', body: pieces('', 3) });
    const end = await server.next('DATA', (frame) => frame.streamId === empty.streamId);
    expect([end.data.length, end.endStream]).toEqual([0, true]);
  });

  test('trailers wait for the body, which waits for its window', async () => {
    await using bench = await FrameBench.open();
    const server = await bench.warm({ INITIAL_WINDOW_SIZE: 2 });
    const { streamId } = await bench.begin(server, { method: 'POST', body: 'text', trailers: { 'X-Sum': '4' } });
    await server.settle();
    expect(server.all('HEADERS')).toHaveLength(2);
    void server.windowUpdate(streamId, 2);
    expect(await server.next('HEADERS')).toMatchObject({ streamId, endStream: true, fields: [['x-sum', '4']] });
    expect(bytesOf(server, streamId)).toBe(4);
  });
});

describe('Go D.5 and D.10: windows that SETTINGS change', () => {
  test('a larger one lets all open streams go on', async () => {
    await using bench = await FrameBench.open();
    const server = await bench.warm({ INITIAL_WINDOW_SIZE: 10 });
    const first = await bench.begin(server, { method: 'POST', body: pattern(100) });
    const second = await bench.begin(server, { method: 'POST', body: pieces(pattern(100), 30) });
    await server.settle();
    expect([bytesOf(server, first.streamId), bytesOf(server, second.streamId)]).toEqual([10, 10]);
    void server.settings({ INITIAL_WINDOW_SIZE: 60 });
    await until(() => bytesOf(server, first.streamId) === 60 && bytesOf(server, second.streamId) === 60);
    await server.settle();
    expect([bytesOf(server, first.streamId), bytesOf(server, second.streamId)]).toEqual([60, 60]);
    void server.settings({ INITIAL_WINDOW_SIZE: 100 });
    for (const { streamId } of [first, second]) await server.next('DATA', (frame) => frame.streamId === streamId && frame.endStream);
  });

  test('a smaller one may leave less than nothing, which updates have to make up for (RFC 9113 §6.9.2)', async () => {
    await using bench = await FrameBench.open();
    const server = await bench.warm({ INITIAL_WINDOW_SIZE: 50 });
    const { streamId } = await bench.begin(server, { method: 'POST', body: pattern(100) });
    await server.settle();
    expect(bytesOf(server, streamId)).toBe(50);
    void server.settings({ INITIAL_WINDOW_SIZE: 20 });
    void server.windowUpdate(streamId, 30);
    await server.settle();
    expect(bytesOf(server, streamId)).toBe(50);
    void server.windowUpdate(streamId, 1);
    await server.settle();
    expect(bytesOf(server, streamId)).toBe(51);
    void server.settings({ INITIAL_WINDOW_SIZE: 0 });
    void server.settings({ INITIAL_WINDOW_SIZE: 69 });
    await server.next('DATA', ({ endStream }) => endStream);
    expect(bytesOf(server, streamId)).toBe(100);
  });

  test('a stream that waits for the connection’s window, too', async () => {
    await using bench = await FrameBench.open();
    const { server } = await bench.connect({ method: 'POST', body: pattern(65_535) });
    const second = await bench.begin(server, { method: 'POST', body: pattern(100) });
    await server.settle();
    expect(bytesOf(server, second.streamId)).toBe(0);
    void server.settings({ INITIAL_WINDOW_SIZE: 0 });
    void server.windowUpdate(0, 1_000);
    await server.settle();
    expect(bytesOf(server, second.streamId)).toBe(0);
    void server.windowUpdate(second.streamId, 40);
    void server.settings({ INITIAL_WINDOW_SIZE: 60 });
    await server.next('DATA', ({ streamId, endStream }) => streamId === second.streamId && endStream);
  });
});

describe('Go D.10: uploads that share a connection', () => {
  test('take turns, frame by frame', async () => {
    await using bench = await FrameBench.open();
    const server = await bench.warm({ INITIAL_WINDOW_SIZE: 1_000_000 });
    const begun = await Promise.all(
      [pattern(500_000), pieces(pattern(500_000), 100_000), pattern(500_000)].map((body) => bench.begin(server, { method: 'POST', body })),
    );
    const ids = begun.map(({ streamId }) => streamId);
    await server.settle();
    const before = server.all('DATA').length;
    for (let count = 0; count < 30; count++) {
      void server.windowUpdate(0, 16_384);
      await server.settle();
    }
    const sent = server.all('DATA').slice(before);
    expect(new Set(sent.slice(0, 3).map(({ streamId }) => streamId)).size).toBe(3);
    for (const id of ids) {
      const bytes = sent.reduce((sum, { streamId, data }) => (streamId === id ? sum + data.length : sum), 0);
      // A third each, but for the frames that the end of a chunk cuts short.
      expect(Math.abs(bytes - 10 * 16_384)).toBeLessThan(2 * 16_384);
    }
  });

  test('one that came with much does not keep another from its turn', async () => {
    await using bench = await FrameBench.open();
    const server = await bench.warm({ INITIAL_WINDOW_SIZE: 2 ** 31 - 1 });
    const large = await bench.begin(server, { method: 'POST', body: pattern(2_000_000) });
    const small = await bench.begin(server, { method: 'POST', body: 'small' });
    await server.settle();
    expect(bytesOf(server, large.streamId)).toBe(65_535);
    void server.windowUpdate(0, 2 * 16_384);
    expect(await server.next('DATA', ({ streamId }) => streamId === small.streamId)).toMatchObject({ endStream: true });
    expect(bytesOf(server, large.streamId)).toBeLessThanOrEqual(65_535 + 2 * 16_384);
  });

  test('one that is cancelled leaves its turn to the others', async () => {
    await using bench = await FrameBench.open();
    const server = await bench.warm({ INITIAL_WINDOW_SIZE: 1_000_000 });
    const controller = new AbortController();
    const first = await bench.begin(server, { method: 'POST', body: pattern(100_000), signal: controller.signal });
    const second = await bench.begin(server, { method: 'POST', body: pattern(20_000) });
    controller.abort('enough');
    expect(await rejectionOf(first.response)).toBe('enough');
    void server.windowUpdate(0, 20_000);
    await server.next('DATA', ({ streamId, endStream }) => streamId === second.streamId && endStream);
    expect([bytesOf(server, first.streamId), bytesOf(server, second.streamId)]).toEqual([65_535, 20_000]);
    await answer(server, second.streamId);
    expect(await (await second.response).text()).toBe('ok');
  });

  test('a source is asked for no more than there is room for', async () => {
    await using bench = await FrameBench.open();
    let asked = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          asked += 1;
          controller.enqueue(Buffer.alloc(65_536));
        },
      },
      { highWaterMark: 0 },
    );
    const { server } = await bench.connect({ method: 'POST', body });
    await server.settle();
    await bench.clock.advance(0);
    const before = asked;
    expect(before).toBeLessThanOrEqual(5);
    await server.settle();
    expect(asked).toBe(before);
  });
});
