import { compose, HttpRequest, Transport, type RoundTripper } from '@roundtripper/core';
import { RecordingTrace, TestServer, type SharedHandler } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { hedge, hedged, retry, retryBudget } from './index.ts';

/** Never answers the first request for `/slow`, and hears whether it was given up. */
function slowFirst() {
  const seen: string[] = [];
  const givenUp = Promise.withResolvers<void>();
  const handler: SharedHandler = (request, response) => {
    seen.push(request.url ?? '');
    if (request.url === '/slow' && seen.filter((url) => url === '/slow').length === 1) {
      response.once('close', () => givenUp.resolve());
      return;
    }
    response.end('quick');
  };
  return { handler, seen, givenUp: givenUp.promise };
}

async function textOf(client: RoundTripper, url: string): Promise<string> {
  return (await client.roundTrip(new HttpRequest(url))).text();
}

test('over HTTP/1.1 the second try goes over another connection, and that of the loser is closed', async () => {
  const { handler, seen, givenUp } = slowFirst();
  await using server = await TestServer.start({ handler });
  await using transport = new Transport();
  const client = hedge({ after: 5 })(transport);
  const recording = new RecordingTrace();
  const response = await client.roundTrip(new HttpRequest(`${server.url}/slow`, { trace: recording.trace }));
  expect([await response.text(), response.context.get(hedged)]).toEqual(['quick', { tries: 2, won: 2 }]);
  await givenUp;
  await server.whenOpenConnections(1);
  expect([recording.closeReasons, server.connectionsOpened]).toEqual([['aborted'], 2]);
  expect([await textOf(client, `${server.url}/after`), seen, server.connectionsOpened]).toEqual(['quick', ['/slow', '/slow', '/after'], 2]);
});

test('over HTTP/2 the stream of the loser is reset, and the connection goes on', async () => {
  const reset = Promise.withResolvers<number>();
  let requests = 0;
  await using server = await TestServer.start({
    protocol: 'h2',
    handler: (request, response) => {
      requests += 1;
      if (requests > 1) return void response.end('quick');
      request.stream.once('close', () => reset.resolve(request.stream.rstCode));
    },
  });
  await using transport = new Transport({ protocols: { http1: false, unencryptedHttp2: true } });
  const client = hedge({ after: 5 })(transport);
  const response = await client.roundTrip(new HttpRequest(server.url));
  expect([response.proto, await response.text(), response.context.get(hedged)]).toEqual(['HTTP/2.0', 'quick', { tries: 2, won: 2 }]);
  // RFC 9113 §7: CANCEL.
  expect(await reset.promise).toBe(8);
  expect([await textOf(client, server.url), server.connectionsOpened, server.openConnections]).toEqual(['quick', 1, 1]);
});

test('a loser that is answered at the same time is read away or closed, and nothing is left in use', async () => {
  await using server = await TestServer.start({ handler: (_, response) => void response.end('x'.repeat(100_000)) });
  await using transport = new Transport();
  const client = hedge({ after: 0, max: 3, budget: false })(transport);
  const texts = await Promise.all(Array.from({ length: 30 }, () => textOf(client, server.url)));
  expect(texts.every((text) => text.length === 100_000)).toBe(true);
  while (transport.stats().some(({ busy, dialing }) => busy + dialing > 0)) await new Promise(setImmediate);
  expect(transport.stats().map(({ waiting }) => waiting)).toEqual([0]);
});

test('a reset of the first is made good by the second', async () => {
  const gate = Promise.withResolvers<void>();
  await using server = await TestServer.start();
  server.enqueue({ headDelay: gate.promise, fault: 'reset-before-response' }, { body: 'well', headDelay: gate.promise });
  await using transport = new Transport();
  const recording = new RecordingTrace(({ kind }) => {
    if (kind === 'hedge') setImmediate(() => gate.resolve());
  });
  const response = await hedge({ after: 5 })(transport).roundTrip(new HttpRequest(server.url, { trace: recording.trace }));
  expect([await response.text(), response.context.get(hedged)]).toEqual(['well', { tries: 2, won: 2 }]);
});

test('a loser whose body was under way is cut off', async () => {
  const gate = Promise.withResolvers<void>();
  await using server = await TestServer.start();
  server.enqueue(
    { status: 503, body: ['busy', 'busy'], headDelay: gate.promise, fault: 'stall-body' },
    { body: 'well', headDelay: gate.promise },
  );
  await using transport = new Transport();
  const recording = new RecordingTrace(({ kind }) => {
    if (kind === 'hedge') setImmediate(() => gate.resolve());
  });
  const response = await hedge({ after: 5 })(transport).roundTrip(new HttpRequest(server.url, { trace: recording.trace }));
  expect([await response.text(), server.requests.length]).toEqual(['well', 2]);
  await server.whenOpenConnections(1);
});

test('inside retry(): each attempt is hedged, and one budget serves both', async () => {
  await using server = await TestServer.start();
  const never = new Promise(() => {});
  server.enqueue({ headDelay: never }, { status: 503, body: 'busy', headDelay: 20 }, { status: 503, body: 'busy' }, { body: 'well' });
  await using transport = new Transport();
  const budget = retryBudget({ ratio: 0, reservePerSecond: 2, window: 1_000 });
  const recording = new RecordingTrace();
  const client = compose(retry({ budget, minTimeout: 0, perTryTimeout: 50 }), hedge({ after: 5, budget }), transport);
  const response = await client.roundTrip(new HttpRequest(server.url, { trace: recording.trace }));
  const begun = recording.all('hedge').filter(({ withheld }) => withheld === undefined);
  expect([response.status, begun.length, recording.all('retry').length]).toEqual([503, 1, 1]);
  expect(recording.all('retryStopped').map(({ reason }) => reason)).toEqual(['budget-exhausted']);
  await response.dispose();
});
