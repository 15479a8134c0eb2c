import type { FrameConversation } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { until } from '../../test/exchanges.ts';
import { answer, FrameBench } from '../../test/frame-bench.ts';
import { rejectionOf } from '../../test/rejection-of.ts';

/** How many PINGs have come that ask. */
async function pings(server: FrameConversation): Promise<number> {
  await server.settle();
  return server.all('PING').filter(({ ack }) => !ack).length;
}

async function acknowledge(server: FrameConversation): Promise<void> {
  const { payload } = await server.next('PING', ({ ack }) => !ack);
  void server.pingAck(payload);
  await server.settle();
}

/** Lets the loop see that there was no PING, which the server must not be asked about: that would be something to hear. */
async function expectSilence(server: FrameConversation): Promise<void> {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  expect(server.all('PING').filter(({ ack }) => !ack)).toEqual([]);
}

describe('Go D.8: a connection that is silent while requests are under way', () => {
  test('is asked after sendPingTimeout, again and again, and goes on while it answers', async () => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect();
    await server.settle();
    for (let count = 0; count < 4; count++) {
      await bench.clock.advance(14_999);
      await expectNoPing(server);
      await bench.clock.advance(1);
      await acknowledge(server);
    }
    await answer(server, streamId);
    expect(await (await response).text()).toBe('ok');
    expect(await pings(server)).toBe(4);
  });

  async function expectNoPing(server: FrameConversation): Promise<void> {
    const before = server.all('PING').length;
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(server.all('PING')).toHaveLength(before);
  }

  test('is given up when it has not answered within pingTimeout, and all that was under way fails', async () => {
    await using bench = await FrameBench.open();
    const { server, streamId, response: first } = await bench.connect();
    const second = await bench.begin(server, { method: 'POST', body: 'pay' });
    void server.headers(streamId, { ':status': '200' });
    const text = (await first).text();
    await server.settle();
    await bench.clock.advance(15_000);
    await server.next('PING');
    await bench.clock.advance(14_999);
    expect(bench.recorder.closeReasons).toEqual([]);
    await bench.clock.advance(1);
    expect(await rejectionOf(text)).toMatchObject({ code: 'ping-timeout', phase: 'response-body', timeout: true });
    expect(await rejectionOf(second.response)).toMatchObject({ phase: 'response-head', sent: 'all', timeout: true });
    expect(bench.recorder.closeReasons).toEqual(['ping-timeout']);
    expect(bench.transport.stats()).toMatchObject([{ open: 0, closed: { 'ping-timeout': 1 } }]);
    await server.closed;
  });

  test('a request that is repeatable is sent again then, where its connection was there before', async () => {
    await using bench = await FrameBench.open();
    const dead = await bench.warm();
    const { response } = await bench.begin(dead);
    await bench.clock.advance(30_000);
    const server = await bench.accept();
    await answer(server, (await server.next('HEADERS')).streamId);
    expect(await (await response).text()).toBe('ok');
    expect(bench.recorder.all('resend')).toMatchObject([{ error: { code: 'stale-connection' } }]);
  });

  test('every frame that comes is a sign of life', async () => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect();
    void server.headers(streamId, { ':status': '200' });
    const text = (await response).text();
    for (let count = 0; count < 5; count++) {
      void server.data(streamId, 'x');
      await until(() => bench.recorder.kinds.includes('gotResponse'));
      await server.settle();
      await bench.clock.advance(10_000);
    }
    expect(await pings(server)).toBe(0);
    await server.data(streamId, '', { endStream: true });
    expect(await text).toBe('xxxxx');
  });

  test('so is what comes while an answer to a PING is due', async () => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect();
    void server.headers(streamId, { ':status': '200' });
    const text = (await response).text();
    await server.settle();
    await bench.clock.advance(25_000);
    void server.data(streamId, 'x');
    await server.settle();
    await bench.clock.advance(14_999);
    expect(bench.recorder.closeReasons).toEqual([]);
    await bench.clock.advance(1);
    expect(bench.recorder.closeReasons).toEqual(['ping-timeout']);
    expect(await rejectionOf(text)).toMatchObject({ code: 'ping-timeout' });
  });

  test('and what comes in the very turn in which the limit is met', async () => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect();
    await server.settle();
    await bench.clock.advance(29_999);
    await answer(server, streamId);
    await server.settle();
    await bench.clock.advance(1);
    expect(await (await response).text()).toBe('ok');
    expect(bench.recorder.closeReasons).toEqual([]);
  });

  test('with a sendPingTimeout of 0 it is never asked', async () => {
    await using bench = await FrameBench.open({ http2: { sendPingTimeout: 0 } });
    const { server, streamId, response } = await bench.connect();
    await server.settle();
    await bench.clock.advance(3_600_000);
    await expectSilence(server);
    await answer(server, streamId);
    expect(await (await response).text()).toBe('ok');
  });

  test('with a pingTimeout of 0 it may take its time', async () => {
    await using bench = await FrameBench.open({ http2: { pingTimeout: 0 } });
    const { server, streamId, response } = await bench.connect();
    await server.settle();
    await bench.clock.advance(3_600_000);
    expect(await pings(server)).toBe(1);
    await answer(server, streamId);
    expect(await (await response).text()).toBe('ok');
  });

  test('a PING that cannot be written is not answered either', async () => {
    await using bench = await FrameBench.open();
    const { server, response } = await bench.connect(
      { method: 'POST', body: Buffer.alloc(64_000_000) },
      { INITIAL_WINDOW_SIZE: 2 ** 31 - 1 },
    );
    await server.settle();
    server.pause();
    await server.windowUpdate(0, 2 ** 31 - 1 - 65_535);
    await new Promise(setImmediate);
    await bench.clock.advance(30_000);
    expect(await rejectionOf(response)).toMatchObject({ code: 'ping-timeout', phase: 'request', sent: 'partial' });
    server.resume();
    expect(bench.recorder.closeReasons).toEqual(['ping-timeout']);
  });
});

describe('Go D.8: a connection that nobody uses', () => {
  test('is not asked', async () => {
    await using bench = await FrameBench.open({ idleConnTimeout: 0 });
    const server = await bench.warm();
    await server.settle();
    await bench.clock.advance(3_600_000);
    await expectSilence(server);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test('is asked by the first request after a silence: one that is dead is known for it in half the time', async () => {
    await using bench = await FrameBench.open();
    const server = await bench.warm();
    await server.settle();
    await bench.clock.advance(15_000);
    const { streamId, response } = await bench.begin(server);
    await acknowledge(server);
    await answer(server, streamId);
    expect(await (await response).text()).toBe('ok');
    const dead = await bench.begin(server, { method: 'POST', body: 'pay' });
    await answer(server, dead.streamId);
    await (await dead.response).text();
    await bench.clock.advance(60_000);
    const lost = await bench.begin(server, { method: 'POST', body: 'pay' });
    await bench.clock.advance(14_999);
    expect(bench.recorder.closeReasons).toEqual([]);
    await bench.clock.advance(1);
    expect(await rejectionOf(lost.response)).toMatchObject({ code: 'stale-connection', sent: 'all', timeout: true });
    expect(bench.recorder.closeReasons).toEqual(['ping-timeout']);
  });

  test('not by one that comes soon: then the silence counts from what was heard last', async () => {
    await using bench = await FrameBench.open();
    const server = await bench.warm();
    await server.settle();
    await bench.clock.advance(14_999);
    const { streamId, response } = await bench.begin(server);
    await expectSilence(server);
    await bench.clock.advance(1);
    await acknowledge(server);
    await answer(server, streamId);
    expect(await (await response).text()).toBe('ok');
  });
});

describe('Go D.8: the limits of one request', () => {
  test('responseHeaderTimeout resets its stream, and the connection goes on', async () => {
    await using bench = await FrameBench.open({ responseHeaderTimeout: 1_000 });
    const { server, response: first } = await bench.connect();
    void server.headers(1, { ':status': '103' });
    void server.headers(1, { ':status': '200' });
    const text = (await first).text();
    const second = await bench.begin(server);
    void server.headers(second.streamId, { ':status': '103' });
    await server.settle();
    await bench.clock.advance(999);
    expect(bench.recorder.kinds).not.toContain('requestFailed');
    await bench.clock.advance(1);
    expect(await rejectionOf(second.response)).toMatchObject({
      code: 'header-timeout',
      phase: 'response-head',
      sent: 'all',
      timeout: true,
    });
    expect(await server.next('RST_STREAM')).toMatchObject({ streamId: 3, code: 'CANCEL' });
    await server.data(1, 'ok', { endStream: true });
    expect(await text).toBe('ok');
    expect(bench.transport.stats()).toMatchObject([{ idle: 1 }]);
  });

  test('it begins when the request is sent, and not before the windows let it', async () => {
    await using bench = await FrameBench.open({ responseHeaderTimeout: 1_000, http2: { sendPingTimeout: 0 } });
    const { server, streamId, response } = await bench.connect({ method: 'POST', body: 'x'.repeat(65_536) });
    await server.settle();
    await bench.clock.advance(60_000);
    void server.windowUpdate(0, 1);
    void server.windowUpdate(streamId, 1);
    await server.next('DATA', ({ endStream }) => endStream);
    await bench.clock.advance(999);
    await answer(server, streamId);
    expect(await (await response).text()).toBe('ok');
  });

  test('bodyIdleTimeout resets its stream when no byte of the body comes, and the connection goes on', async () => {
    await using bench = await FrameBench.open({ bodyIdleTimeout: 1_000 });
    const { server, streamId, response } = await bench.connect();
    void server.headers(streamId, { ':status': '200' });
    const text = (await response).text();
    await server.settle();
    await bench.clock.advance(999);
    void server.data(streamId, 'x');
    await server.settle();
    await bench.clock.advance(999);
    expect(bench.recorder.kinds).not.toContain('bodyEnd');
    await bench.clock.advance(1);
    expect(await rejectionOf(text)).toMatchObject({ code: 'body-timeout', phase: 'response-body', timeout: true });
    expect(await server.next('RST_STREAM')).toMatchObject({ streamId, code: 'CANCEL' });
    const next = await bench.begin(server);
    await answer(server, next.streamId);
    expect(await (await next.response).text()).toBe('ok');
  });

  test('and when no byte of the request is taken, for want of a window', async () => {
    await using bench = await FrameBench.open({ bodyIdleTimeout: 1_000 });
    const { server, streamId, response } = await bench.connect({ method: 'POST', body: Buffer.alloc(1_000_000) });
    for (let count = 0; count < 3; count++) {
      await bench.clock.advance(999);
      void server.windowUpdate(0, 65_535);
      void server.windowUpdate(streamId, 65_535);
      await server.settle();
    }
    await bench.clock.advance(1_000);
    expect(await rejectionOf(response)).toMatchObject({ code: 'body-timeout', phase: 'request', sent: 'partial', timeout: true });
    expect(await server.next('RST_STREAM')).toMatchObject({ streamId, code: 'CANCEL' });
    expect(server.all('DATA').reduce((sum, { data }) => sum + data.length, 0)).toBe(4 * 65_535);
  });

  test('the time that the caller takes does not count', async () => {
    await using bench = await FrameBench.open({ bodyIdleTimeout: 1_000, http2: { sendPingTimeout: 0 } });
    const { server, streamId, response } = await bench.connect();
    void server.headers(streamId, { ':status': '200' });
    void server.data(streamId, Buffer.alloc(16_384));
    for (let count = 0; count < 4; count++) void server.data(streamId, Buffer.alloc(16_384));
    const answered = await response;
    await server.settle();
    await bench.clock.advance(60_000);
    const text = answered.text();
    await server.data(streamId, 'end', { endStream: true });
    expect(await text).toHaveLength(5 * 16_384 + 3);
  });
});

describe('Go D.8: writeByteTimeout', () => {
  /** An upload that the server's windows let through, and its socket does not. */
  async function stuck(writeByteTimeout: number): Promise<{ bench: FrameBench; server: FrameConversation; response: Promise<unknown> }> {
    const bench = await FrameBench.open({ http2: { writeByteTimeout, sendPingTimeout: 0, settingsTimeout: 0 } });
    const { server, response } = await bench.connect(
      { method: 'POST', body: Buffer.alloc(64_000_000) },
      { INITIAL_WINDOW_SIZE: 2 ** 31 - 1 },
    );
    await server.settle();
    server.pause();
    await server.windowUpdate(0, 2 ** 31 - 1 - 65_535);
    await until(() => bench.clock.pendingTimers > 0);
    return { bench, server, response };
  }

  test('a socket that takes nothing for so long is given up, and all on it fail', async () => {
    const { bench: opened, server, response } = await stuck(1_000);
    await using bench = opened;
    const other = bench.send();
    // What the system has taken by now was taken in no time.
    await until(() => bench.clock.pendingTimers > 0);
    await bench.clock.advance(1_000);
    expect(await rejectionOf(response)).toMatchObject({ code: 'connection-closed', phase: 'request', sent: 'partial', timeout: true });
    expect(await rejectionOf(other)).toMatchObject({ code: 'connection-closed', timeout: true });
    expect(bench.recorder.closeReasons).toEqual(['timeout']);
    server.resume();
    await server.closed;
  });
});
