import { BytePeer, RecordingTrace, TestServer } from '@roundtripper/testing';
import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';

import { fetchText, holdExchange, send, until, isInUse } from '../../test/exchanges.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import type { HttpResponse } from '../contract/http-response.ts';
import { Transport } from './transport.ts';

const CHUNK = randomBytes(65_536);
const CHUNKS = 800;
const TOTAL = CHUNK.length * CHUNKS;

/** More than all buffers between the two ends hold, and far less than a body. */
const BOUND = 20 * 1_048_576;

/** A peer that sends 50 MB as fast as it may, and counts. */
async function largePeer(options: { readonly tls: boolean }): Promise<{ readonly peer: BytePeer; readonly written: () => number }> {
  let written = 0;
  const peer = await BytePeer.listen(async (conversation) => {
    await conversation.readHead();
    await conversation.write(`HTTP/1.1 200 OK\r\nContent-Length: ${TOTAL}\r\n\r\n`);
    for (let count = 0; count < CHUNKS; count++) {
      if (!(await conversation.write(CHUNK))) break;
      written += CHUNK.length;
    }
    await conversation.readUntilClose();
  }, options);
  return { peer, written: () => written };
}

const expectedHash = createHash('sha256');
for (let count = 0; count < CHUNKS; count++) expectedHash.update(CHUNK);
const EXPECTED = expectedHash.digest('hex');

describe.for([false, true])('50 MB (TLS %s)', (tls) => {
  const readers: readonly { how: string; chunksOf: (response: HttpResponse) => AsyncIterable<Uint8Array> }[] = [
    { how: 'chunks()', chunksOf: (response) => response.chunks() },
    { how: 'body', chunksOf: (response) => response.body ?? ReadableStream.from([]) },
  ];
  test.for(readers)('read slowly by $how are held back', async ({ chunksOf }) => {
    const { peer, written } = await largePeer({ tls });
    await using _peer = peer;
    await using transport = new Transport({ tls: { rejectUnauthorized: false } });
    const response = await send(transport, peer.url);
    // It has stopped once the peer could send no more for some turns.
    let before = -1;
    let still = 0;
    await until(() => {
      still = written() === before ? still + 1 : 0;
      before = written();
      return still > 20;
    });
    expect(written()).toBeLessThan(BOUND);
    const hash = createHash('sha256');
    let read = 0;
    let most = 0;
    for await (const chunk of chunksOf(response)) {
      read += chunk.length;
      hash.update(chunk);
      most = Math.max(most, written() - read);
    }
    expect(read).toBe(TOTAL);
    expect(hash.digest('hex')).toBe(EXPECTED);
    expect(most).toBeLessThan(BOUND);
    expect(transport.stats()).toMatchObject([{ open: 1, idle: 1 }]);
  });
});

test('a large body is collected whole', async () => {
  const { peer } = await largePeer({ tls: false });
  await using _peer = peer;
  await using transport = new Transport();
  const response = await send(transport, peer.url);
  expect(response.contentLength).toBe(TOTAL);
  expect(
    createHash('sha256')
      .update(await response.bytes())
      .digest('hex'),
  ).toBe(EXPECTED);
  expect(transport.stats()).toMatchObject([{ open: 1, idle: 1 }]);
});

describe('given up in the middle, a body closes its connection and the next request works', () => {
  const ways: readonly { how: string; leave: (response: HttpResponse) => Promise<unknown> }[] = [
    { how: 'dispose()', leave: (response) => response.dispose() },
    {
      how: 'leaving the loop',
      leave: async (response) => {
        for await (const _ of response.chunks()) break;
      },
    },
    { how: 'cancel()', leave: (response) => response.body?.cancel() ?? Promise.resolve() },
    {
      how: 'a reader that cancels',
      leave: async (response) => {
        const reader = response.body?.getReader();
        await reader?.read();
        await reader?.cancel();
      },
    },
    {
      how: 'dispose() after a chunk',
      leave: async (response) => {
        await response.chunks().next();
        await response.dispose();
      },
    },
  ];
  test.for(ways)('by $how', async ({ leave }) => {
    await using server = await TestServer.start();
    await using transport = new Transport({ maxDrainBytes: 0 });
    server.enqueue({ body: 'half', fault: 'stall-body' });
    const recorder = new RecordingTrace();
    const response = await send(transport, server.url, { trace: recorder.trace });
    await leave(response);
    expect(recorder.closeReasons).toEqual(['body-abandoned']);
    expect(transport.stats().filter(isInUse)).toEqual([]);
    await server.whenOpenConnections(0);
    expect(await fetchText(transport, server.url)).toBe('ok');
  });
});

test('disposed of when all of it has come, a body leaves the connection in the pool', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport();
  const response = await send(transport, server.url);
  await until(() => transport.stats()[0]?.idle === 1);
  await response.dispose();
  expect(await rejectionOf(response.text())).toMatchObject({ code: 'body-disposed' });
  expect(await fetchText(transport, server.url)).toBe('ok');
  expect(server.connectionsOpened).toBe(1);
});

test('a read that is pending fails when the response is disposed of', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport();
  const held = await holdExchange(transport, server);
  const text = rejectionOf(held.response.text());
  await held.response.dispose();
  await held.response.dispose();
  expect(await text).toMatchObject({ code: 'body-disposed', phase: 'response-body' });
  await server.whenOpenConnections(0);
});

test('what has come can be read long after the server has gone', async () => {
  const server = await TestServer.start();
  await using transport = new Transport();
  const whole = await send(transport, server.url);
  server.enqueue({ body: 'half', fault: 'truncate-body' });
  const half = await send(transport, server.url);
  await server[Symbol.asyncDispose]();
  await until(() => !transport.stats().some(isInUse));
  expect(await whole.text()).toBe('ok');
  const chunks = half.chunks();
  expect((await chunks.next()).value?.length).toBe(4);
  expect(await rejectionOf(chunks.next())).toMatchObject({ code: 'truncated', phase: 'response-body' });
  expect(await chunks.next()).toEqual({ done: true, value: undefined });
});

test('a paused body whose server has gone can still be read to its end', async () => {
  const body = 'x'.repeat(1_000_000);
  await using peer = await BytePeer.listen(async (conversation) => {
    await conversation.readHead();
    await conversation.write(`HTTP/1.1 200 OK\r\n\r\n${body}`);
    conversation.end();
  });
  await using transport = new Transport();
  const response = await send(transport, peer.url);
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  expect((await response.text()).length).toBe(body.length);
  expect(transport.stats().filter(isInUse)).toEqual([]);
});

test('a request that is made between two chunks is served', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport();
  server.enqueue({ body: ['a', 'b', 'c'] });
  const response = await send(transport, server.url);
  const texts: string[] = [];
  for await (const chunk of response.chunks()) texts.push(Buffer.from(chunk).toString(), await fetchText(transport, server.url));
  expect(texts.filter((text) => text !== 'ok').join('')).toBe('abc');
  await until(() => transport.stats()[0]?.idle === transport.stats()[0]?.open);
});

test('trailers are there when the end is', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport();
  server.enqueue({ body: ['a'], trailers: { 'X-Sum': '7' } });
  const response = await send(transport, server.url);
  expect(await response.text()).toBe('a');
  expect(response.trailers.get('x-sum')).toBe('7');
});
