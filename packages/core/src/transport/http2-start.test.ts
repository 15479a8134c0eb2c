import { frames, type ErrorCodeName, type FrameConversation } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { until } from '../../test/exchanges.ts';
import { answer, FrameBench } from '../../test/frame-bench.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import type { RoundTripErrorCode } from '../contract/round-trip-error.ts';
import type { TransportOptions } from './transport-options.ts';

describe('Go D.5: what a client says first', () => {
  test('SETTINGS, the window of the connection, and the request: nobody waits for the server', async () => {
    await using bench = await FrameBench.open();
    const response = bench.send();
    const server = await bench.peer.connection();
    const { streamId } = await server.next('HEADERS');
    expect(server.frames).toMatchObject([
      {
        type: 'SETTINGS',
        streamId: 0,
        ack: false,
        settings: { ENABLE_PUSH: 0, INITIAL_WINDOW_SIZE: 1_048_576, MAX_HEADER_LIST_SIZE: 65_536 },
      },
      { type: 'WINDOW_UPDATE', streamId: 0, increment: 134_217_728 - 65_535 },
      { type: 'HEADERS', streamId: 1, endStream: true },
    ]);
    // What is as it is anyway is not said.
    expect(Object.keys(server.all('SETTINGS')[0]?.settings ?? {})).toHaveLength(3);
    await server.settings();
    await answer(server, streamId);
    expect(await (await response).text()).toBe('ok');
  });

  test.for<{ fact: string; options: TransportOptions; settings: Record<string, number>; increment: number | undefined }>([
    {
      fact: 'the windows and the table of the options',
      options: { http2: { maxDecoderHeaderTableSize: 8_192, maxReceiveBufferPerConnection: 100_000, maxReceiveBufferPerStream: 70_000 } },
      settings: { ENABLE_PUSH: 0, HEADER_TABLE_SIZE: 8_192, INITIAL_WINDOW_SIZE: 70_000, MAX_HEADER_LIST_SIZE: 65_536 },
      increment: 100_000 - 65_535,
    },
    {
      fact: 'no table at all',
      options: { http2: { maxDecoderHeaderTableSize: 0 } },
      settings: { ENABLE_PUSH: 0, HEADER_TABLE_SIZE: 0, INITIAL_WINDOW_SIZE: 1_048_576, MAX_HEADER_LIST_SIZE: 65_536 },
      increment: 134_217_728 - 65_535,
    },
    {
      fact: 'nothing of windows that are as RFC 9113 has them, and the limit on heads',
      options: { maxResponseHeaderBytes: 2_048, http2: { maxReceiveBufferPerConnection: 65_535, maxReceiveBufferPerStream: 65_535 } },
      settings: { ENABLE_PUSH: 0, MAX_HEADER_LIST_SIZE: 2_048 },
      increment: undefined,
    },
  ])('it says $fact', async ({ options, settings, increment }) => {
    await using bench = await FrameBench.open(options);
    const { server } = await bench.connect();
    expect(server.all('SETTINGS')[0]?.settings).toEqual(settings);
    expect(server.all('WINDOW_UPDATE').map((frame) => frame.increment)).toEqual(increment === undefined ? [] : [increment]);
  });

  test('each SETTINGS of the server is acknowledged, in its place among the answers', async () => {
    await using bench = await FrameBench.open();
    const { server } = await bench.connect();
    void server.settings({ INITIAL_WINDOW_SIZE: 1 });
    void server.ping('between!');
    void server.settings();
    await server.settle();
    const answers = server.frames.filter((frame) => 'ack' in frame && frame.ack).map((frame) => frame.type);
    expect(answers).toEqual(['SETTINGS', 'SETTINGS', 'PING', 'SETTINGS', 'PING']);
  });

  test('a server that does not acknowledge them within settingsTimeout is given up, and told so', async () => {
    await using bench = await FrameBench.open({ http2: { settingsTimeout: 5_000 } });
    const response = rejectionOf(bench.send());
    const server = await bench.peer.connection();
    await server.settings();
    await server.next('HEADERS');
    await server.settle();
    await bench.clock.advance(4_999);
    expect(bench.recorder.closeReasons).toEqual([]);
    await bench.clock.advance(1);
    expect(await response).toMatchObject({ code: 'connection-closed', timeout: true, sent: 'all' });
    expect(await server.next('GOAWAY')).toMatchObject({ code: 'SETTINGS_TIMEOUT' });
    expect(bench.recorder.closeReasons).toEqual(['timeout']);
  });
});

describe('Go D.5: what a server may not say', () => {
  interface Row {
    readonly fact: string;
    readonly say: (server: FrameConversation) => void;
    readonly code: ErrorCodeName;
    readonly error?: RoundTripErrorCode;
  }

  async function expectEnd(bench: FrameBench, server: FrameConversation, row: Row, response: Promise<unknown>): Promise<void> {
    row.say(server);
    expect(await rejectionOf(response)).toMatchObject({ code: row.error ?? 'malformed-response' });
    expect(await server.next('GOAWAY')).toMatchObject({ code: row.code });
    expect(bench.recorder.closeReasons).toEqual([row.error ?? 'malformed-response']);
    expect(bench.transport.stats()).toMatchObject([{ open: 0, waiting: 0 }]);
  }

  test.for<Row>([
    { fact: 'PING first', say: (server) => void server.ping(), code: 'PROTOCOL_ERROR' },
    { fact: 'HEADERS first', say: (server) => void server.headers(1, { ':status': '200' }, { endStream: true }), code: 'PROTOCOL_ERROR' },
    { fact: 'an acknowledgement first', say: (server) => void server.settingsAck(), code: 'PROTOCOL_ERROR' },
    { fact: 'an answer of HTTP/1.1', say: (server) => void server.raw('HTTP/1.1 400 Bad Request\r\n\r\n'), code: 'PROTOCOL_ERROR' },
  ])('at its beginning: $fact', async (row) => {
    await using bench = await FrameBench.open();
    const response = bench.send();
    const server = await bench.peer.connection();
    await server.next('HEADERS');
    await expectEnd(bench, server, row, response);
  });

  test.for<Row>([
    { fact: 'an acknowledgement of SETTINGS that were not sent', say: (server) => void server.settingsAck(), code: 'PROTOCOL_ERROR' },
    {
      fact: 'INITIAL_WINDOW_SIZE 2^31',
      say: (server) => void server.settings({ INITIAL_WINDOW_SIZE: 2 ** 31 }),
      code: 'FLOW_CONTROL_ERROR',
    },
    { fact: 'MAX_FRAME_SIZE 0 (Go issue 78476)', say: (server) => void server.settings({ MAX_FRAME_SIZE: 0 }), code: 'PROTOCOL_ERROR' },
    { fact: 'MAX_FRAME_SIZE 2^24', say: (server) => void server.settings({ MAX_FRAME_SIZE: 2 ** 24 }), code: 'PROTOCOL_ERROR' },
    { fact: 'ENABLE_PUSH 1', say: (server) => void server.settings({ ENABLE_PUSH: 1 }), code: 'PROTOCOL_ERROR' },
    {
      fact: 'ENABLE_CONNECT_PROTOCOL taken back',
      say: (server) => {
        void server.settings({ ENABLE_CONNECT_PROTOCOL: 1 });
        void server.settings({ ENABLE_CONNECT_PROTOCOL: 0 });
      },
      code: 'PROTOCOL_ERROR',
    },
    {
      fact: 'a window of the connection beyond 2^31-1 (Go issue 77331)',
      say: (server) => void server.windowUpdate(0, 2 ** 31 - 1),
      code: 'FLOW_CONTROL_ERROR',
    },
    {
      fact: 'a push',
      say: (server) => void server.raw(frames.pushPromise(1, 2, { ':method': 'GET', ':path': '/', ':scheme': 'http', ':authority': 'x' })),
      code: 'PROTOCOL_ERROR',
    },
  ])('once it has begun: $fact', async (row) => {
    await using bench = await FrameBench.open();
    const { server, response } = await bench.connect();
    await expectEnd(bench, server, row, response);
  });

  test('a window of an open stream that its SETTINGS bring beyond 2^31-1', async () => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect({ method: 'POST', body: new ReadableStream() });
    void server.windowUpdate(streamId, 2 ** 31 - 1 - 65_535);
    await server.settle();
    const row: Row = { fact: '', say: (to) => void to.settings({ INITIAL_WINDOW_SIZE: 65_536 }), code: 'FLOW_CONTROL_ERROR' };
    await expectEnd(bench, server, row, response);
  });

  test('a window of a stream beyond 2^31-1 ends the stream alone', async () => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect();
    void server.windowUpdate(streamId, 2 ** 31 - 1);
    expect(await rejectionOf(response)).toMatchObject({ code: 'malformed-response', sent: 'all' });
    expect(await server.next('RST_STREAM')).toMatchObject({ streamId, code: 'FLOW_CONTROL_ERROR' });
    const next = await bench.begin(server);
    await answer(server, next.streamId);
    expect(await (await next.response).text()).toBe('ok');
  });
});

describe('Go D.5: how many streams a server takes', () => {
  test('100 before it has said anything, then 1 000 where it does not say', async () => {
    await using bench = await FrameBench.open({ http2: { strictMaxConcurrentStreams: true } });
    await bench.warm();
    bench.transport.closeIdleConnections();
    const sent = Array.from({ length: 101 }, () => bench.send());
    const server = await bench.peer.connection();
    await until(() => server.all('HEADERS').length === 100);
    expect(bench.transport.stats()).toMatchObject([{ open: 1, waiting: 1 }]);
    await server.handshake();
    await until(() => server.all('HEADERS').length === 101);
    for (const { streamId } of server.all('HEADERS')) void answer(server, streamId);
    for (const response of sent) expect(await (await response).text()).toBe('ok');
    expect(bench.peer.connectionsOpened).toBe(2);
  });

  test('a lower number leaves what is under way, and holds back who comes', async () => {
    await using bench = await FrameBench.open({ http2: { strictMaxConcurrentStreams: true } });
    const { server, response: first } = await bench.connect({}, { MAX_CONCURRENT_STREAMS: 3 });
    const second = await bench.begin(server);
    void server.settings({ MAX_CONCURRENT_STREAMS: 1 });
    await server.settle();
    const third = bench.send();
    expect(bench.transport.stats()).toMatchObject([{ open: 1, waiting: 1 }]);
    await answer(server, 1);
    expect(await (await first).text()).toBe('ok');
    await server.settle();
    expect(bench.transport.stats()).toMatchObject([{ waiting: 1 }]);
    await answer(server, second.streamId);
    expect(await (await second.response).text()).toBe('ok');
    expect(await server.next('HEADERS')).toMatchObject({ streamId: 5 });
    await answer(server, 5);
    expect(await (await third).text()).toBe('ok');
  });

  test('a higher one wakes who waits, in order', async () => {
    await using bench = await FrameBench.open({ http2: { strictMaxConcurrentStreams: true } });
    const { server } = await bench.connect({}, { MAX_CONCURRENT_STREAMS: 1 });
    const sent = ['/2', '/3', '/4'].map((path) => bench.send({}, path));
    await server.settle();
    expect(server.all('HEADERS')).toHaveLength(1);
    void server.settings({ MAX_CONCURRENT_STREAMS: 3 });
    await server.settle();
    expect(server.all('HEADERS').map(({ fields }) => fields.find(([name]) => name === ':path')?.[1])).toEqual(['/', '/2', '/3']);
    void server.settings({ MAX_CONCURRENT_STREAMS: 100 });
    await server.settle();
    for (const { streamId } of server.all('HEADERS')) void answer(server, streamId);
    for (const response of sent) expect(await (await response).text()).toBe('ok');
  });

  test('none at all for a while: nobody is sent, and nobody forgotten', async () => {
    await using bench = await FrameBench.open({ http2: { strictMaxConcurrentStreams: true } });
    const server = await bench.warm({ MAX_CONCURRENT_STREAMS: 1 });
    void server.settings({ MAX_CONCURRENT_STREAMS: 0 });
    await server.settle();
    const response = bench.send();
    await server.settle();
    expect(server.all('HEADERS')).toHaveLength(1);
    void server.settings({ MAX_CONCURRENT_STREAMS: 1 });
    const { streamId } = await server.next('HEADERS');
    await answer(server, streamId);
    expect(await (await response).text()).toBe('ok');
    expect(bench.peer.connectionsOpened).toBe(1);
  });
});

describe('Go D.12: a request without body that is answered by HEADERS alone', () => {
  test('the stream is closed, and the connection free, when its caller is told', async () => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect();
    void server.headers(streamId, { ':status': '204' }, { endStream: true });
    const idle = response.then(() => bench.transport.stats());
    expect(await idle).toMatchObject([{ open: 1, idle: 1, busy: 0 }]);
    expect(await (await response).text()).toBe('');
    expect(server.all('RST_STREAM')).toEqual([]);
    expect(bench.recorder.kinds.slice(-6)).toEqual([
      'gotFirstResponseByte',
      'gotResponse',
      'bodyStart',
      'bodyEnd',
      'leaseReleased',
      'putIdleConn',
    ]);
  });
});
