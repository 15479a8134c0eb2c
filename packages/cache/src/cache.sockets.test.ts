import { compose, HttpRequest, RoundTripError, Transport, type HttpRequestInit, type TraceEvent } from '@roundtripper/core';
import { BytePeer, TestServer } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { cache, cacheStatus, memoryStore } from './index.ts';

const FRESH = { 'Cache-Control': 'max-age=60' };

async function text(client: ReturnType<typeof compose>, url: string, init?: HttpRequestInit): Promise<string> {
  return (await client.roundTrip(new HttpRequest(url, init))).text();
}

test('asks once, and keeps the connection for others', async () => {
  await using server = await TestServer.start();
  const httpCache = cache();
  await using transport = new Transport();
  const client = compose(httpCache, transport);
  server.enqueue({ headers: { ...FRESH, ETag: '"a"' }, body: ['hel', 'lo'] }, { body: 'other' });
  expect(await text(client, server.url)).toBe('hello');
  const hit = await client.roundTrip(new HttpRequest(server.url));
  expect([
    hit.headers.get('etag'),
    hit.headers.has('transfer-encoding'),
    hit.headers.has('connection'),
    hit.context.get(cacheStatus),
  ]).toEqual(['"a"', false, false, 'hit']);
  expect(await hit.text()).toBe('hello');
  expect(await text(client, `${server.url}/other`)).toBe('other');
  expect([server.requests.length, server.connectionsOpened]).toEqual([2, 1]);
});

test('whoever reads a body while it is recorded gets its trailers; whoever is served from the store gets none', async () => {
  await using server = await TestServer.start();
  await using client = compose(cache(), new Transport());
  server.enqueue({ headers: { ...FRESH, Trailer: 'X-Sum' }, body: ['hello'], trailers: { 'X-Sum': '1' } });
  for (const sum of ['1', null]) {
    const response = await client.roundTrip(new HttpRequest(server.url));
    expect(await response.text()).toBe('hello');
    expect(response.trailers.get('x-sum')).toBe(sum);
  }
});

test.for([
  { id: 'interim-102', interim: ['HTTP/1.1 102 Processing\r\n\r\n'], told: ['102 null'] },
  { id: 'interim-103', interim: ['HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nX-Early: 1\r\n\r\n'], told: ['103 1'] },
  { id: 'several', interim: ['HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 103 \r\nX-Early: 2\r\n\r\n'], told: ['100 null', '103 2'] },
])('$id: interim answers are told to who asked the server, and nothing of them is stored', async ({ interim, told }) => {
  const answer = `${interim.join('')}HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 5\r\n\r\nhello`;
  await using peer = await BytePeer.listen(async (conversation) => {
    for await (const _head of conversation.heads()) await conversation.write(answer);
  });
  await using client = compose(cache(), new Transport());
  const heard: string[] = [];
  const trace = (event: TraceEvent): void => {
    if (event.kind === 'got1xxResponse') heard.push(`${event.status} ${event.headers.get('x-early')}`);
  };
  for (const status of ['miss', 'hit']) {
    const response = await client.roundTrip(new HttpRequest(peer.url, { trace }));
    expect([response.status, await response.text(), response.context.get(cacheStatus)]).toEqual([200, 'hello', status]);
    expect([response.headers.get('x-early'), response.headers.get('link'), heard]).toEqual([null, null, told]);
  }
});

test('the connection is back in the pool when the reader of a recorded body sees its end', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport();
  server.enqueue({ headers: FRESH, body: 'hello' });
  await text(compose(cache(), transport), server.url);
  expect(transport.stats().map(({ idle }) => idle)).toEqual([1]);
});

test('a slow reader of a recorded body has as much read ahead for it as the Transport says', async () => {
  const BYTES = 2_097_152;
  await using server = await TestServer.start();
  // A chunk counts 256 bytes more than it has.
  await using transport = new Transport({ maxReadAheadBytes: 2 * BYTES });
  server.enqueue({ headers: FRESH, body: Buffer.alloc(BYTES) });
  const response = await compose(cache(), transport).roundTrip(new HttpRequest(server.url));
  const chunks = response.chunks();
  await chunks.next();
  while (transport.stats().some(({ busy }) => busy > 0)) await new Promise(setImmediate);
  await chunks.return?.();
});

test.for(['truncate-body', 'reset-body'] as const)('a server that dies in the middle of a body: %s', async (fault) => {
  await using server = await TestServer.start();
  await using client = compose(cache(), new Transport());
  server.enqueue(
    { headers: FRESH, body: 'hello', fault },
    { headers: FRESH, body: ['he', 'llo'], fault },
    { headers: FRESH, body: 'whole' },
  );
  for (let at = 0; at < 2; at++) await expect(text(client, server.url)).rejects.toBeInstanceOf(RoundTripError);
  expect([await text(client, server.url), await text(client, server.url), server.requests.length]).toEqual(['whole', 'whole', 3]);
});

test('cancelled in the middle of a body: its reader gets the reason, and nothing is stored', async () => {
  await using server = await TestServer.start();
  const httpCache = cache();
  await using client = compose(httpCache, new Transport());
  server.enqueue({ headers: FRESH, body: ['hello', 'world'], fault: 'stall-body' });
  const controller = new AbortController();
  const response = await client.roundTrip(new HttpRequest(server.url, { signal: controller.signal }));
  const reason = new Error('enough');
  const read = response.text().catch((error: unknown) => error);
  controller.abort(reason);
  expect([await read, (await httpCache.stats()).stores]).toEqual([reason, 0]);
});

test('a recorded body that is disposed of gives its connection up', async () => {
  await using server = await TestServer.start();
  await using client = compose(cache(), new Transport());
  server.enqueue({ headers: FRESH, body: ['hello', 'world'], fault: 'stall-body' });
  const response = await client.roundTrip(new HttpRequest(server.url));
  await response.dispose();
  await server.whenOpenConnections(0);
});

test('a slow reader slows the server down', async () => {
  let written = 0;
  const chunk = new Uint8Array(65_536);
  await using server = await TestServer.start({
    handler: async (_, response) => {
      response.writeHead(200, FRESH);
      while (response.writable && written < 200_000_000) {
        written += chunk.byteLength;
        if (!response.write(chunk)) await drainedOrClosed(response);
      }
    },
  });
  await using client = compose(cache({ maxEntryBytes: 1_000_000_000, store: memoryStore({ maxBytes: 1_000_000_000 }) }), new Transport());
  const response = await client.roundTrip(new HttpRequest(server.url));
  const chunks = response.chunks();
  await chunks.next();
  await whenUnchanged(() => written);
  expect(written).toBeLessThan(50_000_000);
  await response.dispose();
});

test('1000 at once, and 1000 again without a server', async () => {
  const server = await TestServer.start({ handler: (request, response) => void response.writeHead(200, FRESH).end(request.url) });
  const httpCache = cache();
  await using client = compose(httpCache, new Transport({ maxConnsPerHost: 20 }));
  const round = (): Promise<string[]> => Promise.all(Array.from({ length: 1_000 }, (_, at) => text(client, `${server.url}/${at}`)));
  const expected = Array.from({ length: 1_000 }, (_, at) => `/${at}`);
  expect(await round()).toEqual(expected);
  await server[Symbol.asyncDispose]();
  expect(await round()).toEqual(expected);
  expect(await httpCache.stats()).toMatchObject({ entries: 1_000, hits: 1_000 });
});

test('a body of 20 MB passes through a cache of 5', async () => {
  const large = Buffer.alloc(20_000_000, 'x');
  await using server = await TestServer.start({ handler: (_, response) => void response.writeHead(200, FRESH).end(large) });
  const httpCache = cache();
  await using client = compose(httpCache, new Transport());
  const response = await client.roundTrip(new HttpRequest(server.url));
  expect([(await response.bytes()).byteLength, (await httpCache.stats()).bytes]).toEqual([20_000_000, 0]);
});

test('a PUT is seen by the next GET', async () => {
  let value = 'old';
  await using server = await TestServer.start({
    handler: (request, response) => {
      if (request.method === 'PUT') request.on('data', (chunk) => void (value = String(chunk))).on('end', () => response.end());
      else response.writeHead(200, FRESH).end(value);
    },
  });
  await using client = compose(cache(), new Transport());
  expect(await text(client, server.url)).toBe('old');
  await text(client, server.url, { method: 'PUT', body: 'new' });
  expect(await text(client, server.url)).toBe('new');
});

async function drainedOrClosed(response: NodeJS.EventEmitter): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  response.on('drain', resolve).on('close', resolve);
  await promise;
  response.off('drain', resolve).off('close', resolve);
}

/** For so many turns of the event loop. */
async function whenUnchanged(value: () => number): Promise<void> {
  let last = value();
  for (let turns = 0; turns < 2_000; turns++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (value() !== last) turns = 0;
    last = value();
  }
}
