import { frames, type FrameConversation } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { until } from '../../test/exchanges.ts';
import { answer, FrameBench } from '../../test/frame-bench.ts';
import { rejectionOf } from '../../test/rejection-of.ts';

const WINDOW = 200_000;
/** What is held for a reader that has not come, before its producer is held back. */
const HELD = 65_536;

/** A connection's window, as its server sees it. */
class Ledger {
  readonly #server: FrameConversation;
  readonly #before: number;
  sent = 0;

  constructor(server: FrameConversation) {
    this.#server = server;
    this.#before = this.#updates();
  }

  /** What the client has given back so far. */
  get refunded(): number {
    return this.#updates() - this.#before;
  }

  data(streamId: number, bytes: number | string, options: frames.DataOptions = {}): void {
    const data = typeof bytes === 'string' ? Buffer.from(bytes) : Buffer.alloc(bytes, 'x');
    const padding = options.padding === undefined ? 0 : options.padding + 1;
    // In frames that may be as large as frames may be.
    const size = 16_384 - padding;
    for (let at = 0; at === 0 || at < data.length; at += size) {
      const isLast = at + size >= data.length;
      const part = data.subarray(at, at + size);
      this.sent += part.length + padding;
      void this.#server.data(streamId, part, { ...options, endStream: isLast && options.endStream });
    }
  }

  #updates(): number {
    const updates = this.#server.all('WINDOW_UPDATE').filter(({ streamId }) => streamId === 0);
    return updates.reduce((sum, { increment }) => sum + increment, 0);
  }
}

interface Flow {
  readonly bench: FrameBench;
  readonly server: FrameConversation;
  readonly ledger: Ledger;
}

/** Updates come in batches: at the moment of one, all that was sent must have been given back, to the last byte. */
async function expectFull({ bench, server, ledger }: Flow): Promise<void> {
  const { streamId, response } = await bench.begin(server);
  void server.headers(streamId, { ':status': '200' });
  const text = (await response).text();
  const before = ledger.refunded;
  const isDue = (): boolean => ledger.refunded > before;
  for (let count = 0; count < 20 && !isDue(); count++) {
    ledger.data(streamId, 10_000);
    await server.settle();
  }
  expect(isDue()).toBe(true);
  expect(ledger.refunded).toBe(ledger.sent);
  await server.data(streamId, '', { endStream: true });
  await text;
}

describe('Go D.10: every byte of the connection’s window comes back', () => {
  interface Row {
    readonly fact: string;
    readonly run: (flow: Flow) => Promise<void>;
    readonly maxResponseBodyBytes?: number;
  }

  /** A response of which nobody reads. */
  async function unread({ bench, server, ledger }: Flow, bytes: number, signal?: AbortSignal): ReturnType<FrameBench['begin']> {
    const begun = await bench.begin(server, { signal });
    void server.headers(begun.streamId, { ':status': '200' });
    ledger.data(begun.streamId, bytes);
    await server.settle();
    return begun;
  }

  test.for<Row>([
    {
      fact: 'what was read',
      run: async ({ bench, server, ledger }) => {
        const { streamId, response } = await bench.begin(server);
        void server.headers(streamId, { ':status': '200' });
        const text = (await response).text();
        ledger.data(streamId, 12_345, { endStream: true });
        expect(await text).toHaveLength(12_345);
      },
    },
    {
      fact: 'padding, of frames with data and without (Go issue 16556)',
      run: async ({ bench, server, ledger }) => {
        const { streamId, response } = await bench.begin(server);
        void server.headers(streamId, { ':status': '200' });
        const text = (await response).text();
        for (let count = 0; count < 20; count++) {
          ledger.data(streamId, '', { padding: 255 });
          ledger.data(streamId, 'ab', { padding: 255 });
          ledger.data(streamId, 'c', { padding: 0 });
        }
        ledger.data(streamId, '', { padding: 7, endStream: true });
        expect(await text).toBe('abc'.repeat(20));
      },
    },
    {
      fact: 'what was held for a reader that disposes of it (Go issue 16481)',
      run: async (flow) => {
        const { response } = await unread(flow, HELD + 50_000);
        await (await response).dispose();
      },
    },
    {
      fact: 'what was held when its request was aborted',
      run: async (flow) => {
        const controller = new AbortController();
        const { response } = await unread(flow, HELD + 50_000, controller.signal);
        await response;
        controller.abort();
      },
    },
    {
      fact: 'what was held when the server reset the stream',
      run: async (flow) => {
        const { response, streamId } = await unread(flow, HELD + 50_000);
        void flow.server.reset(streamId, 'INTERNAL_ERROR');
        expect(await rejectionOf((await response).text())).toMatchObject({ code: 'truncated' });
      },
    },
    {
      fact: 'what is held when the body has come to its end, read or not',
      run: async (flow) => {
        const { response, streamId } = await unread(flow, HELD + 50_000);
        flow.ledger.data(streamId, 1, { endStream: true });
        await flow.server.settle();
        await expectFull(flow);
        expect(await (await response).text()).toHaveLength(HELD + 50_001);
      },
    },
    {
      fact: 'what a late reader takes, once it has come',
      run: async (flow) => {
        const { response, streamId } = await unread(flow, HELD + 50_000);
        const text = (await response).text();
        flow.ledger.data(streamId, 1, { endStream: true });
        expect(await text).toHaveLength(HELD + 50_001);
      },
    },
    {
      fact: 'of a body that is larger than we take',
      maxResponseBodyBytes: 1_000_000,
      run: async (flow) => {
        const { response, streamId } = await flow.bench.begin(flow.server);
        void flow.server.headers(streamId, { ':status': '200' });
        const text = rejectionOf((await response).text());
        for (let count = 0; count < 11; count++) {
          flow.ledger.data(streamId, 100_000, { padding: 3 });
          await flow.server.settle();
        }
        expect(await text).toMatchObject({ code: 'response-limit' });
      },
    },
    {
      fact: 'of a body that is longer than declared',
      run: async ({ bench, server, ledger }) => {
        const { streamId, response } = await bench.begin(server);
        void server.headers(streamId, { ':status': '200', 'content-length': '5' });
        const text = (await response).text();
        ledger.data(streamId, 9_000, { padding: 9 });
        expect(await rejectionOf(text)).toMatchObject({ code: 'malformed-response' });
      },
    },
    {
      fact: 'of a body where there can be none',
      run: async ({ bench, server, ledger }) => {
        const { streamId, response } = await bench.begin(server, { method: 'HEAD' });
        void server.headers(streamId, { ':status': '200', 'content-length': '5' });
        await response;
        ledger.data(streamId, 9_000, { padding: 9 });
      },
    },
    {
      fact: 'of DATA that comes before the head',
      run: async ({ bench, server, ledger }) => {
        const { streamId, response } = await bench.begin(server);
        ledger.data(streamId, 9_000, { padding: 9 });
        expect(await rejectionOf(response)).toMatchObject({ code: 'malformed-response' });
      },
    },
    {
      fact: 'of DATA that comes after the end, and on the streams before that',
      run: async ({ bench, server, ledger }) => {
        const { streamId, response } = await bench.begin(server);
        await answer(server, streamId, '');
        await (await response).text();
        for (const id of [streamId, 1]) ledger.data(id, 9_000, { padding: 9 });
      },
    },
    {
      fact: 'of a frame in whose middle the stream is cancelled',
      run: async ({ bench, server, ledger }) => {
        const controller = new AbortController();
        const { streamId, response } = await bench.begin(server, { signal: controller.signal });
        void server.headers(streamId, { ':status': '200' });
        await response;
        const frame = frames.data(streamId, Buffer.alloc(9_000), { padding: 200 });
        ledger.sent += 9_201;
        void server.raw(frame.subarray(0, 4_000));
        const text = bench.recorder;
        await until(() => text.kinds.includes('gotResponse'));
        controller.abort();
        await server.next('RST_STREAM');
        void server.raw(frame.subarray(4_000));
      },
    },
  ])('$fact', async ({ run, maxResponseBodyBytes = 0 }) => {
    const http2 = { maxReceiveBufferPerConnection: WINDOW, maxReceiveBufferPerStream: WINDOW };
    await using bench = await FrameBench.open({ maxResponseBodyBytes, http2 });
    const server = await bench.warm();
    const flow = { bench, server, ledger: new Ledger(server) };
    flow.ledger.sent += 2;
    await run(flow);
    await server.settle();
    await expectFull(flow);
    expect(bench.peer.connectionsOpened).toBe(1);
  });
});

describe('Go D.10: how much may be under way', () => {
  test('of a stream that nobody reads: its window and what is held, and not a byte more', async () => {
    await using bench = await FrameBench.open({ http2: { maxReceiveBufferPerStream: 100_000 } });
    const { server, streamId, response } = await bench.connect();
    const ledger = new Ledger(server);
    void server.headers(streamId, { ':status': '200' });
    const answered = await response;
    ledger.data(streamId, HELD);
    await server.settle();
    const updates = (): number[] =>
      server
        .all('WINDOW_UPDATE')
        .filter((frame) => frame.streamId === streamId)
        .map(({ increment }) => increment);
    // In frames of 16 KiB; the last of these is held, and is not given back.
    expect(updates()).toEqual([]);
    ledger.data(streamId, 100_000 - HELD);
    await server.settle();
    expect(updates()).toEqual([]);
    const text = answered.text();
    await server.settle();
    expect(updates()).toEqual([100_000]);
    ledger.data(streamId, 1, { endStream: true });
    expect(await text).toHaveLength(100_001);
  });

  test('a stream that nobody reads does not hold up another', async () => {
    await using bench = await FrameBench.open();
    const { server, response: first } = await bench.connect();
    void server.headers(1, { ':status': '200' });
    const ledger = new Ledger(server);
    ledger.data(1, 1_000_000);
    const slow = await first;
    const second = await bench.begin(server);
    void server.headers(second.streamId, { ':status': '200' });
    const text = (await second.response).text();
    for (let count = 0; count < 20; count++) {
      ledger.data(second.streamId, 500_000);
      await server.settle();
    }
    ledger.data(second.streamId, 1, { endStream: true });
    expect(await text).toHaveLength(10_000_001);
    ledger.data(1, 1, { endStream: true });
    expect(await slow.text()).toHaveLength(1_000_001);
  });

  test('nor do those that hold most of the window of the connection: what is left goes round', async () => {
    await using bench = await FrameBench.open({ http2: { maxReceiveBufferPerConnection: 100_000 } });
    const { server, response: first } = await bench.connect();
    void server.headers(1, { ':status': '200' });
    const slow = await first;
    const second = await bench.begin(server);
    void server.headers(second.streamId, { ':status': '200' });
    const text = (await second.response).text();
    const ledger = new Ledger(server);
    const left = (): number => 100_000 - ledger.sent + ledger.refunded;
    // Nobody reads the first, of which nothing comes back in the end.
    while (left() > 20_000) {
      ledger.data(1, 10_000);
      await server.settle();
    }
    for (let round = 0; round < 20; round++) {
      expect(left()).toBeGreaterThan(0);
      ledger.data(second.streamId, left());
      await server.settle();
    }
    void server.data(second.streamId, '', { endStream: true });
    expect((await text).length).toBeGreaterThan(100_000);
    void server.data(1, '', { endStream: true });
    expect((await slow.text()).length).toBeGreaterThan(100_000);
  });

  test('more than the window of a stream ends the stream', async () => {
    await using bench = await FrameBench.open({ http2: { maxReceiveBufferPerStream: 100_000 } });
    const { server, streamId, response } = await bench.connect();
    void server.headers(streamId, { ':status': '200' });
    const ledger = new Ledger(server);
    const answered = await response;
    ledger.data(streamId, 100_000);
    await server.settle();
    expect(server.all('RST_STREAM')).toEqual([]);
    ledger.data(streamId, 1);
    expect(await server.next('RST_STREAM')).toMatchObject({ streamId, code: 'FLOW_CONTROL_ERROR' });
    expect(await rejectionOf(answered.text())).toMatchObject({ code: 'malformed-response', phase: 'response-body' });
    const next = await bench.begin(server);
    await answer(server, next.streamId);
    expect(await (await next.response).text()).toBe('ok');
  });

  test('more than the window of the connection ends the connection', async () => {
    await using bench = await FrameBench.open({ http2: { maxReceiveBufferPerConnection: 100_000 } });
    const { server, streamId, response } = await bench.connect();
    const ledger = new Ledger(server);
    void server.headers(streamId, { ':status': '200' });
    const answered = await response;
    ledger.data(streamId, 100_000);
    await server.settle();
    // What it could do with is held by now.
    ledger.data(streamId, ledger.refunded);
    await server.settle();
    expect([bench.recorder.closeReasons, ledger.sent - ledger.refunded]).toEqual([[], 100_000]);
    ledger.data(streamId, 1);
    expect(await server.next('GOAWAY')).toMatchObject({ code: 'FLOW_CONTROL_ERROR' });
    expect(await rejectionOf(answered.text())).toMatchObject({ code: 'malformed-response', phase: 'response-body' });
  });

  test('DATA on a stream that was never opened ends the connection', async () => {
    await using bench = await FrameBench.open();
    const { server, response } = await bench.connect();
    void server.data(3, 'x');
    expect(await rejectionOf(response)).toMatchObject({ code: 'malformed-response' });
    expect(await server.next('GOAWAY')).toMatchObject({ code: 'PROTOCOL_ERROR' });
  });

  test.for([
    { fact: 'before the head', method: 'GET', head: undefined },
    { fact: 'in answer to HEAD', method: 'HEAD', head: { ':status': '200' } },
    { fact: 'with 204', method: 'GET', head: { ':status': '204' } },
    { fact: 'with 304', method: 'GET', head: { ':status': '304' } },
  ])('DATA $fact ends its stream with PROTOCOL_ERROR', async ({ method, head }) => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect({ method });
    if (head !== undefined) void server.headers(streamId, head);
    void server.data(streamId, 'x', { endStream: true });
    expect(await server.next('RST_STREAM')).toMatchObject({ streamId, code: 'PROTOCOL_ERROR' });
    if (head === undefined) expect(await rejectionOf(response)).toMatchObject({ code: 'malformed-response', phase: 'response-head' });
    else expect((await response).status).toBe(Number(head[':status']));
  });

  test.for([
    { fact: 'HEAD', method: 'HEAD', status: '200' },
    { fact: '204', method: 'GET', status: '204' },
    { fact: '304', method: 'GET', status: '304' },
  ])('an empty DATA may end an answer to $fact, whatever length it declares', async ({ method, status }) => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect({ method });
    void server.headers(streamId, { ':status': status, 'content-length': '5' });
    await server.data(streamId, '', { endStream: true });
    const answered = await response;
    expect([answered.status, await answered.text(), answered.contentLength]).toEqual([Number(status), '', 5]);
    await until(() => bench.transport.stats()[0]?.idle === 1);
    expect(server.all('RST_STREAM')).toEqual([]);
  });

  test.for([
    { fact: 'more than declared', declared: '3', body: 'text', code: 'malformed-response' },
    { fact: 'less', declared: '5', body: 'text', code: 'truncated' },
    { fact: 'nothing at all, by an empty DATA', declared: '5', body: '', code: 'truncated' },
  ])('a body of $fact fails its reader: $code (RFC 9113 §8.1.1)', async ({ declared, body, code }) => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect();
    void server.headers(streamId, { ':status': '200', 'content-length': declared });
    const text = (await response).text();
    void server.data(streamId, body, { endStream: true });
    expect(await rejectionOf(text)).toMatchObject({ code, phase: 'response-body' });
    await server.settle();
    const next = await bench.begin(server);
    await answer(server, next.streamId);
    expect(await (await next.response).text()).toBe('ok');
  });

  test('HEADERS that end the stream, although they declare a length, are no answer', async () => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect();
    void server.headers(streamId, { ':status': '200', 'content-length': '5' }, { endStream: true });
    expect(await rejectionOf(response)).toMatchObject({ code: 'truncated', sent: 'all' });
  });
});
