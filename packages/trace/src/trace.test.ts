import { compose, HttpRequest, roundTripper, HttpResponse, Transport, type TraceEvent } from '@roundtripper/core';
import { TestServer } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { formatReuseReport } from './reuse-report.ts';
import { reuseMeter } from './reuse-meter.ts';
import { trace, withClientTrace } from './trace.ts';

describe('over a Transport', () => {
  test('tells of a fresh connection and of a reused one', async () => {
    await using server = await TestServer.start();
    const kinds: string[] = [];
    await using client = compose(trace({ event: (event) => kinds.push(event.kind) }), new Transport());
    const get = async (): Promise<string> => (await client.roundTrip(new HttpRequest(server.url))).text();
    await get();
    expect(kinds.splice(0)).toEqual([
      'getConn',
      'queueStart',
      'connectStart',
      'connectDone',
      'connOpened',
      'queueEnd',
      'gotConn',
      'wroteHeaders',
      'wroteRequest',
      'gotFirstResponseByte',
      'gotResponse',
      'bodyEnd',
      'putIdleConn',
    ]);
    await get();
    expect(kinds.splice(0)).toEqual([
      'getConn',
      'gotConn',
      'wroteHeaders',
      'wroteRequest',
      'gotFirstResponseByte',
      'gotResponse',
      'bodyEnd',
      'putIdleConn',
    ]);
    await client.close();
    expect(kinds).toEqual(['connClosed']);
  });

  test('counts reuse, and what stood in its way', async () => {
    await using server = await TestServer.start();
    const meter = reuseMeter();
    await using client = compose(meter, new Transport());
    const get = async (headers = {}): Promise<string> => (await client.roundTrip(new HttpRequest(server.url, { headers }))).text();
    for (let count = 0; count < 4; count++) await get();
    await get({ Connection: 'close' });
    await Promise.all([get(), get()]);
    expect(meter.report()).toMatchObject({
      requests: 7,
      exchanges: 7,
      reused: 4,
      reuseRate: 4 / 7,
      fromIdle: 4,
      waited: 3,
      failed: 0,
      connectionsOpened: 3,
      connectionsClosed: 1,
      closeReasons: { 'request-close': 1 },
      origins: { [new URL(server.url).origin]: { exchanges: 7, connectionsOpened: 3 } },
    });
    await client.close();
    expect(meter.report().closeReasons).toEqual({ 'request-close': 1, 'transport-closed': 2 });
    expect(formatReuseReport(meter.report())).toMatch(/reused +4 \(57\.1 %\)[\s\S]*transport-closed +2/);
    meter.reset();
    expect(meter.report()).toMatchObject({ requests: 0, exchanges: 0, reuseRate: 0, meanIdleTime: 0, closeReasons: {}, origins: {} });
  });

  test('a request that waits its turn is handed the connection', async () => {
    await using server = await TestServer.start();
    const meter = reuseMeter();
    await using client = compose(meter, new Transport({ maxConnsPerHost: 1 }));
    await Promise.all(Array.from({ length: 5 }, async () => (await client.roundTrip(new HttpRequest(server.url))).text()));
    expect(meter.report()).toMatchObject({ exchanges: 5, reused: 4, handedOver: 4, fromIdle: 0, waited: 5, connectionsOpened: 1 });
  });

  test('a dial that fails is told, and counted as failed', async () => {
    const kinds: string[] = [];
    const meter = reuseMeter();
    await using client = compose(trace({ event: (event) => kinds.push(event.kind) }), meter, new Transport());
    await expect(client.roundTrip(new HttpRequest('http://127.0.0.1:1/'))).rejects.toMatchObject({ code: 'dial-failed' });
    expect(kinds).toEqual(['getConn', 'queueStart', 'connectStart', 'connectDone', 'queueEnd', 'requestFailed']);
    expect(meter.report()).toMatchObject({ requests: 1, exchanges: 0, failed: 1, connectionsOpened: 0 });
  });
});

test('layers compose: the one nearest to the Transport first, then those around it, then the request’s own', async () => {
  const order: string[] = [];
  const listens = (name: string): { event: (event: TraceEvent) => void } => ({ event: () => void order.push(name) });
  const client = compose(
    trace(listens('outer')),
    trace(listens('inner')),
    roundTripper((request) => {
      request.trace?.({ kind: 'queueEnd' });
      return Promise.resolve(new HttpResponse('ok'));
    }),
  );
  const request = withClientTrace(new HttpRequest('http://example.com/', { trace: () => void order.push('request') }), listens('with'));
  await client.roundTrip(request);
  expect(order).toEqual(['inner', 'outer', 'with', 'request']);
});

test('a hook that throws keeps nothing from the others', async () => {
  const order: string[] = [];
  const client = compose(
    trace({ queueEnd: () => void order.push('outer') }),
    trace({
      queueEnd: () => {
        throw new Error('hook');
      },
    }),
    roundTripper((request) => {
      request.trace?.({ kind: 'queueEnd' });
      return Promise.resolve(new HttpResponse('ok'));
    }),
  );
  await client.roundTrip(new HttpRequest('http://example.com/'));
  expect(order).toEqual(['outer']);
});

test('a meter that meets thousands of origins counts the later ones together', async () => {
  const meter = reuseMeter();
  const client = compose(
    meter,
    roundTripper((request) => {
      const nowhere = { remoteAddress: undefined, remotePort: undefined, localAddress: undefined, localPort: undefined, tls: undefined };
      const connection = { id: 1, origin: request.target.origin.key, protocol: 'http/1.1', ...nowhere } as const;
      request.trace?.({ kind: 'connOpened', connection });
      return Promise.resolve(new HttpResponse('ok'));
    }),
  );
  for (let host = 0; host < 1_500; host++) await client.roundTrip(new HttpRequest(`http://h${host}.example/`));
  const { origins, connectionsOpened } = meter.report();
  expect(Object.keys(origins)).toHaveLength(1_001);
  expect(origins['others']?.connectionsOpened).toBe(500);
  expect(connectionsOpened).toBe(1_500);
});
