import { compose, HttpRequest, RoundTripError, Transport } from '@roundtripper/core';
import { TestServer } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { cache, cacheStatus } from './index.ts';

const itself = (error: unknown): unknown => error;

test('a thousand requests for one cold key are one request at the server, over one connection', async () => {
  await using server = await TestServer.start({
    handler: (_request, response) => {
      response.setHeader('Cache-Control', 'max-age=60');
      response.end('x'.repeat(100_000));
    },
  });
  await using transport = new Transport();
  await using httpCache = cache();
  const client = compose(httpCache, transport);
  const bodies = await Promise.all(
    Array.from({ length: 1_000 }, async () => (await client.roundTrip(new HttpRequest(`${server.url}/a`))).text()),
  );
  expect([server.requests.length, server.connectionsOpened, new Set(bodies).size, bodies[0]?.length]).toEqual([1, 1, 1, 100_000]);
});

test('a server that dies in the middle of a body fails all who read it, and leaves nothing behind', async () => {
  await using server = await TestServer.start();
  server.enqueue(
    { headers: { 'Cache-Control': 'max-age=60' }, body: 'x'.repeat(200_000), fault: 'truncate-body' },
    { headers: { 'Cache-Control': 'max-age=60' }, body: 'whole' },
  );
  await using transport = new Transport();
  await using httpCache = cache();
  const client = compose(httpCache, transport);
  const both = await Promise.all([client.roundTrip(new HttpRequest(server.url)), client.roundTrip(new HttpRequest(server.url))]);
  const errors = await Promise.all(both.map((response) => response.text().catch(itself)));
  expect(errors.map((error) => (error instanceof RoundTripError ? error.code : error))).toEqual(['truncated', 'truncated']);
  expect((await httpCache.stats()).entries).toBe(0);
  expect(await (await client.roundTrip(new HttpRequest(server.url))).text()).toBe('whole');
});

test('a stale answer is validated at the server, and serves where the server is gone', async () => {
  await using transport = new Transport();
  await using httpCache = cache();
  const client = compose(httpCache, transport);
  const server = await TestServer.start();
  const fields = { 'Cache-Control': 'max-age=0, stale-if-error=600', 'ETag': '"a"' };
  server.enqueue({ headers: fields, body: 'x' }, { status: 304, headers: fields });
  const said: string[] = [];
  for (let turn = 0; turn < 3; turn++) {
    const response = await client.roundTrip(new HttpRequest(`${server.url}/a`));
    said.push(`${response.status} ${response.context.get(cacheStatus)} ${await response.text()}`);
    if (turn === 1) await server[Symbol.asyncDispose]();
  }
  expect(said).toEqual(['200 miss x', '200 revalidated x', '200 stale x']);
  expect(server.requests[1]?.headers).toContainEqual(['If-None-Match', '"a"']);
});

test('who asked first is cancelled while the body comes: its connection stays for who reads on', async () => {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => void (release = resolve));
  await using server = await TestServer.start({
    handler: async (_request, response) => {
      response.setHeader('Cache-Control', 'max-age=60');
      response.write('first ');
      await held;
      response.end('second');
    },
  });
  await using transport = new Transport();
  await using httpCache = cache();
  const client = compose(httpCache, transport);
  const controller = new AbortController();
  const [one, other] = await Promise.all([
    client.roundTrip(new HttpRequest(server.url, { signal: controller.signal })),
    client.roundTrip(new HttpRequest(server.url)),
  ]);
  const failed = one.text().catch(itself);
  const read = other.text();
  const reason = new Error('enough');
  controller.abort(reason);
  expect(await failed).toBe(reason);
  release();
  expect([await read, server.requests.length, (await httpCache.stats()).entries]).toEqual(['first second', 1, 1]);
});
