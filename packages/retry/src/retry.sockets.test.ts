import { compose, HttpRequest, Transport } from '@roundtripper/core';
import { BytePeer, TestServer } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { attemptsOf, retry } from './index.ts';

const quick = { minTimeout: 0 };

test('gets through a server that is busy twice, with the whole body each time', async () => {
  await using server = await TestServer.start();
  await using client = compose(retry(quick), new Transport());
  server.enqueue({ status: 503, headers: { 'Retry-After': '0' }, body: 'busy' }, { status: 429, body: 'busy' }, { body: 'hello' });
  const response = await client.roundTrip(new HttpRequest(server.url, { method: 'PUT', body: 'payload' }));
  expect([await response.text(), attemptsOf(response).length]).toEqual(['hello', 3]);
  expect(server.requests.map((request) => request.text())).toEqual(['payload', 'payload', 'payload']);
});

test.for(['close-before-response', 'reset-before-response'] as const)('gets through %s', async (fault) => {
  await using server = await TestServer.start();
  await using client = compose(retry(quick), new Transport());
  server.enqueue({ fault }, { body: 'hello' });
  const response = await client.roundTrip(new HttpRequest(server.url));
  expect([await response.text(), attemptsOf(response).length]).toEqual(['hello', 2]);
});

test('a POST that reached the server is not sent again', async () => {
  await using server = await TestServer.start();
  await using client = compose(retry(quick), new Transport());
  server.enqueue({ fault: 'reset-before-response' });
  await expect(client.roundTrip(new HttpRequest(server.url, { method: 'POST', body: 'x' }))).rejects.toMatchObject({ sent: 'all' });
  expect(server.requests.length).toBe(1);
});

test('a POST with an Idempotency-Key is', async () => {
  await using server = await TestServer.start();
  await using client = compose(retry(quick), new Transport());
  server.enqueue({ fault: 'reset-before-response' }, { body: 'hello' });
  const request = new HttpRequest(server.url, { method: 'POST', body: 'x', headers: { 'Idempotency-Key': 'k' } });
  expect(await (await client.roundTrip(request)).text()).toBe('hello');
});

test('nobody listens: every attempt is made, and the last error is the Transport’s own', async () => {
  const gone = await TestServer.start();
  await gone[Symbol.asyncDispose]();
  await using client = compose(retry({ ...quick, retries: 3 }), new Transport());
  const kinds: string[] = [];
  const request = new HttpRequest(gone.url, { method: 'POST', body: 'x', trace: ({ kind }) => kinds.push(kind) });
  await expect(client.roundTrip(request)).rejects.toMatchObject({ code: 'dial-failed', sent: 'nothing' });
  expect([kinds.filter((kind) => kind === 'retry').length, kinds.filter((kind) => kind === 'getConn').length]).toEqual([3, 4]);
});

test('a body that is cut off fails as it would without', async () => {
  await using server = await TestServer.start();
  await using client = compose(retry(quick), new Transport());
  server.enqueue({ body: 'hello', fault: 'truncate-body' });
  const response = await client.roundTrip(new HttpRequest(server.url));
  await expect(response.text()).rejects.toMatchObject({ code: 'truncated' });
  expect(server.requests.length).toBe(1);
});

test('an answer that is no HTTP is not asked for again', async () => {
  let connections = 0;
  await using peer = await BytePeer.listen(async (conversation) => {
    connections += 1;
    await conversation.readHead();
    await conversation.write('garbage\r\n\r\n');
    conversation.end();
  });
  await using client = compose(retry(quick), new Transport());
  await expect(client.roundTrip(new HttpRequest(peer.url))).rejects.toMatchObject({ code: 'malformed-response' });
  expect(connections).toBe(1);
});

test('cancelled while it waits for a server that asks for 20 seconds', async () => {
  await using server = await TestServer.start();
  await using client = compose(retry(), new Transport());
  server.enqueue({ status: 503, headers: { 'Retry-After': '20' }, body: 'busy' });
  const controller = new AbortController();
  const reason = new Error('enough');
  const request = new HttpRequest(server.url, {
    signal: controller.signal,
    trace: ({ kind }) => kind === 'retry' && setImmediate(() => controller.abort(reason)),
  });
  expect(await client.roundTrip(request).catch((error: unknown) => error)).toBe(reason);
});

test('1000 at once against a server of which every other answer is a failure', async () => {
  let count = 0;
  await using server = await TestServer.start({
    handler: (_, response) => {
      count += 1;
      if (count % 2 === 0) response.end('hello');
      else if (count % 3 === 0) response.socket?.resetAndDestroy();
      else response.writeHead(503, { 'Retry-After': '0' }).end('busy');
    },
  });
  await using client = compose(retry({ retries: 50, maxTimeout: 5, budget: false }), new Transport({ maxConnsPerHost: 20 }));
  const texts = await Promise.all(Array.from({ length: 1_000 }, async () => (await client.roundTrip(new HttpRequest(server.url))).text()));
  expect(texts.every((text) => text === 'hello')).toBe(true);
});
