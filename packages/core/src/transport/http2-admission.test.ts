import { describe, expect, test, vi } from 'vitest';

import { Streams } from '../h2/streams.ts';
import { isInUse, until } from '../../test/exchanges.ts';
import { answer, FrameBench } from '../../test/frame-bench.ts';
import { rejectionOf } from '../../test/rejection-of.ts';

describe('Go D.4: a connection that fails before anybody has used it', () => {
  test.for(['end', 'reset'] as const)('by its %s: one request hears of it, and nobody dials for ever', async (how) => {
    await using bench = await FrameBench.open();
    const response = bench.send({ method: 'POST', body: 'pay' });
    const server = await bench.peer.connection();
    await server.next('HEADERS');
    if (how === 'end') server.end();
    else server.resetConnection();
    const error = await rejectionOf(response);
    expect(error).toMatchObject({ code: how === 'end' ? 'connection-closed' : 'connection-reset', isConnectionReused: false });
    await until(() => !bench.transport.stats().some(isInUse));
    expect(bench.peer.connectionsOpened).toBe(1);
  });

  test('by a GOAWAY that takes nothing: it is tried again, later and later, and not for ever', async () => {
    await using bench = await FrameBench.open();
    const response = bench.send();
    for (let count = 0; count < 6; count++) {
      const server = await bench.peer.connection();
      void server.settings();
      void server.goAway(0, 'NO_ERROR', 'full');
      await server.closed;
      await bench.clock.advance(2_000);
    }
    const error = await rejectionOf(response);
    expect(error).toMatchObject({ code: 'server-goaway', sent: 'nothing' });
    expect(String(error)).toContain('"full"');
    expect([bench.peer.connectionsOpened, bench.transport.stats().filter(isInUse)]).toEqual([6, []]);
  });
});

describe('Go D.4: a connection that takes no more', () => {
  test('since it was idle for too long, by its own clock or the wall’s', async () => {
    await using bench = await FrameBench.open({ idleConnTimeout: 1_000 });
    const first = await bench.warm();
    await bench.clock.advance(1_000);
    await first.closed;
    const second = await bench.warm();
    bench.clock.jumpWallClock(1_001);
    await bench.warm();
    await second.closed;
    expect(bench.recorder.closeReasons).toEqual(['idle-timeout', 'idle-timeout']);
  });

  test('since the numbers of its streams are used up: what is under way goes on', async () => {
    await using bench = await FrameBench.open();
    const open = vi.spyOn(Streams.prototype, 'open');
    const idsLeft = vi.spyOn(Streams.prototype, 'idsLeft', 'get').mockImplementation(() => 2 - open.mock.calls.length);
    const { server, response: first } = await bench.connect();
    const { response: second } = await bench.begin(server);
    idsLeft.mockRestore();
    open.mockRestore();
    const { server: next, response: third } = await bench.connect();
    expect([next.number, bench.recorder.closeReasons]).toEqual([2, []]);
    await answer(server, 1);
    await answer(server, 3);
    await answer(next, 1);
    for (const response of [first, second, third]) expect(await (await response).text()).toBe('ok');
    await server.closed;
    expect(bench.recorder.closeReasons).toEqual(['streams-exhausted']);
  });

  test('since it was asked to close: what is under way goes on', async () => {
    await using bench = await FrameBench.open();
    const { server, response: first } = await bench.connect();
    const closing = await bench.begin(server, { close: true });
    const { server: next, streamId, response: third } = await bench.connect();
    expect(next.number).toBe(2);
    await answer(server, closing.streamId);
    expect(await (await closing.response).text()).toBe('ok');
    expect(bench.recorder.closeReasons).toEqual([]);
    await answer(server, 1);
    await answer(next, streamId);
    expect([await (await first).text(), await (await third).text()]).toEqual(['ok', 'ok']);
    await server.closed;
    expect(bench.recorder.closeReasons).toEqual(['request-close']);
  });
});

describe('Go D.7: how a connection is closed', () => {
  test('in order: the server is told that no more comes, and that is all', async () => {
    await using bench = await FrameBench.open();
    const server = await bench.warm();
    bench.transport.closeIdleConnections();
    expect(await server.next('GOAWAY')).toMatchObject({ lastStreamId: 0, code: 'NO_ERROR' });
    await server.closed;
  });

  test('for an error: the server hears of it, although it is sending', async () => {
    await using bench = await FrameBench.open();
    const { server, response } = await bench.connect();
    void server.windowUpdate(0, 2 ** 31 - 1);
    expect(await rejectionOf(response)).toMatchObject({ code: 'malformed-response' });
    // What it still sends does not matter to anybody.
    for (let count = 0; count < 50; count++) void server.data(1, Buffer.alloc(16_000));
    expect(await server.next('GOAWAY')).toMatchObject({ code: 'FLOW_CONTROL_ERROR' });
    await server.closed;
  });
});

describe('connections that are opened ahead', () => {
  test('one of HTTP/2 serves a burst', async () => {
    await using bench = await FrameBench.open();
    await bench.transport.preconnect(bench.peer.url);
    const server = await bench.accept();
    expect(bench.transport.stats()).toMatchObject([{ open: 1, idle: 1, exchanges: 0 }]);
    const begun = [];
    while (begun.length < 20) begun.push(await bench.begin(server));
    for (const { streamId } of begun) void answer(server, streamId);
    for (const { response } of begun) expect(await (await response).text()).toBe('ok');
    expect(bench.recorder.all('gotConn')[0]).toMatchObject({ reused: false, wasIdle: true });
    expect(bench.peer.connectionsOpened).toBe(1);
  });

  test('several share the work', async () => {
    await using bench = await FrameBench.open();
    await bench.transport.preconnect(bench.peer.url, 3);
    const servers = [await bench.accept(), await bench.accept(), await bench.accept()];
    const sent = Array.from({ length: 6 }, () => bench.send());
    for (const server of servers) {
      for (let count = 0; count < 2; count++) await answer(server, (await server.next('HEADERS')).streamId);
    }
    for (const response of sent) expect(await (await response).text()).toBe('ok');
  });
});
