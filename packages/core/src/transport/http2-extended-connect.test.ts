import type { FrameConversation } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { answer, FrameBench } from '../../test/frame-bench.ts';
import { rejectionOf } from '../../test/rejection-of.ts';

const CONNECT = { method: 'CONNECT', protocol: 'echo' } as const;
const TAKES_IT = { ENABLE_CONNECT_PROTOCOL: 1 } as const;

/** The streams that were opened. */
function heads(server: FrameConversation): number[] {
  return server.all('HEADERS').map(({ streamId }) => streamId);
}

describe('Go D.11: CONNECT with a protocol (RFC 8441)', () => {
  test('waits for what the server says of itself, and other requests do not', async () => {
    await using bench = await FrameBench.open();
    const response = bench.send(CONNECT, '/chat?room=1');
    const server = await bench.peer.connection();
    const other = bench.send();
    expect((await server.next('HEADERS')).fields).toContainEqual([':path', '/']);
    await server.handshake(TAKES_IT);
    const { streamId, fields, endStream } = await server.next('HEADERS');
    expect([streamId, endStream]).toEqual([3, false]);
    expect(fields.filter(([name]) => name.startsWith(':'))).toEqual([
      [':method', 'CONNECT'],
      [':scheme', 'http'],
      [':authority', `127.0.0.1:${bench.peer.port}`],
      [':path', '/chat?room=1'],
      [':protocol', 'echo'],
    ]);
    void server.headers(streamId, { ':status': '200' });
    const { socket } = await response;
    socket?.end('ping');
    expect(String((await server.next('DATA')).data)).toBe('ping');
    await server.data(streamId, 'pong', { endStream: true });
    expect(String(Buffer.concat((await socket?.toArray()) ?? []))).toBe('pong');
    await answer(server, 1);
    expect(await (await other).text()).toBe('ok');
  });

  test.for([{}, { ENABLE_CONNECT_PROTOCOL: 0 }])('a server that says %o is not asked, and its connection goes on', async (settings) => {
    await using bench = await FrameBench.open();
    const response = bench.send(CONNECT);
    const server = await bench.accept(settings);
    expect(await rejectionOf(response)).toMatchObject({ code: 'not-supported', sent: 'nothing' });
    expect(await rejectionOf(bench.send(CONNECT))).toMatchObject({ code: 'not-supported', sent: 'nothing' });
    const { streamId, response: next } = await bench.begin(server);
    await answer(server, streamId);
    expect([streamId, await (await next).text(), bench.peer.connectionsOpened]).toEqual([1, 'ok', 1]);
  });

  test('a server that says later that it takes it is asked from then on', async () => {
    await using bench = await FrameBench.open();
    const refused = bench.send(CONNECT);
    const server = await bench.accept();
    expect(await rejectionOf(refused)).toMatchObject({ code: 'not-supported' });
    void server.settings(TAKES_IT);
    await server.settle();
    const { streamId, response } = await bench.begin(server, CONNECT);
    await server.headers(streamId, { ':status': '200' }, { endStream: true });
    const { socket } = await response;
    expect(await socket?.toArray()).toEqual([]);
    socket?.destroy();
  });

  test('that is given up while it waits was never there', async () => {
    await using bench = await FrameBench.open();
    const controller = new AbortController();
    const response = bench.send({ ...CONNECT, signal: controller.signal });
    const server = await bench.peer.connection();
    controller.abort(new Error('enough'));
    expect(await rejectionOf(response)).toMatchObject({ message: 'enough' });
    await server.handshake(TAKES_IT);
    await server.settle();
    expect([heads(server), server.all('RST_STREAM')]).toEqual([[], []]);
  });

  test('does not wait for ever: settingsTimeout ends the connection', async () => {
    await using bench = await FrameBench.open({ http2: { settingsTimeout: 1_000 } });
    const response = bench.send(CONNECT);
    const server = await bench.peer.connection();
    await server.next('SETTINGS');
    await bench.clock.advance(1_000);
    expect(await rejectionOf(response)).toMatchObject({ code: 'connection-closed', sent: 'nothing', timeout: true });
    expect(await server.next('GOAWAY')).toMatchObject({ code: 'SETTINGS_TIMEOUT' });
  });
});

describe('RFC 9113 §5.1.2: more that wait than the server takes at once', () => {
  test('with strictMaxConcurrentStreams one goes out after the other', async () => {
    await using bench = await FrameBench.open({ http2: { strictMaxConcurrentStreams: true } });
    const sent = Array.from({ length: 3 }, () => bench.send(CONNECT));
    const server = await bench.accept({ ...TAKES_IT, MAX_CONCURRENT_STREAMS: 1 });
    for (const streamId of [1, 3, 5]) {
      await server.next('HEADERS', (head) => head.streamId === streamId);
      await server.settle();
      expect(heads(server)).toHaveLength((streamId + 1) / 2);
      void server.headers(streamId, { ':status': '403' }, { endStream: true });
    }
    for (const response of sent) expect((await response).status).toBe(403);
    expect(bench.peer.connectionsOpened).toBe(1);
  });

  test('else the rest have connections of their own', async () => {
    await using bench = await FrameBench.open();
    const sent = Array.from({ length: 3 }, () => bench.send(CONNECT));
    for (let count = 0; count < 3; count++) {
      const server = await bench.accept({ ...TAKES_IT, MAX_CONCURRENT_STREAMS: 1 });
      const { streamId } = await server.next('HEADERS');
      await server.settle();
      expect(heads(server)).toEqual([1]);
      void server.headers(streamId, { ':status': '403' }, { endStream: true });
    }
    for (const response of sent) expect((await response).status).toBe(403);
  });
});
