import { RecordingTrace, type FrameConversation } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { until } from '../../test/exchanges.ts';
import { answer, FrameBench } from '../../test/frame-bench.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import type { HttpRequestInit } from '../contract/http-request.ts';

const EXPECTS: HttpRequestInit = { method: 'POST', headers: { Expect: '100-continue' }, body: 'text' };

function bodyOf(server: FrameConversation, streamId = 1): string {
  return server
    .all('DATA')
    .filter((frame) => frame.streamId === streamId)
    .map(({ data }) => data.toString())
    .join('');
}

/** What there is to be sent of a body takes a turn longer than an answer. */
async function settleBody(server: FrameConversation): Promise<void> {
  await server.settle();
  await server.settle();
}

async function readBody(server: FrameConversation): Promise<string> {
  await server.next('DATA', ({ endStream }) => endStream);
  return bodyOf(server);
}

describe('Go C.14: Expect: 100-continue', () => {
  test('the body waits for 100, and its head says that it comes', async () => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect(EXPECTS);
    await settleBody(server);
    expect(server.all('DATA')).toEqual([]);
    const head = server.all('HEADERS')[0];
    expect(head?.endStream).toBe(false);
    expect(head?.fields).toContainEqual(['expect', '100-continue']);
    void server.headers(streamId, { ':status': '100' });
    expect(await readBody(server)).toBe('text');
    await answer(server, streamId);
    expect(await (await response).text()).toBe('ok');
    const kinds = bench.recorder.kinds.slice(bench.recorder.kinds.indexOf('wroteHeaders'));
    expect(kinds).toEqual([
      'wroteHeaders',
      'wait100Continue',
      'gotFirstResponseByte',
      'got100Continue',
      'got1xxResponse',
      'requestBodyStart',
      'wroteRequest',
      'gotResponse',
      'bodyStart',
      'bodyEnd',
      'leaseReleased',
      'putIdleConn',
    ]);
  });

  test('200 without 100: the body is sent, since the answer may depend on it', async () => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect(EXPECTS);
    void server.headers(streamId, { ':status': '200' });
    const text = (await response).text();
    expect(await readBody(server)).toBe('text');
    await server.data(streamId, 'ok', { endStream: true });
    expect(await text).toBe('ok');
    expect(server.all('RST_STREAM')).toEqual([]);
    expect(bench.transport.stats()).toMatchObject([{ idle: 1 }]);
  });

  test('a whole answer without 100 does not depend on it: the body is not sent', async () => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect(EXPECTS);
    void server.headers(streamId, { ':status': '204' }, { endStream: true });
    expect((await response).status).toBe(204);
    expect(await server.next('RST_STREAM')).toMatchObject({ streamId, code: 'NO_ERROR' });
    expect(bodyOf(server)).toBe('');
    expect(bench.transport.stats()).toMatchObject([{ idle: 1 }]);
  });

  test.for([417, 401, 500])('%i: the body is not sent, and the connection goes on', async (status) => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect(EXPECTS);
    void server.headers(streamId, { ':status': String(status) });
    await settleBody(server);
    await server.data(streamId, 'no', { endStream: true });
    const answered = await response;
    expect([answered.status, await answered.text()]).toEqual([status, 'no']);
    expect(await server.next('RST_STREAM')).toMatchObject({ streamId, code: 'NO_ERROR' });
    expect(bodyOf(server)).toBe('');
    const next = await bench.begin(server);
    await answer(server, next.streamId);
    expect(await (await next.response).text()).toBe('ok');
  });

  test('nothing until expectContinueTimeout: the body is sent', async () => {
    await using bench = await FrameBench.open({ expectContinueTimeout: 2_000 });
    const { server, streamId, response } = await bench.connect(EXPECTS);
    await server.settle();
    await bench.clock.advance(1_999);
    await settleBody(server);
    expect(bodyOf(server)).toBe('');
    await bench.clock.advance(1);
    expect(await readBody(server)).toBe('text');
    // The word that comes late means nothing.
    void server.headers(streamId, { ':status': '100' });
    await answer(server, streamId);
    expect(await (await response).text()).toBe('ok');
    expect([bench.recorder.all('got100Continue'), bench.recorder.all('got1xxResponse').length]).toEqual([[], 1]);
  });

  test('with an expectContinueTimeout of 0 it is sent at once', async () => {
    await using bench = await FrameBench.open({ expectContinueTimeout: 0 });
    const { server } = await bench.connect(EXPECTS);
    expect(await readBody(server)).toBe('text');
    expect(bench.recorder.kinds).not.toContain('wait100Continue');
  });

  test('the connection closes: an error, and no body', async () => {
    await using bench = await FrameBench.open();
    const { server, response } = await bench.connect(EXPECTS);
    server.end();
    expect(await rejectionOf(response)).toMatchObject({ code: 'connection-closed', sent: 'partial' });
    expect(bodyOf(server)).toBe('');
    await until(() => bench.clock.pendingTimers === 0);
  });

  test('the stream is reset: the same, and the connection goes on', async () => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect(EXPECTS);
    void server.reset(streamId, 'CANCEL');
    expect(await rejectionOf(response)).toMatchObject({ code: 'stream-reset', sent: 'partial' });
    const next = await bench.begin(server);
    await answer(server, next.streamId);
    expect(await (await next.response).text()).toBe('ok');
    expect(bodyOf(server)).toBe('');
  });

  test('the request is cancelled: the body is released, and nothing waits any more', async () => {
    await using bench = await FrameBench.open();
    const controller = new AbortController();
    let isReleased = false;
    const body = new ReadableStream<string>({ start: (stream) => stream.enqueue('x'), cancel: () => void (isReleased = true) });
    const { server, response } = await bench.connect({ ...EXPECTS, body, signal: controller.signal });
    await server.settle();
    controller.abort('enough');
    expect(await rejectionOf(response)).toBe('enough');
    expect(await server.next('RST_STREAM')).toMatchObject({ code: 'CANCEL' });
    await until(() => isReleased);
    await bench.clock.advance(1_000);
    await settleBody(server);
    expect(bodyOf(server)).toBe('');
  });

  test('a 103 is not the word that the body waits for', async () => {
    await using bench = await FrameBench.open();
    const { server, streamId } = await bench.connect(EXPECTS);
    void server.headers(streamId, { ':status': '103', 'link': '</a>' });
    await settleBody(server);
    expect(bodyOf(server)).toBe('');
    void server.headers(streamId, { ':status': '100' });
    expect(await readBody(server)).toBe('text');
  });

  test('responseHeaderTimeout counts from the end of the body', async () => {
    await using bench = await FrameBench.open({ expectContinueTimeout: 60_000, responseHeaderTimeout: 1_000 });
    const { server, streamId, response } = await bench.connect(EXPECTS);
    await server.settle();
    await bench.clock.advance(10_000);
    void server.headers(streamId, { ':status': '100' });
    await readBody(server);
    await bench.clock.advance(999);
    expect(bench.recorder.kinds).not.toContain('requestFailed');
    await bench.clock.advance(1);
    expect(await rejectionOf(response)).toMatchObject({ code: 'header-timeout', sent: 'all' });
  });
});

describe('Go D.11: interim responses', () => {
  test('each is told, known or not, with its fields, and is not the answer', async () => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect();
    void server.headers(streamId, { ':status': '100' });
    void server.headers(streamId, { ':status': '103', 'link': '</style.css>' });
    void server.headers(streamId, { ':status': '199', 'x-odd': '1' });
    await answer(server, streamId);
    expect(await (await response).text()).toBe('ok');
    const told = bench.recorder.all('got1xxResponse').map(({ status, headers }) => [status, [...headers]]);
    expect(told).toEqual([
      [100, []],
      [103, [['link', '</style.css>']]],
      [199, [['x-odd', '1']]],
    ]);
    expect([bench.recorder.all('gotFirstResponseByte').length, bench.recorder.all('got100Continue').length]).toEqual([1, 0]);
  });

  test('so many of them, and not one more', async () => {
    await using bench = await FrameBench.open({ maxInterimResponses: 3 });
    const server = await bench.warm();
    for (const count of [3, 4]) {
      const { streamId, response } = await bench.begin(server);
      for (let sent = 0; sent < count; sent++) void server.headers(streamId, { ':status': '102' });
      await answer(server, streamId);
      if (count === 3) expect(await (await response).text()).toBe('ok');
      else {
        expect(await rejectionOf(response)).toMatchObject({ code: 'response-limit', phase: 'response-head' });
        expect(await server.next('RST_STREAM')).toMatchObject({ streamId, code: 'ENHANCE_YOUR_CALM' });
      }
    }
    expect(bench.recorder.closeReasons).toEqual([]);
  });

  test('so many bytes of them', async () => {
    await using bench = await FrameBench.open({ maxResponseHeaderBytes: 2_048 });
    const server = await bench.warm();
    for (const bytes of [600, 700]) {
      const { streamId, response } = await bench.begin(server);
      for (let sent = 0; sent < 3; sent++) void server.headers(streamId, { ':status': '103', 'link': 'x'.repeat(bytes) });
      // The answer itself is counted by itself (Go D.13).
      void server.headers(streamId, { ':status': '200', 'x-large': 'x'.repeat(1_900) });
      void server.data(streamId, 'ok', { endStream: true });
      if (bytes === 600) expect(await (await response).text()).toBe('ok');
      else expect(await rejectionOf(response)).toMatchObject({ code: 'response-limit', phase: 'response-head' });
    }
    expect(bench.recorder.closeReasons).toEqual([]);
  });

  test('a body is not theirs', async () => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect();
    void server.headers(streamId, { ':status': '103' });
    void server.data(streamId, 'x');
    expect(await rejectionOf(response)).toMatchObject({ code: 'malformed-response', phase: 'response-head' });
    expect(await server.next('RST_STREAM')).toMatchObject({ streamId, code: 'PROTOCOL_ERROR' });
  });

  test('after the answer there are none', async () => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect();
    void server.headers(streamId, { ':status': '200' });
    void server.headers(streamId, { ':status': '103' });
    expect(await rejectionOf((await response).text())).toMatchObject({ code: 'malformed-response', phase: 'response-body' });
  });

  test('a listener may abort the request at one', async () => {
    await using bench = await FrameBench.open();
    const controller = new AbortController();
    const recorder = new RecordingTrace((event) => {
      if (event.kind === 'got1xxResponse') controller.abort('enough');
    });
    const { server, streamId, response } = await bench.connect({ signal: controller.signal, trace: recorder.trace });
    void server.headers(streamId, { ':status': '103' });
    await answer(server, streamId);
    expect(await rejectionOf(response)).toBe('enough');
    expect(await server.next('RST_STREAM')).toMatchObject({ streamId, code: 'CANCEL' });
    expect(recorder.kinds).not.toContain('gotResponse');
  });
});
