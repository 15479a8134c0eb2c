import type { FrameConversation } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { answer, FrameBench } from '../../test/frame-bench.ts';
import type { HttpResponse } from '../contract/http-response.ts';

const WINDOW = 100_000;
const options = { http2: { maxReceiveBufferPerConnection: WINDOW } };

/** What the server may still send of DATA, of all streams. */
function left(server: FrameConversation): number {
  const updates = server.all('WINDOW_UPDATE').filter(({ streamId }) => streamId === 0);
  // The first is in the preface: it makes the window what the options say.
  const refunded = updates.slice(1).reduce((sum, { increment }) => sum + increment, 0);
  return WINDOW + refunded - (sent.get(server) ?? 0);
}

const sent = new WeakMap<FrameConversation, number>();

async function send(server: FrameConversation, streamId: number, bytes: number): Promise<void> {
  sent.set(server, (sent.get(server) ?? 0) + bytes);
  for (let at = 0; at < bytes; at += 16_384) void server.data(streamId, Buffer.alloc(Math.min(16_384, bytes - at), 'x'));
  await server.settle();
}

/** Sends on a stream that nobody reads for as long as it may. */
async function fill(server: FrameConversation, streamId: number): Promise<void> {
  while (left(server) > 0) await send(server, streamId, left(server));
}

/** A connection with two responses under way, of which the first has filled its window. */
async function filled(bench: FrameBench): Promise<{ server: FrameConversation; slow: HttpResponse; other: HttpResponse }> {
  const { server, response: first } = await bench.connect();
  const second = await bench.begin(server);
  void server.headers(1, { ':status': '200' });
  void server.headers(3, { ':status': '200' });
  const [slow, other] = [await first, await second.response];
  await fill(server, 1);
  return { server, slow, other };
}

test('responses that are not read and fill the buffer of their connection are told to each request on it, and once', async () => {
  await using bench = await FrameBench.open(options);
  const { server, slow, other } = await filled(bench);
  expect(bench.recorder.all('receiveBufferFull')).toMatchObject([
    { unreadBytes: WINDOW, connection: { protocol: 'h2' } },
    { unreadBytes: WINDOW },
  ]);
  await slow.dispose();
  await server.next('WINDOW_UPDATE', ({ streamId, increment }) => streamId === 0 && increment >= WINDOW / 2);
  void server.data(3, 'ok', { endStream: true });
  expect(await other.text()).toBe('ok');
  expect(bench.recorder.all('receiveBufferFull')).toHaveLength(2);
});

test('they are told of anew once half of it was free', async () => {
  await using bench = await FrameBench.open(options);
  const { server, slow, other } = await filled(bench);
  await slow.dispose();
  await server.next('WINDOW_UPDATE', ({ streamId, increment }) => streamId === 0 && increment >= WINDOW / 2);
  await fill(server, 3);
  expect(bench.recorder.all('receiveBufferFull')).toHaveLength(3);
  await other.dispose();
});

test('a response that is read says nothing of it, however large', async () => {
  await using bench = await FrameBench.open(options);
  const { server, streamId, response } = await bench.connect();
  void server.headers(streamId, { ':status': '200' });
  const text = (await response).text();
  for (let round = 0; round < 10; round++) await send(server, streamId, left(server));
  await server.data(streamId, '', { endStream: true });
  expect((await text).length).toBeGreaterThan(5 * WINDOW);
  expect(bench.recorder.all('receiveBufferFull')).toEqual([]);
});

test('who is told may dispose of what is not read, and the others go on', async () => {
  await using bench = await FrameBench.open(options);
  const { promise: unread, resolve } = Promise.withResolvers<HttpResponse>();
  const { server, response } = await bench.connect({
    trace: (event) => {
      if (event.kind === 'receiveBufferFull') void unread.then((slow) => slow.dispose());
    },
  });
  void server.headers(1, { ':status': '200' });
  resolve(await response);
  while (server.all('RST_STREAM').length === 0) await send(server, 1, left(server));
  const { streamId, response: next } = await bench.begin(server);
  await answer(server, streamId);
  expect(await (await next).text()).toBe('ok');
});
