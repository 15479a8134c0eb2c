import { getEventListeners } from 'node:events';
import { PassThrough } from 'node:stream';

import { HttpHeaders, HttpRequest, HttpResponse, IncomingBody, RoundTripError, type HttpRequestInit } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { whenBodyEnds } from './body-end.ts';

/** A body of which the test decides what comes, and when. */
function held() {
  const chunks = new TransformStream<Uint8Array, Uint8Array>();
  const writer = chunks.writable.getWriter();
  writer.closed.catch(() => {});
  return { readable: chunks.readable, writer };
}

function watched(body: ConstructorParameters<typeof HttpResponse>[0], init: HttpRequestInit = {}, status = 200) {
  const ends: number[] = [];
  const request = new HttpRequest('http://example.com/', init);
  const response = whenBodyEnds(new HttpResponse(body, { status, headers: { 'x-a': '1' } }), request, () => ends.push(ends.length));
  return { response, ends };
}

test('a body that is read ends when its last byte has come, before its reader sees that', async () => {
  const { readable, writer } = held();
  const { response, ends } = watched(readable);
  const chunks = response.chunks();
  const first = chunks.next();
  await writer.write(new Uint8Array(5));
  expect([(await first).value?.byteLength, ends.length, response.headers.get('x-a')]).toEqual([5, 0, '1']);
  const last = chunks.next().then(({ done }) => [done, ends.length]);
  await writer.close();
  expect(await last).toEqual([true, 1]);
});

test('one that is all there ends when somebody begins to read it', async () => {
  const { response, ends } = watched('hello');
  expect(ends.length).toBe(0);
  const text = response.text();
  expect([ends.length, await text]).toEqual([1, 'hello']);
});

test('its trailers come with its end', async () => {
  const source = new IncomingBody(undefined, undefined);
  const { response } = watched(source);
  const text = response.text();
  source.push(Buffer.from('hello'));
  source.end(new HttpHeaders({ 'x-sum': '5' }));
  expect([await text, response.trailers.get('x-sum')]).toEqual(['hello', '5']);
});

test('a reader that is slower than what comes has its source wait', async () => {
  const asked: string[] = [];
  const source = new IncomingBody({ resumeBody: () => void asked.push('resume'), cancelBody: () => void asked.push('cancel') }, undefined);
  const { response } = watched(source);
  const chunks = response.chunks();
  const first = chunks.next();
  const hasRoom = [1, 2, 3].map(() => source.push(new Uint8Array(300_000)));
  expect([asked, hasRoom, (await first).value?.byteLength]).toEqual([['resume'], [true, true, false], 300_000]);
  await chunks.next();
  await chunks.next();
  expect(asked).toEqual(['resume', 'resume']);
  await chunks.return?.();
  expect(asked).toEqual(['resume', 'resume', 'cancel']);
});

test.for<[string, (response: HttpResponse) => Promise<unknown>]>([
  ['text()', (response) => response.text()],
  ['the stream', async (response) => new Response(response.body).text()],
  ['a response derived from it', (response) => response.with({ status: 203 }).text()],
  ['two clones', async (response) => Promise.all([response.clone().text(), response.text()])],
])('read by %s', async ([, read]) => {
  const { response, ends } = watched('hello');
  expect([await read(response), ends.length]).toEqual([expect.toSatisfy((found) => String(found).startsWith('hello')), 1]);
});

test.for<[string, (response: HttpResponse) => Promise<unknown>]>([
  ['disposed of unread', (response) => response.dispose()],
  ['disposed of twice', async (response) => [await response.dispose(), await response.dispose()]],
  ['its stream cancelled', async (response) => response.body?.cancel()],
  [
    'left in the middle',
    async (response) => {
      for await (const _ of response.chunks()) break;
    },
  ],
])('%s: it ends once, and so does what it came from', async ([, leave]) => {
  const { readable, writer } = held();
  const { response, ends } = watched(readable);
  const written = writer.write(new Uint8Array(3)).catch(() => {});
  await leave(response);
  await expect(writer.closed).rejects.toBeDefined();
  await written;
  expect(ends.length).toBe(1);
});

test('a body that fails ends, and its reader is told why', async () => {
  const { readable, writer } = held();
  const { response, ends } = watched(readable);
  const text = response.text();
  const failure = new RoundTripError('cut off', { code: 'truncated', phase: 'response-body', sent: 'all' });
  await writer.abort(failure);
  await expect(text).rejects.toBe(failure);
  expect(ends.length).toBe(1);
});

test.for<[string, HttpRequestInit, number]>([
  ['a HEAD', { method: 'HEAD' }, 200],
  ['a 204', {}, 204],
  ['a 304', {}, 304],
])('%s has no body to wait for', ([, init, status]) => {
  expect(watched('', init, status).ends.length).toBe(1);
});

test('nor has a length of 0', () => {
  let ends = 0;
  const empty = new HttpResponse('', { headers: { 'content-length': '0' } });
  expect(whenBodyEnds(empty, new HttpRequest('http://example.com/'), () => (ends += 1))).toBe(empty);
  expect(ends).toBe(1);
});

test('a body that somebody has taken already is his affair', async () => {
  let ends = 0;
  const taken = new HttpResponse('hello');
  const reader = taken.body?.getReader();
  expect(whenBodyEnds(taken, new HttpRequest('http://example.com/'), () => (ends += 1))).toBe(taken);
  expect(ends).toBe(1);
  await reader?.cancel();
});

test('a socket ends when it is closed', async () => {
  let ends = 0;
  const socket = new PassThrough();
  whenBodyEnds(new HttpResponse(null, { status: 101, socket }), new HttpRequest('http://example.com/'), () => (ends += 1));
  expect(ends).toBe(0);
  const closed = Promise.withResolvers<void>();
  socket.once('close', () => closed.resolve());
  socket.destroy();
  await closed.promise;
  expect(ends).toBe(1);
});

test('a cancelled request ends it, read or not; and no listener is left', async () => {
  const controller = new AbortController();
  const { response, ends } = watched('hello', { signal: controller.signal });
  controller.abort();
  expect([ends.length, getEventListeners(controller.signal, 'abort').length]).toEqual([1, 0]);
  await response.dispose();
  expect(ends.length).toBe(1);
});

test('a request that was cancelled before ends it at once', async () => {
  const { response, ends } = watched('hello', { signal: AbortSignal.abort() });
  expect(ends.length).toBe(1);
  await response.dispose();
});

test('no listener is left on the signal at the end', async () => {
  const { signal } = new AbortController();
  const { response } = watched('hello', { signal });
  expect(getEventListeners(signal, 'abort').length).toBe(1);
  await response.text();
  expect(getEventListeners(signal, 'abort').length).toBe(0);
});

test('a response that is dropped unread ends once it is collected', async () => {
  const ended = Promise.withResolvers<void>();
  const { readable, writer } = held();
  (() => {
    whenBodyEnds(new HttpResponse(readable), new HttpRequest('http://example.com/'), () => ended.resolve());
  })();
  for (let turn = 0; turn < 50; turn++) {
    globalThis.gc?.();
    await new Promise(setImmediate);
  }
  await ended.promise;
  await expect(writer.closed).rejects.toMatchObject({ code: 'response-dropped' });
});

test('one whose chunks somebody reads is not, though the response is gone', async () => {
  const { readable, writer } = held();
  const { response, ends } = watched(readable);
  const chunks = response.chunks();
  const first = chunks.next();
  for (let turn = 0; turn < 20; turn++) {
    globalThis.gc?.();
    await new Promise(setImmediate);
  }
  await writer.write(new Uint8Array(3));
  expect([(await first).value?.byteLength, ends.length]).toEqual([3, 0]);
  await chunks.return?.();
  expect(ends.length).toBe(1);
});
