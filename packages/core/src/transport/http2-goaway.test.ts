import { frames } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { until } from '../../test/exchanges.ts';
import { answer, FrameBench } from '../../test/frame-bench.ts';
import { rejectionOf } from '../../test/rejection-of.ts';

/** A body that can be sent once only, and never ends. */
function unfinished(): ReadableStream<string> {
  return new ReadableStream({ start: (controller) => controller.enqueue('x') });
}

describe('Go D.7: GOAWAY', () => {
  test('what the server has looked at goes on, and its connection closes with the last of it', async () => {
    await using bench = await FrameBench.open();
    const { server, response: first } = await bench.connect();
    const second = await bench.begin(server);
    void server.goAway(3, 'NO_ERROR');
    await server.settle();
    await answer(server, second.streamId, 'two');
    expect(await (await second.response).text()).toBe('two');
    expect(bench.recorder.closeReasons).toEqual([]);
    await answer(server, 1, 'one');
    expect(await (await first).text()).toBe('one');
    expect(bench.recorder.closeReasons).toEqual(['server-goaway']);
    expect(await server.next('GOAWAY')).toMatchObject({ lastStreamId: 0, code: 'NO_ERROR' });
    await server.closed;
    expect(bench.transport.stats()).toMatchObject([{ open: 0, closed: { 'server-goaway': 1 } }]);
  });

  test('each request on the connection hears of it', async () => {
    await using bench = await FrameBench.open();
    const { server } = await bench.connect();
    await bench.begin(server);
    void server.goAway(7, 'ENHANCE_YOUR_CALM', 'too fast');
    await server.settle();
    expect(bench.recorder.all('gotGoAway')).toMatchObject([
      { connection: { protocol: 'h2' }, lastStreamId: 7, code: 'ENHANCE_YOUR_CALM' },
      { lastStreamId: 7, code: 'ENHANCE_YOUR_CALM' },
    ]);
  });

  test('from then on requests go elsewhere, before the connection is closed', async () => {
    await using bench = await FrameBench.open();
    const { server, response: first } = await bench.connect();
    void server.goAway(1);
    await server.settle();
    const { server: next, streamId, response } = await bench.connect();
    expect([next.number, streamId]).toEqual([2, 1]);
    expect(bench.transport.stats()).toMatchObject([{ open: 2, busy: 2, opened: 2 }]);
    await answer(next, streamId);
    await answer(server, 1);
    expect([await (await response).text(), await (await first).text()]).toEqual(['ok', 'ok']);
  });

  test('who waits for a stream of the connection gets another', async () => {
    await using bench = await FrameBench.open({ http2: { strictMaxConcurrentStreams: true } });
    const { server } = await bench.connect({}, { MAX_CONCURRENT_STREAMS: 1 });
    const waiting = bench.send();
    expect(bench.transport.stats()).toMatchObject([{ waiting: 1 }]);
    void server.goAway(1);
    const next = await bench.accept();
    await answer(next, (await next.next('HEADERS')).streamId);
    expect(await (await waiting).text()).toBe('ok');
  });

  test('on a connection that nobody uses it closes it', async () => {
    await using bench = await FrameBench.open();
    const server = await bench.warm();
    void server.goAway(1);
    await server.closed;
    expect(bench.recorder.closeReasons).toEqual(['server-goaway']);
    expect(bench.transport.stats()).toMatchObject([{ open: 0 }]);
  });

  test('what it has not looked at was not sent, and fails at once', async () => {
    await using bench = await FrameBench.open();
    const { server, response: first } = await bench.connect();
    const second = await bench.begin(server, { method: 'POST', body: unfinished() });
    void server.goAway(1, 'NO_ERROR', 'maintenance');
    const error = await rejectionOf(second.response);
    expect(error).toMatchObject({ code: 'server-goaway', sent: 'nothing', timeout: false });
    expect(String(error)).toContain('GOAWAY NO_ERROR, "maintenance"');
    await server.settle();
    expect(server.all('RST_STREAM')).toEqual([]);
    await answer(server, 1);
    expect(await (await first).text()).toBe('ok');
  });

  test('of the first stream it may be the reason: with an error that is an error, and not sent again', async () => {
    await using bench = await FrameBench.open();
    const { server, response } = await bench.connect();
    void server.goAway(0, 'ENHANCE_YOUR_CALM', 'you again');
    const error = await rejectionOf(response);
    expect(error).toMatchObject({ code: 'connection-closed', sent: 'all' });
    expect(String(error)).toContain('GOAWAY ENHANCE_YOUR_CALM, "you again"');
    await server.closed;
    expect([bench.recorder.closeReasons, bench.peer.connectionsOpened]).toEqual([['server-goaway'], 1]);
  });

  test('announced with all streams there can be, and then with the last one', async () => {
    await using bench = await FrameBench.open();
    const { server, response: first } = await bench.connect();
    const second = await bench.begin(server, { method: 'POST', body: unfinished() });
    void server.goAway(2 ** 31 - 1);
    await server.settle();
    expect(bench.recorder.kinds).not.toContain('requestFailed');
    void server.goAway(1);
    expect(await rejectionOf(second.response)).toMatchObject({ code: 'server-goaway', sent: 'nothing' });
    await answer(server, 1);
    expect(await (await first).text()).toBe('ok');
    expect(bench.recorder.all('gotGoAway').map(({ lastStreamId }) => lastStreamId)).toEqual([2 ** 31 - 1, 2 ** 31 - 1, 1, 1]);
  });

  test('the first code that is an error stays, and its text', async () => {
    await using bench = await FrameBench.open();
    const { server, response } = await bench.connect();
    void server.goAway(1, 'NO_ERROR', 'soon');
    void server.goAway(1, 'INTERNAL_ERROR', 'a bug');
    void server.goAway(1, 'NO_ERROR', 'now');
    await server.settle();
    server.end();
    const error = await rejectionOf(response);
    expect(error).toMatchObject({ code: 'connection-closed', phase: 'response-head', sent: 'all' });
    expect(String(error)).toContain('GOAWAY INTERNAL_ERROR, "a bug"');
  });

  test('a reason stays, though the next one gives none', async () => {
    await using bench = await FrameBench.open();
    const { server, response } = await bench.connect();
    void server.goAway(2 ** 31 - 1, 'NO_ERROR', 'maintenance');
    void server.goAway(1);
    await server.settle();
    server.end();
    expect(String(await rejectionOf(response))).toContain('GOAWAY NO_ERROR, "maintenance"');
  });

  test('one that takes back what another has said breaks the protocol', async () => {
    await using bench = await FrameBench.open();
    const { server, response } = await bench.connect();
    void server.goAway(1);
    void server.goAway(3);
    expect(await rejectionOf(response)).toMatchObject({ code: 'malformed-response' });
    expect(await server.next('GOAWAY')).toMatchObject({ code: 'PROTOCOL_ERROR' });
  });

  test('and then the end: who reads a body hears of both (Go issue 14627)', async () => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect();
    void server.headers(streamId, { ':status': '200' });
    void server.data(streamId, 'ab');
    void server.goAway(streamId, 'INTERNAL_ERROR', 'a bug');
    const text = (await response).text();
    server.end();
    const error = await rejectionOf(text);
    expect(error).toMatchObject({ code: 'truncated', phase: 'response-body' });
    expect(String(error)).toContain('GOAWAY INTERNAL_ERROR, "a bug"');
    expect(bench.recorder.closeReasons).toEqual(['connection-lost']);
  });

  test.for([
    { method: 'GET', fact: 'a GET, which is sent at once' },
    { method: 'POST', fact: 'a POST, which waits its turn' },
  ])('that comes with the end while $fact, begins: it is sent on another connection', async ({ method }) => {
    await using bench = await FrameBench.open();
    const server = await bench.warm();
    await server.raw(frames.goAway(1));
    server.end();
    const response = bench.send({ method, body: method === 'POST' ? 'pay' : null });
    const next = await bench.accept();
    await answer(next, (await next.next('HEADERS')).streamId);
    expect(await (await response).text()).toBe('ok');
    expect(server.all('HEADERS')).toHaveLength(method === 'POST' ? 1 : 2);
  });
});

describe('Go D.7: a stream that is reset', () => {
  test.for([
    { code: 'REFUSED_STREAM', error: { code: 'stream-refused', sent: 'nothing' } },
    { code: 'CANCEL', error: { code: 'stream-reset', sent: 'partial' } },
    { code: 'INTERNAL_ERROR', error: { code: 'stream-reset', sent: 'partial' } },
    { code: 'NO_ERROR', error: { code: 'stream-reset', sent: 'partial' } },
    { code: 0x1234, error: { code: 'stream-reset', sent: 'partial' } },
  ] as const)('before the answer, with $code: $error.code, and nothing is sent in return', async ({ code, error }) => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect({ method: 'POST', body: unfinished() });
    void server.reset(streamId, code);
    expect(await rejectionOf(response)).toMatchObject({ ...error, phase: 'request' });
    await server.settle();
    expect(server.all('RST_STREAM')).toEqual([]);
    const next = await bench.begin(server);
    await answer(server, next.streamId);
    expect(await (await next.response).text()).toBe('ok');
    expect(bench.peer.connectionsOpened).toBe(1);
  });

  test('in the body: it is never taken for its end, not even with NO_ERROR', async () => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect();
    void server.headers(streamId, { ':status': '200' });
    void server.data(streamId, 'ab');
    const text = (await response).text();
    void server.reset(streamId, 'NO_ERROR');
    expect(await rejectionOf(text)).toMatchObject({ code: 'truncated', phase: 'response-body', sent: 'all' });
  });

  test('in one read with the head: the response is there, and its body fails (Go issue 49645)', async () => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect();
    await server.raw(Buffer.concat([frames.headers(streamId, { ':status': '200' }), frames.reset(streamId, 'CANCEL')]));
    const { status, text } = await response.then((got) => ({ status: got.status, text: got.text() }));
    expect(status).toBe(200);
    expect(await rejectionOf(text)).toMatchObject({ code: 'truncated' });
  });

  test('after a whole answer, which does not want the rest of the request: the answer stays (RFC 9113 §8.1)', async () => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect({ method: 'POST', body: unfinished() });
    const whole = [frames.headers(streamId, { ':status': '413' }), frames.data(streamId, 'no', { endStream: true })];
    await server.raw(Buffer.concat([...whole, frames.reset(streamId, 'NO_ERROR')]));
    expect(await (await response).text()).toBe('no');
    await server.settle();
    expect(bench.recorder.kinds).not.toContain('requestFailed');
  });

  test('with PROTOCOL_ERROR: the others go on, and who comes gets another connection (Go issue 77843)', async () => {
    await using bench = await FrameBench.open();
    const { server, response: first } = await bench.connect();
    const second = await bench.begin(server);
    void server.reset(second.streamId, 'PROTOCOL_ERROR');
    expect(await rejectionOf(second.response)).toMatchObject({ code: 'stream-reset', sent: 'all' });
    const { server: next, streamId, response: third } = await bench.connect();
    expect(next.number).toBe(2);
    await answer(next, streamId);
    await answer(server, 1);
    expect([await (await first).text(), await (await third).text()]).toEqual(['ok', 'ok']);
    await server.closed;
    expect(bench.recorder.closeReasons).toEqual(['doubtful-framing']);
  });
});

describe('Go D.7: an answer before the request is sent', () => {
  test('of more than 299: no more of it is sent, and the stream is reset with NO_ERROR once the server has ended it', async () => {
    await using bench = await FrameBench.open();
    const released = Promise.withResolvers<unknown>();
    const body = new ReadableStream<string>({ start: (stream) => stream.enqueue('x'), cancel: released.resolve });
    const { server, streamId, response } = await bench.connect({ method: 'POST', body });
    await server.next('DATA');
    void server.headers(streamId, { ':status': '413' });
    const answered = await response;
    await released.promise;
    await server.settle();
    expect(server.all('RST_STREAM')).toEqual([]);
    await server.data(streamId, 'no', { endStream: true });
    expect([answered.status, await answered.text()]).toEqual([413, 'no']);
    expect(await server.next('RST_STREAM')).toMatchObject({ streamId, code: 'NO_ERROR' });
    expect(server.all('DATA')).toHaveLength(1);
    expect(bench.transport.stats()).toMatchObject([{ idle: 1 }]);
  });

  test('of 299 and less: both go on, side by side', async () => {
    await using bench = await FrameBench.open();
    let controller: ReadableStreamDefaultController<string> | undefined;
    const body = new ReadableStream<string>({ start: (stream) => void (controller = stream) });
    const { server, streamId, response } = await bench.connect({ method: 'POST', body });
    void server.headers(streamId, { ':status': '200' });
    const chunks = (await response).chunks();
    for (const text of ['one', 'two', 'three']) {
      controller?.enqueue(text);
      const { data } = await server.next('DATA');
      void server.data(streamId, data);
      expect(Buffer.from((await chunks.next()).value ?? []).toString()).toBe(text);
    }
    controller?.close();
    await server.next('DATA', ({ endStream }) => endStream);
    await server.data(streamId, '', { endStream: true });
    expect((await chunks.next()).done).toBe(true);
    expect(server.all('RST_STREAM')).toEqual([]);
    await until(() => bench.transport.stats()[0]?.idle === 1);
  });

  test('that is whole, with the request under way: the rest of it is not wanted any more', async () => {
    await using bench = await FrameBench.open();
    const { server, streamId, response } = await bench.connect({ method: 'POST', body: unfinished() });
    await server.next('DATA');
    await answer(server, streamId);
    expect(await (await response).text()).toBe('ok');
    expect(await server.next('RST_STREAM')).toMatchObject({ streamId, code: 'NO_ERROR' });
    expect(bench.transport.stats()).toMatchObject([{ idle: 1 }]);
  });
});
