import { compose, HttpRequest, Transport, type HttpResponse, type RoundTripper } from '@roundtripper/core';
import { TestClock, TestServer, type ScriptedResponse } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { rejectionOf } from '../test/rejection-of.ts';
import { circuitBreaker, concurrencyLimit, rateLimit, retry, type CircuitChange } from './index.ts';

function get(client: RoundTripper, url: string): Promise<HttpResponse> {
  return client.roundTrip(new HttpRequest(url));
}

test('a server that is gone opens the circuit, and one that is back closes it', async () => {
  const gone = await TestServer.start();
  const { url } = gone;
  await gone[Symbol.asyncDispose]();
  const clock = new TestClock();
  const changes: CircuitChange[] = [];
  const breaker = circuitBreaker({
    trip: { consecutiveFailures: 3 },
    openFor: 1_000,
    clock,
    onStateChange: (change) => changes.push(change),
  });
  const dials: string[] = [];
  await using client = compose(breaker, new Transport());
  for (let count = 0; count < 5; count++) {
    const error = await rejectionOf(
      client.roundTrip(new HttpRequest(url, { trace: ({ kind }) => kind === 'getConn' && dials.push(kind) })),
    );
    expect(error).toMatchObject({ code: count < 3 ? 'dial-failed' : 'circuit-open', sent: 'nothing' });
  }
  expect([dials.length, breaker.state(url)]).toEqual([3, { kind: 'open', retryAfterMs: 1_000 }]);

  await using server = await TestServer.start();
  const other = circuitBreaker({ trip: { consecutiveFailures: 1 }, openFor: 1_000, clock });
  await using second = compose(other, new Transport());
  server.enqueue({ status: 503, body: 'down' });
  expect(await (await get(second, server.url)).text()).toBe('down');
  expect(await rejectionOf(get(second, server.url))).toMatchObject({ code: 'circuit-open' });
  await clock.advance(1_000);
  expect([await (await get(second, server.url)).text(), other.state(server.url).kind, server.requests.length]).toEqual(['ok', 'closed', 2]);
});

test('an AbortSignal.timeout that ends a request counts as a failure; a cancelled one does not', async () => {
  await using server = await TestServer.start();
  const breaker = circuitBreaker({ trip: { consecutiveFailures: 1 } });
  await using client = compose(breaker, new Transport());
  server.enqueue({ fault: 'never-answer' }, { fault: 'never-answer' });
  const controller = new AbortController();
  const cancelled = rejectionOf(client.roundTrip(new HttpRequest(server.url, { signal: controller.signal })));
  await server.takeRequest();
  controller.abort();
  await cancelled;
  expect(breaker.state(server.url).kind).toBe('closed');
  await rejectionOf(client.roundTrip(new HttpRequest(server.url, { signal: AbortSignal.timeout(10) })));
  expect(breaker.state(server.url).kind).toBe('open');
});

test('retry() around a breaker does not ask again what is refused', async () => {
  await using server = await TestServer.start({ handler: (_, response) => void response.writeHead(503).end() });
  await using client = compose(retry({ retries: 5, minTimeout: 0 }), circuitBreaker({ trip: { consecutiveFailures: 2 } }), new Transport());
  expect(await rejectionOf(get(client, server.url))).toMatchObject({ code: 'circuit-open' });
  expect(server.requests.length).toBe(2);
});

test('a server never sees more requests at once than the limit, whatever goes wrong, and no place is lost', async () => {
  let underWay = 0;
  let most = 0;
  await using server = await TestServer.start({
    handler: (request, response) => {
      underWay += 1;
      most = Math.max(most, underWay);
      response.once('close', () => (underWay -= 1));
      request.resume();
      response.end('x'.repeat(50_000));
    },
  });
  const faults: readonly ScriptedResponse['fault'][] = [
    'close-before-response',
    'reset-before-response',
    'truncate-body',
    'reset-body',
    'garbage',
  ];
  server.enqueue(...Array.from({ length: 60 }, (_, index) => ({ body: 'some bytes', fault: faults[index % faults.length] })));
  const limit = concurrencyLimit({ limit: 4 });
  await using client = compose(limit, new Transport());
  const run = async (_: unknown, index: number): Promise<void> => {
    const response = await get(client, server.url);
    if (index % 3 === 0) await response.dispose();
    else await response.text();
  };
  await Promise.allSettled(Array.from({ length: 200 }, run));
  expect(most).toBeLessThanOrEqual(4);
  expect(limit.state(server.url)).toEqual({ limit: 4, inFlight: 0, waiting: 0 });
  expect(server.requests.length).toBe(200);
});

test('over HTTP/2, where one connection carries all, the limit is on requests', async () => {
  let underWay = 0;
  let most = 0;
  await using server = await TestServer.start({
    protocol: 'h2',
    handler: (_, response) => {
      underWay += 1;
      most = Math.max(most, underWay);
      setImmediate(() => {
        underWay -= 1;
        response.end('ok');
      });
    },
  });
  const limit = concurrencyLimit({ limit: 3 });
  await using client = compose(limit, new Transport({ protocols: { http1: false, unencryptedHttp2: true } }));
  const texts = await Promise.all(Array.from({ length: 50 }, async () => (await get(client, server.url)).text()));
  expect([texts.length, most, server.connectionsOpened]).toEqual([50, 3, 1]);
});

test('a response that nobody reads or disposes of holds its place until it is collected', async () => {
  await using server = await TestServer.start({ handler: (_, response) => void response.end('x'.repeat(1_000_000)) });
  const limit = concurrencyLimit({ limit: 1 });
  await using client = compose(limit, new Transport());
  expect((await get(client, server.url)).status).toBe(200);
  expect(limit.state(server.url).inFlight).toBe(1);
  const second = get(client, server.url);
  for (let turn = 0; turn < 500 && limit.state(server.url).waiting > 0; turn++) {
    globalThis.gc?.();
    await new Promise(setImmediate);
  }
  await (await second).dispose();
});

test('a rate is kept on the wire', async () => {
  const clock = new TestClock();
  await using server = await TestServer.start();
  await using client = compose(rateLimit({ rate: 5, burst: 5, clock }), new Transport());
  const all = Array.from({ length: 8 }, async () => (await get(client, server.url)).text());
  await Promise.all(all.slice(0, 5));
  expect(server.requests.length).toBe(5);
  await clock.advance(600);
  await Promise.all(all);
  expect(server.requests.length).toBe(8);
});
