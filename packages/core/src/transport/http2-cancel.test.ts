import type { FrameConversation } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { until } from '../../test/exchanges.ts';
import { answer, FrameBench } from '../../test/frame-bench.ts';
import { rejectionOf } from '../../test/rejection-of.ts';

/** What the client has sent since the beginning of its connection, in words. */
function said(server: FrameConversation): string[] {
  const words = server.frames.map((frame) => {
    if (frame.type === 'PING') return frame.ack ? '' : 'PING';
    return frame.type === 'RST_STREAM' ? `RST ${frame.streamId} ${frame.code}` : '';
  });
  return words.filter((word) => word !== '');
}

/** A request that is cancelled before anything came for it. Resolves when its server knows. */
async function cancelled(bench: FrameBench, server: FrameConversation): Promise<void> {
  const controller = new AbortController();
  const { response, streamId } = await bench.begin(server, { signal: controller.signal });
  controller.abort('enough');
  expect(await rejectionOf(response)).toBe('enough');
  await server.next('RST_STREAM', (frame) => frame.streamId === streamId);
}

/** Acknowledges a PING of the client's, and waits until it knows. */
async function acknowledge(server: FrameConversation): Promise<void> {
  const { payload } = await server.next('PING', ({ ack }) => !ack);
  void server.pingAck(payload);
  await server.settle();
}

describe('Go D.7: a request that is cancelled on a silent connection (Go issues 70505 and 70575)', () => {
  test('its stream is reset, and the server is asked whether it is there', async () => {
    await using bench = await FrameBench.open();
    const server = await bench.warm();
    await cancelled(bench, server);
    await server.next('PING');
    expect(said(server)).toEqual(['RST 3 CANCEL', 'PING']);
    expect(bench.transport.stats()).toMatchObject([{ open: 1 }]);
  });

  test('it keeps its place until the server has answered: others find another connection', async () => {
    await using bench = await FrameBench.open();
    const server = await bench.warm({ MAX_CONCURRENT_STREAMS: 1 });
    await cancelled(bench, server);
    const { server: second, streamId, response } = await bench.connect({}, { MAX_CONCURRENT_STREAMS: 1 });
    expect(second.number).toBe(2);
    await acknowledge(server);
    const third = await bench.begin(server);
    expect(third.streamId).toBe(5);
    await answer(second, streamId);
    await answer(server, 5);
    expect([await (await response).text(), await (await third.response).text()]).toEqual(['ok', 'ok']);
  });

  test('or wait, where there is to be one connection', async () => {
    await using bench = await FrameBench.open({ http2: { strictMaxConcurrentStreams: true } });
    const server = await bench.warm({ MAX_CONCURRENT_STREAMS: 2 });
    await cancelled(bench, server);
    await cancelled(bench, server);
    const response = bench.send();
    await server.settle();
    expect([server.all('HEADERS').length, bench.transport.stats()[0]?.waiting]).toEqual([3, 1]);
    await acknowledge(server);
    await answer(server, (await server.next('HEADERS')).streamId);
    expect(await (await response).text()).toBe('ok');
  });

  test('one PING stands for all of them', async () => {
    await using bench = await FrameBench.open();
    const server = await bench.warm({ MAX_CONCURRENT_STREAMS: 3 });
    for (let count = 0; count < 3; count++) await cancelled(bench, server);
    expect(said(server)).toEqual(['RST 3 CANCEL', 'PING', 'RST 5 CANCEL', 'RST 7 CANCEL']);
    await acknowledge(server);
    const begun = await Promise.all([1, 2, 3].map(() => bench.begin(server)));
    for (const { streamId } of begun) void answer(server, streamId);
    for (const { response } of begun) expect(await (await response).text()).toBe('ok');
    expect(bench.peer.connectionsOpened).toBe(1);
  });

  test('the connection that does not answer is given up, though nobody uses it', async () => {
    await using bench = await FrameBench.open({ http2: { pingTimeout: 3_000 } });
    const server = await bench.warm();
    await cancelled(bench, server);
    await bench.clock.advance(2_999);
    expect(bench.recorder.closeReasons).toEqual([]);
    await bench.clock.advance(1);
    expect(bench.recorder.closeReasons).toEqual(['ping-timeout']);
    await server.closed;
  });

  test.for([0, 15_000])('it is not given up while it says other things (sendPingTimeout %i)', async (sendPingTimeout) => {
    await using bench = await FrameBench.open({ http2: { pingTimeout: 3_000, sendPingTimeout } });
    const server = await bench.warm();
    await cancelled(bench, server);
    const { streamId, response } = await bench.begin(server);
    void server.headers(streamId, { ':status': '200' });
    const text = (await response).text();
    for (let count = 0; count < 4; count++) {
      await bench.clock.advance(2_000);
      void server.data(streamId, 'x');
      await server.settle();
    }
    await server.data(streamId, '', { endStream: true });
    expect([await text, bench.recorder.closeReasons]).toEqual(['xxxx', []]);
  });

  test('anything that came since it began is answer enough', async () => {
    await using bench = await FrameBench.open();
    const server = await bench.warm({ MAX_CONCURRENT_STREAMS: 1 });
    const controller = new AbortController();
    const { response } = await bench.begin(server, { signal: controller.signal });
    await server.settle();
    controller.abort('enough');
    expect(await rejectionOf(response)).toBe('enough');
    const next = await bench.begin(server);
    expect(said(server)).toEqual(['RST 3 CANCEL']);
    await answer(server, next.streamId);
    expect(await (await next.response).text()).toBe('ok');
  });

  test('as is a frame of another stream', async () => {
    await using bench = await FrameBench.open();
    const server = await bench.warm();
    const other = await bench.begin(server);
    const controller = new AbortController();
    const { response } = await bench.begin(server, { signal: controller.signal });
    await answer(server, other.streamId);
    expect(await (await other.response).text()).toBe('ok');
    controller.abort('enough');
    expect(await rejectionOf(response)).toBe('enough');
    await server.next('RST_STREAM');
    await server.settle();
    expect(said(server)).toEqual(['RST 5 CANCEL']);
  });

  test('after an answer there is no other PING until the server has sent HEADERS or DATA: servers of gRPC count them', async () => {
    await using bench = await FrameBench.open();
    const server = await bench.warm({ MAX_CONCURRENT_STREAMS: 1 });
    await cancelled(bench, server);
    await acknowledge(server);
    await cancelled(bench, server);
    // Nor does it keep its place.
    await cancelled(bench, server);
    expect(said(server)).toEqual(['RST 3 CANCEL', 'PING', 'RST 5 CANCEL', 'RST 7 CANCEL']);
    const next = await bench.begin(server);
    await answer(server, next.streamId);
    expect(await (await next.response).text()).toBe('ok');
    await cancelled(bench, server);
    await server.next('PING', ({ ack }) => !ack);
    expect(said(server).slice(4)).toEqual(['RST 11 CANCEL', 'PING']);
    expect(bench.peer.connectionsOpened).toBe(1);
  });

  test('a connection that is dead fills up with them, and requests go elsewhere', async () => {
    await using bench = await FrameBench.open();
    const dead = await bench.warm({ MAX_CONCURRENT_STREAMS: 5 });
    for (let count = 0; count < 5; count++) await cancelled(bench, dead);
    const { server, streamId, response } = await bench.connect();
    await answer(server, streamId);
    expect(await (await response).text()).toBe('ok');
    expect([server.number, dead.all('HEADERS').length]).toEqual([2, 6]);
  });
});

describe('Go D.7 and C.15: what cancels a stream, and when', () => {
  test('before it is sent nothing is said of it', async () => {
    await using bench = await FrameBench.open();
    const server = await bench.warm();
    const controller = new AbortController();
    const response = bench.send({ method: 'POST', body: 'pay', signal: controller.signal });
    controller.abort('enough');
    expect(await rejectionOf(response)).toBe('enough');
    await server.settle();
    expect([server.all('HEADERS').length, said(server)]).toEqual([1, []]);
    expect(bench.transport.stats()).toMatchObject([{ idle: 1 }]);
  });

  test('while its body is sent: the caller’s stream is given up too', async () => {
    await using bench = await FrameBench.open();
    const released = Promise.withResolvers<unknown>();
    const body = new ReadableStream<string>({ start: (stream) => stream.enqueue('x'), cancel: released.resolve });
    const controller = new AbortController();
    const { server, response } = await bench.connect({ method: 'POST', body, signal: controller.signal });
    await server.next('DATA');
    controller.abort('enough');
    expect([await rejectionOf(response), await released.promise]).toEqual(['enough', 'enough']);
    expect(await server.next('RST_STREAM')).toMatchObject({ streamId: 1, code: 'CANCEL' });
  });

  test('in the middle of the response body, whether anybody reads it or not', async () => {
    await using bench = await FrameBench.open();
    const controller = new AbortController();
    const { server, response } = await bench.connect({ signal: controller.signal });
    void server.headers(1, { ':status': '200' });
    void server.data(1, 'ab');
    const chunks = (await response).chunks();
    expect(Buffer.from((await chunks.next()).value ?? []).toString()).toBe('ab');
    controller.abort('enough');
    expect(await rejectionOf(chunks.next())).toBe('enough');
    expect(await server.next('RST_STREAM')).toMatchObject({ streamId: 1, code: 'CANCEL' });
    expect(bench.recorder.all('bodyEnd')).toEqual([{ kind: 'bodyEnd', bodyBytes: 2, error: 'enough' }]);
  });

  test('by its reader, who has seen enough', async () => {
    await using bench = await FrameBench.open();
    const { server, response } = await bench.connect();
    void server.headers(1, { ':status': '200' });
    await (await response).dispose();
    expect(await server.next('RST_STREAM')).toMatchObject({ streamId: 1, code: 'CANCEL' });
    await server.settle();
    expect(said(server)).toEqual(['RST 1 CANCEL']);
    expect(bench.transport.stats()).toMatchObject([{ idle: 1 }]);
  });

  test('after the end it has no effect', async () => {
    await using bench = await FrameBench.open();
    const controller = new AbortController();
    const { server, streamId, response } = await bench.connect({ signal: controller.signal });
    await answer(server, streamId);
    const answered = await response;
    await until(() => bench.transport.stats()[0]?.idle === 1);
    controller.abort('enough');
    expect(await answered.text()).toBe('ok');
    await server.settle();
    expect(said(server)).toEqual([]);
  });

  test('by a request body that fails: the stream ends, its caller hears why, and the others do not notice', async () => {
    await using bench = await FrameBench.open();
    const { server, response: first } = await bench.connect();
    const cause = new Error('the disk is gone');
    const body = (async function* () {
      yield 'x';
      throw cause;
    })();
    const second = await bench.begin(server, { method: 'POST', body });
    expect(await rejectionOf(second.response)).toMatchObject({ code: 'request-body-failed', phase: 'request', sent: 'partial', cause });
    expect(await server.next('RST_STREAM')).toMatchObject({ streamId: 3, code: 'CANCEL' });
    await answer(server, 1);
    expect(await (await first).text()).toBe('ok');
  });

  test('what still comes on it is ignored, and the connection’s window refunded', async () => {
    await using bench = await FrameBench.open({ http2: { maxReceiveBufferPerConnection: 65_535 } });
    const { server, response } = await bench.connect();
    void server.headers(1, { ':status': '200' });
    await (await response).dispose();
    await server.next('RST_STREAM');
    for (let count = 0; count < 8; count++) void server.data(1, 'x'.repeat(8_000), { padding: 191 });
    void server.headers(1, { 'x-sum': '1' }, { endStream: true });
    await server.settle();
    const refunded = server.all('WINDOW_UPDATE').reduce((sum, { increment }) => sum + increment, 0);
    expect(refunded).toBeGreaterThanOrEqual(32_768);
    expect(server.all('WINDOW_UPDATE').every(({ streamId }) => streamId === 0)).toBe(true);
    const next = await bench.begin(server);
    await answer(server, next.streamId);
    expect(await (await next.response).text()).toBe('ok');
  });

  test('a write that is blocked for one request does not keep another from being cancelled (Go issues 32388 and 39337)', async () => {
    await using bench = await FrameBench.open();
    const { server } = await bench.connect({ method: 'POST', body: Buffer.alloc(1_000_000) });
    const controller = new AbortController();
    const second = await bench.begin(server, { method: 'POST', body: Buffer.alloc(1_000_000), signal: controller.signal });
    controller.abort('enough');
    expect(await rejectionOf(second.response)).toBe('enough');
    expect(await server.next('RST_STREAM')).toMatchObject({ streamId: 3, code: 'CANCEL' });
    expect(server.all('DATA').reduce((sum, { data }) => sum + data.length, 0)).toBe(65_535);
  });
});
