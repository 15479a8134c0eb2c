import { describe, expect, test } from 'vitest';

import { answer, FrameBench } from '../../test/frame-bench.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import type { HttpResponse } from '../contract/http-response.ts';

const textOf = async (response: Promise<HttpResponse>): Promise<string> => (await response).text();

describe('RFC 9113 §7, ENHANCE_YOUR_CALM: a connection that ends with it', () => {
  test('a thousand requests make one dial, after a while, and not a storm', async () => {
    await using bench = await FrameBench.open();
    const server = await bench.warm();
    void server.goAway(1, 'ENHANCE_YOUR_CALM', 'too_many_requests');
    await server.closed;
    const texts = Array.from({ length: 1_000 }, () => textOf(bench.send()));
    expect(bench.transport.stats()).toMatchObject([{ open: 0, dialing: 0, waiting: 1_000 }]);
    expect(bench.transport.stats()[0]?.backingOffMs).toBeGreaterThan(0);
    await bench.clock.advance(124);
    expect(bench.transport.stats()).toMatchObject([{ dialing: 0, waiting: 1_000 }]);
    await bench.clock.advance(126);
    expect(bench.transport.stats()).toMatchObject([{ dialing: 1, waiting: 1_000 }]);
    const next = await bench.accept({ MAX_CONCURRENT_STREAMS: 1_000 });
    for (let count = 0; count < 1_000; count++) await answer(next, (await next.next('HEADERS')).streamId);
    expect(new Set(await Promise.all(texts))).toEqual(new Set(['ok']));
    expect(bench.peer.connectionsOpened).toBe(2);
    expect(bench.transport.stats()).toMatchObject([{ open: 1, opened: 2, waiting: 0 }]);
  });

  test('what it has not looked at is sent again after the pause, and the rest goes on meanwhile', async () => {
    await using bench = await FrameBench.open();
    const { server, response: first } = await bench.connect({}, { MAX_CONCURRENT_STREAMS: 2 });
    const second = await bench.begin(server);
    void server.goAway(1, 'ENHANCE_YOUR_CALM');
    await server.settle();
    expect(bench.recorder.all('resend')).toMatchObject([{ attempt: 2, error: { code: 'server-goaway', sent: 'nothing' } }]);
    expect(bench.transport.stats()).toMatchObject([{ open: 1, dialing: 0, waiting: 1 }]);
    await answer(server, 1, 'one');
    expect(await textOf(first)).toBe('one');
    expect(bench.peer.connectionsOpened).toBe(1);
    await bench.clock.advance(250);
    const next = await bench.accept();
    await answer(next, (await next.next('HEADERS')).streamId, 'two');
    expect(await textOf(second.response)).toBe('two');
  });

  test('the end of the connection is not said once more: a pause is not begun again by it', async () => {
    await using bench = await FrameBench.open();
    const { server, response } = await bench.connect();
    void server.goAway(1, 'ENHANCE_YOUR_CALM');
    await server.settle();
    await bench.clock.advance(250);
    await answer(server, 1);
    expect(await textOf(response)).toBe('ok');
    await server.closed;
    expect(bench.transport.stats()[0]).not.toHaveProperty('backingOffMs');
    const { server: next, streamId, response: second } = await bench.connect();
    await answer(next, streamId);
    expect(await textOf(second)).toBe('ok');
  });

  test('announced in peace first, and then in anger', async () => {
    await using bench = await FrameBench.open();
    const { server, response: first } = await bench.connect();
    void server.goAway(2 ** 31 - 1, 'NO_ERROR');
    void server.goAway(1, 'ENHANCE_YOUR_CALM');
    await server.settle();
    const second = bench.send();
    expect(bench.transport.stats()).toMatchObject([{ open: 1, dialing: 0, waiting: 1 }]);
    await answer(server, 1, 'one');
    expect(await textOf(first)).toBe('one');
    await bench.clock.advance(250);
    const next = await bench.accept();
    await answer(next, (await next.next('HEADERS')).streamId, 'two');
    expect(await textOf(second)).toBe('two');
  });

  test('an abort ends the wait, with its reason and nothing left', async () => {
    await using bench = await FrameBench.open();
    const server = await bench.warm();
    void server.goAway(1, 'ENHANCE_YOUR_CALM');
    await server.closed;
    const timers = bench.clock.pendingTimers;
    const controller = new AbortController();
    const response = bench.send({ signal: controller.signal });
    expect(bench.clock.pendingTimers).toBe(timers + 1);
    controller.abort('enough');
    expect(await rejectionOf(response)).toBe('enough');
    expect(bench.clock.pendingTimers).toBe(timers);
  });

  test('closing the Transport ends the wait', async () => {
    await using bench = await FrameBench.open();
    const server = await bench.warm();
    void server.goAway(1, 'ENHANCE_YOUR_CALM');
    await server.closed;
    const response = bench.send();
    await bench.transport.close();
    expect(await rejectionOf(response)).toMatchObject({ code: 'transport-closed', sent: 'nothing' });
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test.for(['NO_ERROR', 'INTERNAL_ERROR', 'PROTOCOL_ERROR'] as const)('with %s the next is opened at once', async (code) => {
    await using bench = await FrameBench.open();
    const server = await bench.warm();
    void server.goAway(1, code);
    await server.closed;
    const { server: next, streamId, response } = await bench.connect();
    await answer(next, streamId);
    expect(await textOf(response)).toBe('ok');
  });
});

test('a stream that is reset with it is one exchange: the connection goes on, and another may be opened at once', async () => {
  await using bench = await FrameBench.open();
  const server = await bench.warm({ MAX_CONCURRENT_STREAMS: 1 });
  const { streamId, response } = await bench.begin(server);
  void server.reset(streamId, 'ENHANCE_YOUR_CALM');
  expect(await rejectionOf(response)).toMatchObject({ code: 'stream-reset' });
  const again = await bench.begin(server);
  const { server: other, ...beside } = await bench.connect();
  await answer(server, again.streamId, 'again');
  await answer(other, beside.streamId, 'beside');
  expect([await textOf(again.response), await textOf(beside.response)]).toEqual(['again', 'beside']);
});
