import type { FrameConversation } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { answer, FrameBench } from '../../test/frame-bench.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import { HttpRequest, type HttpRequestInit } from '../contract/http-request.ts';

const once = (): ReadableStream<string> => ReadableStream.from(['pay']);

interface Message {
  readonly fact: string;
  readonly init: () => HttpRequestInit;
  readonly isSentAgain: boolean;
}

/** A request that was not looked at may be anything; its body must be there again. */
const MESSAGES: readonly Message[] = [
  { fact: 'a GET', init: () => ({}), isSentAgain: true },
  { fact: 'a POST with bytes', init: () => ({ method: 'POST', body: 'pay' }), isSentAgain: true },
  { fact: 'a PATCH with a body that can be opened again', init: () => ({ method: 'PATCH', body: once }), isSentAgain: true },
  { fact: 'a POST with a stream', init: () => ({ method: 'POST', body: once() }), isSentAgain: false },
];

/** The request on a connection, whole. @returns its body. */
async function receive(server: FrameConversation, streamId: number): Promise<string> {
  const head = server.all('HEADERS').find((frame) => frame.streamId === streamId);
  if (head?.endStream !== true) await server.next('DATA', (frame) => frame.streamId === streamId && frame.endStream);
  const data = server.all('DATA').filter((frame) => frame.streamId === streamId);
  return data.map((frame) => frame.data.toString()).join('');
}

/** Whether the request comes on the connection by now. */
function hasCome(server: FrameConversation, count: number): boolean {
  return server.all('HEADERS').length >= count;
}

describe('Go D.6: a request beyond the last stream of a GOAWAY', () => {
  test.for(MESSAGES)('$fact', async ({ init, isSentAgain }) => {
    await using bench = await FrameBench.open();
    const server = await bench.warm();
    const { streamId, response } = await bench.begin(server, init());
    const body = await receive(server, streamId);
    void server.goAway(1, 'NO_ERROR');
    if (!isSentAgain) {
      expect(await rejectionOf(response)).toMatchObject({ code: 'server-goaway', sent: 'nothing' });
      expect(bench.peer.connectionsOpened).toBe(1);
      return;
    }
    const next = await bench.accept();
    const again = await next.next('HEADERS');
    expect(await receive(next, again.streamId)).toBe(body);
    expect(again.fields).toEqual(server.all('HEADERS').at(-1)?.fields);
    await answer(next, again.streamId);
    const answered = await response;
    expect([await answered.text(), answered.connection?.reused]).toEqual(['ok', false]);
    expect(bench.recorder.all('resend')).toMatchObject([{ attempt: 2, error: { code: 'server-goaway', sent: 'nothing' } }]);
  });

  test('many of them go out again on one connection', async () => {
    await using bench = await FrameBench.open();
    const server = await bench.warm();
    const begun = [];
    while (begun.length < 10) begun.push(await bench.begin(server, { method: 'POST', body: 'pay' }));
    void server.goAway(5, 'NO_ERROR');
    const next = await bench.accept();
    for (let count = 0; count < 8; count++) await answer(next, (await next.next('HEADERS')).streamId);
    for (const streamId of [3, 5]) await answer(server, streamId);
    for (const { response } of begun) expect(await (await response).text()).toBe('ok');
    expect(bench.peer.connectionsOpened).toBe(2);
  });

  test('in the middle of its body: the first source is released, the second sent whole', async () => {
    await using bench = await FrameBench.open();
    const server = await bench.warm();
    const released: unknown[] = [];
    let opened = 0;
    const body = (): ReadableStream<string> => {
      opened += 1;
      if (opened === 2) return ReadableStream.from(['one', 'two']);
      return new ReadableStream({ start: (stream) => stream.enqueue('one'), cancel: (reason) => void released.push(reason) });
    };
    const { response } = await bench.begin(server, { method: 'POST', body });
    await server.next('DATA');
    void server.goAway(1);
    const next = await bench.accept();
    expect(await receive(next, (await next.next('HEADERS')).streamId)).toBe('onetwo');
    await answer(next, 1);
    expect(await (await response).text()).toBe('ok');
    expect([opened, released.length]).toEqual([2, 1]);
  });
});

describe('Go D.6: REFUSED_STREAM', () => {
  test.for(MESSAGES)('$fact', async ({ init, isSentAgain }) => {
    await using bench = await FrameBench.open();
    const server = await bench.warm();
    const { streamId, response } = await bench.begin(server, init());
    const body = await receive(server, streamId);
    void server.reset(streamId, 'REFUSED_STREAM');
    if (!isSentAgain) {
      expect(await rejectionOf(response)).toMatchObject({ code: 'stream-refused', sent: 'nothing' });
      return;
    }
    // On the same connection, which takes others.
    const again = await server.next('HEADERS');
    expect(await receive(server, again.streamId)).toBe(body);
    await answer(server, again.streamId);
    expect(await (await response).text()).toBe('ok');
    expect(bench.recorder.all('resend')).toMatchObject([{ attempt: 2, error: { code: 'stream-refused', sent: 'nothing' } }]);
    expect(bench.peer.connectionsOpened).toBe(1);
  });

  test('again and again: at once, and then later and later, five times in all', async () => {
    await using bench = await FrameBench.open();
    const server = await bench.warm();
    const { response } = await bench.begin(server, { method: 'POST', body: 'pay' });
    void server.reset(3, 'REFUSED_STREAM');
    await server.next('HEADERS');
    for (const [at, mostMs] of [100, 200, 400, 800].entries()) {
      void server.reset(5 + 2 * at, 'REFUSED_STREAM');
      await server.settle();
      await bench.clock.advance(mostMs / 2 - 1);
      await server.settle();
      expect([mostMs, hasCome(server, at + 4)]).toEqual([mostMs, false]);
      await bench.clock.advance(mostMs / 2 + 1);
      await server.next('HEADERS');
    }
    void server.reset(13, 'REFUSED_STREAM');
    expect(await rejectionOf(response)).toMatchObject({ code: 'stream-refused', sent: 'nothing' });
    expect(bench.recorder.all('resend').map(({ attempt }) => attempt)).toEqual([2, 3, 4, 5, 6]);
    expect(bench.recorder.all('getConn')).toHaveLength(1 + 6);
  });

  test('an abort ends the wait, with its reason', async () => {
    await using bench = await FrameBench.open();
    const server = await bench.warm();
    const controller = new AbortController();
    const { response } = await bench.begin(server, { signal: controller.signal });
    void server.reset(3, 'REFUSED_STREAM');
    await server.next('HEADERS');
    void server.reset(5, 'REFUSED_STREAM');
    await server.settle();
    controller.abort('enough');
    expect(await rejectionOf(response)).toBe('enough');
    await bench.clock.advance(10_000);
    await server.settle();
    expect(hasCome(server, 4)).toBe(false);
  });
});

describe('Go D.6: what may have been looked at', () => {
  test.for(['CANCEL', 'INTERNAL_ERROR', 'PROTOCOL_ERROR', 'STREAM_CLOSED', 'ENHANCE_YOUR_CALM', 'HTTP_1_1_REQUIRED', 'NO_ERROR'] as const)(
    'a GET that is reset with %s is not sent again',
    async (code) => {
      await using bench = await FrameBench.open();
      const server = await bench.warm();
      const { streamId, response } = await bench.begin(server);
      void server.reset(streamId, code);
      expect(await rejectionOf(response)).toMatchObject({ code: 'stream-reset', sent: 'all' });
      expect(bench.recorder.kinds).not.toContain('resend');
    },
  );

  interface Row {
    readonly fact: string;
    readonly init: HttpRequestInit;
    readonly isWarm: boolean;
    readonly isSentAgain: boolean;
  }
  test.for<Row>([
    { fact: 'a GET on a connection that was there before is sent again', init: {}, isWarm: true, isSentAgain: true },
    {
      fact: 'a POST with a key, too',
      init: { method: 'POST', body: 'pay', headers: { 'Idempotency-Key': '1' } },
      isWarm: true,
      isSentAgain: true,
    },
    { fact: 'another POST is not', init: { method: 'POST', body: 'pay' }, isWarm: true, isSentAgain: false },
    { fact: 'nor a GET on a fresh connection', init: {}, isWarm: false, isSentAgain: false },
  ])('a connection that ends without an answer: $fact', async ({ init, isWarm, isSentAgain }) => {
    await using bench = await FrameBench.open();
    const server = isWarm ? await bench.warm() : undefined;
    const begun = server === undefined ? await bench.connect(init) : { server, ...(await bench.begin(server, init)) };
    begun.server.end();
    if (!isSentAgain) {
      const code = isWarm ? 'stale-connection' : 'connection-closed';
      expect(await rejectionOf(begun.response)).toMatchObject({ code, sent: 'all' });
      return;
    }
    const next = await bench.accept();
    await answer(next, (await next.next('HEADERS')).streamId);
    expect(await (await begun.response).text()).toBe('ok');
    expect(bench.recorder.all('resend')).toMatchObject([{ attempt: 2, error: { code: 'stale-connection' } }]);
  });

  test('and it is sent again once: a request that ends its connections is not sent for ever', async () => {
    await using bench = await FrameBench.open();
    const server = await bench.warm();
    const { response } = await bench.begin(server);
    server.end();
    const next = await bench.accept();
    await next.next('HEADERS');
    next.end();
    expect(await rejectionOf(response)).toMatchObject({ code: 'connection-closed', sent: 'all' });
    expect(bench.peer.connectionsOpened).toBe(2);
  });

  test('one that was sent once, and not looked at the second time, counts as sent', async () => {
    await using bench = await FrameBench.open();
    const server = await bench.warm();
    const { response } = await bench.begin(server, { method: 'PUT', body: once, headers: { 'Idempotency-Key': '1' } });
    await receive(server, 3);
    server.end();
    const next = await bench.accept();
    await next.next('HEADERS');
    void next.goAway(0, 'ENHANCE_YOUR_CALM');
    expect(await rejectionOf(response)).toMatchObject({ code: 'connection-closed', sent: 'all' });
  });

  test('the response has the request of its caller, however often it was sent', async () => {
    await using bench = await FrameBench.open();
    const server = await bench.warm();
    const request = new HttpRequest(bench.peer.url, { trace: bench.recorder.trace });
    const response = bench.transport.roundTrip(request);
    void server.reset((await server.next('HEADERS')).streamId, 'REFUSED_STREAM');
    await answer(server, (await server.next('HEADERS')).streamId);
    expect((await response).request).toBe(request);
    await (await response).text();
  });
});

test('a request that waits to be sent again fails at once when the Transport is closed', async () => {
  await using bench = await FrameBench.open();
  const server = await bench.warm();
  const { response } = await bench.begin(server);
  void server.reset(3, 'REFUSED_STREAM');
  await server.next('HEADERS', (frame) => frame.streamId === 5);
  void server.reset(5, 'REFUSED_STREAM');
  await server.settle();
  await bench.transport.close();
  expect(await rejectionOf(response)).toMatchObject({ code: 'transport-closed' });
});
