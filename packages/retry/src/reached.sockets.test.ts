import { compose, HttpRequest, Transport } from '@roundtripper/core';
import { BytePeer, TestClock, TestServer } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { itself } from '../test/scripted.ts';
import { attemptsOf, retry } from './index.ts';

const reasons = (outcome: unknown): string[] => attemptsOf(outcome).map(({ reason }) => reason);

test('a POST whose time is over while it waits for a connection has not been sent, and is sent once', async () => {
  await using server = await TestServer.start();
  const clock = new TestClock();
  await using client = compose(retry({ minTimeout: 0, perTryTimeout: 1_000, clock }), new Transport({ maxConnsPerHost: 1 }));
  const slow = Promise.withResolvers<void>();
  server.enqueue({ body: 'slow', bodyDelay: slow.promise }, { body: 'hello' });
  const first = await client.roundTrip(new HttpRequest(server.url));
  const pending = client.roundTrip(new HttpRequest(server.url, { method: 'POST', body: 'x' }));
  await clock.advance(1_000);
  slow.resolve();
  expect(await first.text()).toBe('slow');
  const response = await pending;
  expect([await response.text(), reasons(response)]).toEqual(['hello', ['nothing-sent', 'answered']]);
  expect(attemptsOf(response)[0]?.error).toMatchObject({ code: 'try-timeout', phase: 'queue', sent: 'nothing', timeout: true });
  expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'POST']);
});

test('nor is one during a handshake that does not end', async () => {
  // It says nothing: to who waits for TLS that is a server that hangs.
  const opened = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  await using peer = await BytePeer.listen(async (conversation) => {
    await conversation.read(1);
    opened[conversation.number - 1]?.resolve();
    await conversation.closed;
  });
  const clock = new TestClock();
  await using client = compose(retry({ minTimeout: 0, retries: 1, perTryTimeout: 1_000, clock }), new Transport());
  const url = peer.url.replace('http:', 'https:');
  const thrown = client.roundTrip(new HttpRequest(url, { method: 'POST', body: 'x' })).catch(itself);
  for (const { promise } of opened) {
    await promise;
    await clock.advance(1_000);
  }
  const error = await thrown;
  expect(error).toMatchObject({ code: 'try-timeout', phase: 'tls', sent: 'nothing' });
  expect(reasons(error)).toEqual(['nothing-sent', 'attempts-used-up']);
});

test('a POST that has a connection may have been sent, and is not sent again', async () => {
  await using server = await TestServer.start();
  const clock = new TestClock();
  await using client = compose(retry({ minTimeout: 0, perTryTimeout: 1_000, clock }), new Transport());
  server.enqueue({ fault: 'never-answer' });
  const thrown = client.roundTrip(new HttpRequest(server.url, { method: 'POST', body: 'x' })).catch(itself);
  await server.takeRequest();
  await clock.advance(1_000);
  const error = await thrown;
  expect(error).toMatchObject({ code: 'try-timeout', phase: 'response-head', sent: 'all' });
  expect([reasons(error), server.requests.length]).toEqual([['not-idempotent'], 1]);
});
