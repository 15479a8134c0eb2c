import { isInUse } from '../../test/exchanges.ts';
import { BytePeer, RecordingTrace, TestServer, checkTree } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { rejectionOf } from '../../test/rejection-of.ts';
import { HttpRequest } from '../contract/http-request.ts';
import type { TraceEvent } from '../contract/trace-event.ts';
import { Transport } from './transport.ts';

type Kind = TraceEvent['kind'];

/** What a fresh connection and one answer bring, in order. */
const FRESH: readonly Kind[] = [
  'getConn',
  'queueStart',
  'dialStart',
  'connectStart',
  'connectDone',
  'connOpened',
  'dialEnd',
  'queueEnd',
  'gotConn',
  'wroteHeaders',
  'wroteRequest',
  'gotFirstResponseByte',
  'gotResponse',
  'bodyStart',
  'bodyEnd',
  'leaseReleased',
  'putIdleConn',
];
const REUSED: readonly Kind[] = ['getConn', ...FRESH.slice(FRESH.indexOf('gotConn'))];
/** After these the answer is whole: nothing is left to fail. */
const TOO_LATE: ReadonlySet<Kind> = new Set(['bodyEnd', 'leaseReleased', 'putIdleConn']);

/** Sends, and reads the answer. */
async function fetchText(transport: Transport, request: HttpRequest): Promise<string> {
  const response = await transport.roundTrip(request);
  return response.text();
}

describe.for([
  { connection: 'a fresh connection', kinds: FRESH, isReused: false },
  { connection: 'a reused connection', kinds: REUSED, isReused: true },
])('on $connection', ({ kinds, isReused }) => {
  test.for(kinds)('a request that is aborted by the listener that hears of %s ends with the reason', async (kind) => {
    await using server = await TestServer.start();
    await using transport = new Transport();
    if (isReused) await fetchText(transport, new HttpRequest(server.url));
    const controller = new AbortController();
    const reason = new Error('enough');
    const recorder = new RecordingTrace((event) => {
      if (event.kind === kind) controller.abort(reason);
    });
    const sent = fetchText(transport, new HttpRequest(server.url, { trace: recorder.trace, signal: controller.signal }));
    if (TOO_LATE.has(kind)) expect(await sent).toBe('ok');
    else expect(await rejectionOf(sent)).toBe(reason);
    const failures = recorder.events.findIndex((event) => event.kind === 'requestFailed');
    if (failures !== -1) expect(recorder.kinds.slice(failures + 1).filter((each) => each.startsWith('wrote'))).toEqual([]);
    // The Transport is in order: the next one works, and then nothing is under way.
    expect(await fetchText(transport, new HttpRequest(server.url))).toBe('ok');
    await server.whenOpenConnections(transport.stats()[0]?.open ?? 0);
    expect(transport.stats()).toMatchObject([{ dialing: 0, waiting: 0 }]);
    expect(transport.stats()[0]?.idle).toBe(transport.stats()[0]?.open);
    await transport.close();
    expect({ faults: checkTree(recorder.events), kinds: recorder.kinds }).toMatchObject({ faults: [] });
  });

  test.for(kinds)('a transport that is closed by the listener that hears of %s closes', async (kind) => {
    await using server = await TestServer.start();
    await using transport = new Transport();
    if (isReused) await fetchText(transport, new HttpRequest(server.url));
    const closed = Promise.withResolvers<void>();
    const recorder = new RecordingTrace((event) => {
      if (event.kind === kind) closed.resolve(transport.close({ graceful: false }));
    });
    const sent = fetchText(transport, new HttpRequest(server.url, { trace: recorder.trace }));
    if (TOO_LATE.has(kind)) expect(await sent).toBe('ok');
    else expect(await rejectionOf(sent)).toMatchObject({ code: 'transport-closed' });
    await closed.promise;
    expect(transport.stats().filter(isInUse)).toEqual([]);
    await server.whenOpenConnections(0);
  });

  test.for(kinds)('a graceful close by the listener that hears of %s closes', async (kind) => {
    await using server = await TestServer.start();
    await using transport = new Transport();
    if (isReused) await fetchText(transport, new HttpRequest(server.url));
    const closed = Promise.withResolvers<void>();
    const recorder = new RecordingTrace((event) => {
      if (event.kind === kind) closed.resolve(transport.close());
    });
    await fetchText(transport, new HttpRequest(server.url, { trace: recorder.trace })).catch(() => {});
    await closed.promise;
    expect(transport.stats().filter(isInUse)).toEqual([]);
    await server.whenOpenConnections(0);
  });

  test.for(kinds)('a request that is made by the listener that hears of %s is served', async (kind) => {
    await using server = await TestServer.start();
    await using transport = new Transport({ maxConnsPerHost: 1 });
    if (isReused) await fetchText(transport, new HttpRequest(server.url));
    const second = Promise.withResolvers<string>();
    const recorder = new RecordingTrace((event) => {
      if (event.kind === kind) second.resolve(fetchText(transport, new HttpRequest(server.url)));
    });
    expect(await fetchText(transport, new HttpRequest(server.url, { trace: recorder.trace }))).toBe('ok');
    expect(await second.promise).toBe('ok');
    expect(transport.stats()).toMatchObject([{ open: 1, idle: 1, dialing: 0, waiting: 0 }]);
  });

  test.for(kinds)('idle connections that are closed by the listener that hears of %s leave the request alone', async (kind) => {
    await using server = await TestServer.start();
    await using transport = new Transport();
    if (isReused) await fetchText(transport, new HttpRequest(server.url));
    const recorder = new RecordingTrace((event) => {
      if (event.kind === kind) transport.closeIdleConnections();
    });
    expect(await fetchText(transport, new HttpRequest(server.url, { trace: recorder.trace }))).toBe('ok');
    expect(await fetchText(transport, new HttpRequest(server.url))).toBe('ok');
  });

  test.for(kinds)('a listener that throws at %s changes nothing', async (kind) => {
    await using server = await TestServer.start();
    await using transport = new Transport();
    if (isReused) await fetchText(transport, new HttpRequest(server.url));
    const recorder = new RecordingTrace((event) => {
      if (event.kind === kind) throw new Error('of no concern');
    });
    expect(await fetchText(transport, new HttpRequest(server.url, { trace: recorder.trace }))).toBe('ok');
    expect(transport.stats()).toMatchObject([{ open: 1, idle: 1 }]);
  });
});

test('the one who waits may be aborted by the listener that hears of the connection coming back', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport({ maxConnsPerHost: 1 });
  const controller = new AbortController();
  const recorder = new RecordingTrace((event) => {
    if (event.kind === 'putIdleConn') controller.abort();
  });
  const first = fetchText(transport, new HttpRequest(server.url, { trace: recorder.trace }));
  const waiting = rejectionOf(transport.roundTrip(new HttpRequest(server.url, { signal: controller.signal })));
  expect(await first).toBe('ok');
  expect(await waiting).toBe(controller.signal.reason);
  expect(await fetchText(transport, new HttpRequest(server.url))).toBe('ok');
  expect(server.connectionsOpened).toBe(1);
});

test.for<Kind>(['connClosed', 'resend', 'requestFailed'])('a listener that hears of %s may make a request', async (kind) => {
  await using peer = await BytePeer.listen(async (conversation) => {
    for await (const head of conversation.heads()) {
      if (head.includes('/close')) return conversation.destroy();
      await conversation.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    }
  });
  await using transport = new Transport({ maxConnsPerHost: 1 });
  expect(await fetchText(transport, new HttpRequest(peer.url))).toBe('ok');
  const inner: Promise<string>[] = [];
  const recorder = new RecordingTrace((event) => {
    if (event.kind === kind && inner.length === 0) inner.push(fetchText(transport, new HttpRequest(peer.url)));
  });
  // A GET on a stale connection is sent again, and fails on the fresh one.
  const failed = await rejectionOf(fetchText(transport, new HttpRequest(`${peer.url}/close`, { trace: recorder.trace })));
  expect(failed).toMatchObject({ code: 'connection-closed' });
  for (const text of await Promise.all(inner)) expect(text).toBe('ok');
});
