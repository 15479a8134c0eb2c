import { setImmediate } from 'node:timers/promises';

import { compose, HttpRequest, RoundTripError, Transport } from '@roundtripper/core';
import { BytePeer, TestClock, TestServer } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { itself } from '../test/scripted.ts';
import { attemptsOf, retry } from './index.ts';

const quick = { minTimeout: 0 };
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

test.for([
  { fact: 'no body', body: '' },
  { fact: 'a short one', body: 'busy' },
  { fact: 'one of 60 KiB', body: 'x'.repeat(61_440) },
  { fact: 'one in chunks', body: ['x'.repeat(1_000), 'y'.repeat(1_000)] },
])('unread predecessors give their connection back: $fact', async ({ body }) => {
  await using server = await TestServer.start();
  await using client = compose(retry({ ...quick, retries: 5 }), new Transport());
  const refusal = { status: 503, body } as const;
  server.enqueue(refusal, refusal, refusal, refusal, refusal, { body: 'hello' });
  const response = await client.roundTrip(new HttpRequest(server.url));
  expect([await response.text(), server.requests.length, server.connectionsOpened]).toEqual(['hello', 6, 1]);
});

test('a 421 is repeated on another connection, which then stays in use', async () => {
  await using server = await TestServer.start();
  await using client = compose(retry(quick), new Transport());
  server.enqueue(
    { body: 'first' },
    { status: 421, body: 'not here' },
    { body: 'hello' },
    { status: 421 },
    { status: 421, body: 'nor here' },
  );
  const send = async (): Promise<string> => (await client.roundTrip(new HttpRequest(server.url, { method: 'POST', body: 'x' }))).text();
  expect([await send(), await send(), await send()]).toEqual(['first', 'hello', 'nor here']);
  expect(server.requests.map(({ connection }) => connection)).toEqual([1, 1, 2, 2, 3]);
});

/** A peer that breaks its first connection, and answers on the others. */
async function breaking(how: 'before' | 'during' | 'after', heads: string[]): Promise<BytePeer> {
  return BytePeer.listen(async (conversation) => {
    if (conversation.number === 1 && how === 'before') {
      conversation.reset();
      return;
    }
    for await (const head of conversation.heads()) {
      heads.push(head.split('\r\n', 1)[0] ?? '');
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? '0');
      if (conversation.number === 1) {
        await conversation.read(how === 'during' ? 100 : length);
        conversation.reset();
        return;
      }
      await conversation.read(length);
      await conversation.write(OK);
    }
  });
}

const BODY = new Uint8Array(1_000_000);

test.for(['before', 'during', 'after'] as const)('reset %s the request: a PUT is sent again, whole', async (how) => {
  const heads: string[] = [];
  await using peer = await breaking(how, heads);
  await using client = compose(retry(quick), new Transport());
  const response = await client.roundTrip(new HttpRequest(peer.url, { method: 'PUT', body: BODY }));
  expect([await response.text(), attemptsOf(response).length, peer.connectionsOpened]).toEqual(['ok', 2, 2]);
  expect(heads.length).toBe(how === 'before' ? 1 : 2);
});

test.for(['during', 'after'] as const)('reset %s the request: a POST is not sent again', async (how) => {
  const heads: string[] = [];
  await using peer = await breaking(how, heads);
  await using client = compose(retry(quick), new Transport());
  const error = await client.roundTrip(new HttpRequest(peer.url, { method: 'POST', body: BODY })).catch(itself);
  expect(['partial', 'all']).toContain(error instanceof RoundTripError ? error.sent : error);
  expect([heads.length, peer.connectionsOpened, attemptsOf(error).at(-1)?.reason]).toEqual([1, 1, 'not-idempotent']);
});

test('reset before the request: a POST is sent again where not a byte of it was written, and is never seen twice', async () => {
  const heads: string[] = [];
  await using peer = await breaking('before', heads);
  await using client = compose(retry(quick), new Transport());
  const result = await client
    .roundTrip(new HttpRequest(peer.url, { method: 'POST', body: BODY }))
    .then((response) => response.text(), itself);
  // Whether the reset or the first write comes first is the system's choice.
  expect(heads.length).toBe(result === 'ok' ? 1 : 0);
  expect(result === 'ok' || attemptsOf(result).at(-1)?.reason === 'not-idempotent').toBe(true);
});

test('a storm of 503 brings a fifth more requests, and 10 a second', async () => {
  let count = 0;
  await using server = await TestServer.start({
    handler: (_, response) => {
      count += 1;
      response.writeHead(503).end('busy');
    },
  });
  const clock = new TestClock();
  await using client = compose(retry({ ...quick, retries: 10, clock }), new Transport({ maxConnsPerHost: 20 }));
  const over: true[] = [];
  const pending = Promise.all(Array.from({ length: 1_000 }, () => client.roundTrip(new HttpRequest(server.url)))).finally(() =>
    over.push(true),
  );
  // No time passes: what one window has is all there is.
  while (over.length === 0) {
    await clock.advance(0);
    await setImmediate();
  }
  const responses = await pending;
  await Promise.all(responses.map((response) => response.dispose()));
  expect([responses.every(({ status }) => status === 503), count]).toEqual([true, 1_000 + 200 + 100]);
});

test('a server that is slow to answer is given up, and the next one is asked', async () => {
  await using server = await TestServer.start();
  const clock = new TestClock();
  await using client = compose(retry({ ...quick, perTryTimeout: 1_000, clock }), new Transport());
  server.enqueue({ fault: 'never-answer' }, { fault: 'never-answer' }, { body: 'hello' });
  const pending = client.roundTrip(new HttpRequest(server.url));
  await server.takeRequest();
  await clock.advance(1_000);
  await server.takeRequest();
  await clock.advance(1_000);
  const response = await pending;
  expect([await response.text(), attemptsOf(response).length]).toEqual(['hello', 3]);
  await server.whenOpenConnections(1);
});
