import { testCertificate, TestClock, TestServer } from '@roundtripper/testing';
import type { Settings } from 'node:http2';
import { describe, expect, test } from 'vitest';

import { fetchText, holdExchange, isInUse, send, until, type HeldExchange } from '../../test/exchanges.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import { HttpRequest } from '../contract/http-request.ts';
import type { TraceEvent } from '../contract/trace-event.ts';
import { Transport } from './transport.ts';
import type { TransportOptions } from './transport-options.ts';

/** A server of HTTP/2 over TLS, a Transport, and its clock. */
class Setup implements AsyncDisposable {
  readonly server: TestServer;
  readonly clock: TestClock = new TestClock();
  readonly transport: Transport;

  private constructor(server: TestServer, options: TransportOptions) {
    this.server = server;
    this.transport = new Transport({ clock: this.clock, tls: { ca: testCertificate.ca }, ...options });
  }

  static async open(options: TransportOptions = {}, settings: Settings = {}): Promise<Setup> {
    return new Setup(await TestServer.start({ protocol: 'h2', tls: true, settings }), options);
  }

  /** Exchanges that are under way, one after the other. */
  async hold(count: number): Promise<HeldExchange[]> {
    const held: HeldExchange[] = [];
    while (held.length < count) held.push(await holdExchange(this.transport, this.server));
    return held;
  }

  /** The numbers of the connections that requests came on. */
  get ways(): number[] {
    return this.server.requests.map(({ connection }) => connection);
  }

  /** A first exchange, whose connection stays: the host is known, and so are its settings. */
  async warm(): Promise<void> {
    await fetchText(this.transport, this.server.url);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.transport.close({ graceful: false });
    await this.server[Symbol.asyncDispose]();
  }
}

async function finishAll(held: readonly HeldExchange[]): Promise<void> {
  for (const exchange of held) expect(await exchange.finish()).toBe('ok');
}

describe('many exchanges on one connection', () => {
  test('each with a stream of its own, side by side', async () => {
    await using setup = await Setup.open();
    await setup.warm();
    const held = await setup.hold(50);
    expect(setup.transport.stats()).toMatchObject([{ open: 1, busy: 1, idle: 0, waiting: 0, opened: 1, exchanges: 51, reused: 50 }]);
    expect(new Set(setup.server.requests.map(({ streamId }) => streamId)).size).toBe(51);
    await finishAll(held);
    expect(setup.transport.stats()).toMatchObject([{ open: 1, busy: 0, idle: 1 }]);
    expect(setup.server.connectionsOpened).toBe(1);
  });

  test('of one host: another has its own', async () => {
    await using setup = await Setup.open();
    await setup.warm();
    await fetchText(setup.transport, setup.server.url.replace('127.0.0.1', 'localhost'));
    expect(setup.transport.stats()).toMatchObject([{ open: 1 }, { open: 1 }]);
  });
});

describe('a connection that is full', () => {
  test('others are opened, as many as it takes', async () => {
    await using setup = await Setup.open({}, { maxConcurrentStreams: 2 });
    await setup.warm();
    const held = await setup.hold(5);
    expect(setup.ways.slice(1)).toEqual([1, 1, 2, 2, 3]);
    expect(setup.transport.stats()).toMatchObject([{ open: 3, busy: 3 }]);
    await finishAll(held);
    expect(setup.transport.stats()).toMatchObject([{ open: 3, idle: 3 }]);
  });

  test('with strictMaxConcurrentStreams who comes waits, and is served in turn', async () => {
    await using setup = await Setup.open({ http2: { strictMaxConcurrentStreams: true } }, { maxConcurrentStreams: 2 });
    await setup.warm();
    const held = await setup.hold(2);
    const order: string[] = [];
    const waiting = ['/1', '/2', '/3'].map(async (path) => {
      expect(await fetchText(setup.transport, setup.server.url + path)).toBe('ok');
      order.push(path);
    });
    expect(setup.transport.stats()).toMatchObject([{ open: 1, waiting: 3 }]);
    await finishAll(held);
    await Promise.all(waiting);
    expect([order, setup.server.connectionsOpened]).toEqual([['/1', '/2', '/3'], 1]);
  });

  test('with maxConnsPerHost too: it counts connections, not exchanges', async () => {
    await using setup = await Setup.open({ maxConnsPerHost: 2 }, { maxConcurrentStreams: 3 });
    await setup.warm();
    const held = await setup.hold(6);
    const waiting = fetchText(setup.transport, setup.server.url);
    expect(setup.transport.stats()).toMatchObject([{ open: 2, busy: 2, waiting: 1 }]);
    await finishAll(held);
    expect(await waiting).toBe('ok');
    expect(setup.server.connectionsOpened).toBe(2);
  });

  test('a queue that is full refuses, and a wait that is too long ends', async () => {
    const http2 = { strictMaxConcurrentStreams: true };
    await using setup = await Setup.open({ http2, maxQueuedPerHost: 1, poolTimeout: 1_000 }, { maxConcurrentStreams: 1 });
    await setup.warm();
    const [held] = await setup.hold(1);
    const waiting = rejectionOf(send(setup.transport, setup.server.url));
    expect(await rejectionOf(send(setup.transport, setup.server.url))).toMatchObject({ code: 'queue-full', sent: 'nothing' });
    await setup.clock.advance(1_000);
    expect(await waiting).toMatchObject({ code: 'pool-timeout', sent: 'nothing', timeout: true });
    expect(await held?.finish()).toBe('ok');
  });

  test('more than it takes may have been sent before it said so: what it refuses is sent again', async () => {
    await using setup = await Setup.open({}, { maxConcurrentStreams: 2 });
    const texts = Array.from({ length: 6 }, (_, at) => fetchText(setup.transport, `${setup.server.url}/${at}`));
    expect(await Promise.all(texts)).toEqual(Array.from({ length: 6 }, () => 'ok'));
    expect(setup.server.requests.map(({ url }) => url).toSorted()).toEqual(['/0', '/1', '/2', '/3', '/4', '/5']);
  });

  test('a second connection keeps to what the server said on the first: nothing is refused', async () => {
    await using setup = await Setup.open({}, { maxConcurrentStreams: 5 });
    await setup.warm();
    const resends: TraceEvent[] = [];
    const hear = (event: TraceEvent): void => void (event.kind === 'resend' && resends.push(event));
    const texts = Array.from({ length: 60 }, async (_, at) => {
      const request = new HttpRequest(`${setup.server.url}/${at}`, { trace: hear });
      return (await setup.transport.roundTrip(request)).text();
    });
    expect(await Promise.all(texts)).toEqual(Array.from({ length: 60 }, () => 'ok'));
    expect(resends).toEqual([]);
  });

  test('of several the one with the fewest exchanges is chosen, of those the one used last', async () => {
    await using setup = await Setup.open({}, { maxConcurrentStreams: 3 });
    await setup.warm();
    const held = await setup.hold(6);
    expect(setup.ways.slice(1)).toEqual([1, 1, 1, 2, 2, 2]);
    await finishAll(held.slice(0, 2));
    await setup.warm();
    await finishAll(held.slice(3));
    await setup.warm();
    const more = await setup.hold(3);
    expect(setup.ways.slice(7)).toEqual([1, 2, 2, 2, 1]);
    await finishAll([...more, ...held.slice(2, 3)]);
  });
});

describe('dials to a host that is known for HTTP/2', () => {
  test('one serves all who come', async () => {
    await using setup = await Setup.open();
    await setup.warm();
    setup.transport.closeIdleConnections();
    const texts = Array.from({ length: 40 }, () => fetchText(setup.transport, setup.server.url));
    expect(setup.transport.stats()).toMatchObject([{ dialing: 1, waiting: 40 }]);
    expect(new Set(await Promise.all(texts))).toEqual(new Set(['ok']));
    expect(setup.server.connectionsOpened).toBe(2);
  });

  test('who began it may leave: it goes on for the others (Go issue 41600)', async () => {
    await using setup = await Setup.open();
    await setup.warm();
    setup.transport.closeIdleConnections();
    const controller = new AbortController();
    const first = rejectionOf(send(setup.transport, setup.server.url, { signal: controller.signal }));
    const second = fetchText(setup.transport, setup.server.url);
    controller.abort('enough');
    expect([await first, await second]).toEqual(['enough', 'ok']);
    expect(setup.server.connectionsOpened).toBe(2);
  });

  test('its failure is that of all who wait for it, and not tried for each of them', async () => {
    await using setup = await Setup.open();
    await setup.warm();
    setup.transport.closeIdleConnections();
    await setup.server[Symbol.asyncDispose]();
    const events: TraceEvent[] = [];
    const request = new HttpRequest(setup.server.url, { trace: (event) => void events.push(event) });
    const errors = await Promise.all(Array.from({ length: 5 }, () => rejectionOf(setup.transport.roundTrip(request))));
    for (const error of errors) expect(error).toMatchObject({ code: 'dial-failed', phase: 'connect', sent: 'nothing' });
    expect(events.filter(({ kind }) => kind === 'connectStart')).toHaveLength(1);
    expect(setup.transport.stats().filter(isInUse)).toEqual([]);
  });
});

describe('retirement', () => {
  test('maxRequestsPerConn: after so many exchanges a connection takes no more, and closes with the last', async () => {
    await using setup = await Setup.open({ maxRequestsPerConn: 3 });
    await setup.warm();
    const held = await setup.hold(4);
    expect(setup.ways).toEqual([1, 1, 1, 2, 2]);
    expect(setup.transport.stats()).toMatchObject([{ open: 2, busy: 2, opened: 2 }]);
    await finishAll(held);
    expect(setup.transport.stats()).toMatchObject([{ open: 1, idle: 1, closed: { 'max-requests-per-conn': 1 } }]);
    await setup.server.whenOpenConnections(1);
  });

  test('maxConnLifetime: one that is too old takes no more, and closes with the last', async () => {
    await using setup = await Setup.open({ maxConnLifetime: 10_000, maxConnLifetimeJitter: 0, http2: { sendPingTimeout: 0 } });
    await setup.warm();
    const [old] = await setup.hold(1);
    await setup.clock.advance(9_999);
    const [young] = await setup.hold(1);
    await setup.clock.advance(1);
    await setup.warm();
    expect(setup.ways).toEqual([1, 1, 1, 2]);
    expect(await old?.finish()).toBe('ok');
    expect(setup.transport.stats()).toMatchObject([{ open: 2, closed: {} }]);
    expect(await young?.finish()).toBe('ok');
    expect(setup.transport.stats()).toMatchObject([{ open: 1, closed: { 'max-conn-lifetime': 1 } }]);
  });

  test('idleConnTimeout: one that nobody uses is closed, and one that is in use is not', async () => {
    await using setup = await Setup.open({ idleConnTimeout: 5_000, http2: { sendPingTimeout: 0 } });
    await setup.warm();
    const [held] = await setup.hold(1);
    await setup.clock.advance(60_000);
    expect(await held?.finish()).toBe('ok');
    await setup.clock.advance(4_999);
    expect(setup.transport.stats()).toMatchObject([{ idle: 1 }]);
    await setup.clock.advance(1);
    expect(setup.transport.stats()).toMatchObject([{ open: 0, closed: { 'idle-timeout': 1 } }]);
    await setup.server.whenOpenConnections(0);
  });

  test('the wall clock counts, too: an hour asleep', async () => {
    await using setup = await Setup.open();
    await setup.warm();
    setup.clock.jumpWallClock(3_600_000);
    await setup.warm();
    expect(setup.ways).toEqual([1, 2]);
    expect(setup.transport.stats()).toMatchObject([{ closed: { 'idle-timeout': 1 } }]);
  });

  test('maxIdleConns closes the one that has been idle the longest, and an exchange under way keeps its own', async () => {
    await using setup = await Setup.open({ maxIdleConns: 1 }, { maxConcurrentStreams: 1 });
    await setup.warm();
    const held = await setup.hold(3);
    expect(setup.transport.stats()).toMatchObject([{ open: 3, busy: 3 }]);
    await finishAll(held.slice(0, 2));
    expect(setup.transport.stats()).toMatchObject([{ open: 2, idle: 1, busy: 1, closed: { 'max-idle-conns': 1 } }]);
    await finishAll(held.slice(2));
    expect(setup.transport.stats()).toMatchObject([{ open: 1, idle: 1, closed: { 'max-idle-conns': 2 } }]);
  });

  test('disableKeepAlives: each connection is used once', async () => {
    await using setup = await Setup.open({ disableKeepAlives: true });
    await setup.warm();
    const held = await setup.hold(2);
    await finishAll(held);
    expect(setup.ways).toEqual([1, 2, 3]);
    expect(setup.transport.stats()).toMatchObject([{ open: 0, opened: 3, reused: 0, closed: { 'keep-alives-disabled': 3 } }]);
    await setup.server.whenOpenConnections(0);
  });

  test.for([{ close: true }, { headers: { Connection: 'close' } }])(
    'a request that asks to close (%j) is the last of its connection',
    async (init) => {
      await using setup = await Setup.open();
      await setup.warm();
      const before = await setup.hold(1);
      const closing = await holdExchange(setup.transport, setup.server, init);
      const after = await setup.hold(1);
      expect(setup.ways).toEqual([1, 1, 1, 2]);
      expect(setup.server.requests[2]?.header('connection')).toBeUndefined();
      await finishAll([...before]);
      expect(setup.transport.stats()).toMatchObject([{ open: 2, closed: {} }]);
      await finishAll([closing]);
      expect(setup.transport.stats()).toMatchObject([{ open: 1, closed: { 'request-close': 1 } }]);
      await finishAll(after);
    },
  );
});

describe('a connection that dies', () => {
  test('with many on it: each fails by itself, and who waits gets another', async () => {
    await using setup = await Setup.open({ maxConnsPerHost: 1 }, { maxConcurrentStreams: 3 });
    await setup.warm();
    const held = await setup.hold(3);
    const waiting = fetchText(setup.transport, setup.server.url);
    const texts = held.map(({ response }) => rejectionOf(response.text()));
    setup.server.closeAllConnections('reset');
    for (const error of await Promise.all(texts)) expect(error).toMatchObject({ code: 'truncated', phase: 'response-body' });
    expect(await waiting).toBe('ok');
    expect(setup.transport.stats()).toMatchObject([{ open: 1, idle: 1, opened: 2, closed: { 'connection-lost': 1 } }]);
  });

  test('GOAWAY: a server that restarts answers what it has, and the rest goes to its next connection', async () => {
    await using setup = await Setup.open();
    await setup.warm();
    const [held] = await setup.hold(1);
    setup.server.enqueue({ body: 'two', fault: { kind: 'go-away', lastStreamId: 3 } });
    // It says that it has looked at stream 3 and no further: this is stream 5.
    expect(await fetchText(setup.transport, setup.server.url, { method: 'POST', body: 'pay' })).toBe('ok');
    expect(await held?.finish()).toBe('ok');
    await until(() => setup.transport.stats()[0]?.open === 1);
    expect(setup.ways).toEqual([1, 1, 1, 2]);
  });
});
