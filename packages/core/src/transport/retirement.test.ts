import { BytePeer, RecordingTrace, TestClock, TestServer } from '@roundtripper/testing';
import { describe, expect, test, vi } from 'vitest';

import { fetchText, holdExchange, isInUse, send, until } from '../../test/exchanges.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import type { Lookup } from '../wire/checked-lookup.ts';
import { Transport } from './transport.ts';

describe('maxConnLifetime', () => {
  test('an idle connection is closed when its time is over, used lately or not', async () => {
    const clock = new TestClock();
    await using server = await TestServer.start();
    await using transport = new Transport({ clock, maxConnLifetime: 10_000, maxConnLifetimeJitter: 0 });
    const recorder = new RecordingTrace();
    for (let count = 0; count < 9; count++) {
      await fetchText(transport, server.url, { trace: recorder.trace });
      await clock.advance(1_000);
    }
    await fetchText(transport, server.url, { trace: recorder.trace });
    await clock.advance(999);
    expect(recorder.closeReasons).toEqual([]);
    await clock.advance(1);
    expect(recorder.closeReasons).toEqual(['max-conn-lifetime']);
    expect(recorder.all('connClosed')).toMatchObject([{ lifetimeMs: 10_000, exchanges: 10 }]);
    expect(transport.stats().filter(isInUse)).toEqual([]);
    await server.whenOpenConnections(0);
    expect(clock.pendingTimers).toBe(0);
  });

  test('one in use finishes its exchange, and then is closed: it is given to nobody who waits', async () => {
    const clock = new TestClock();
    await using server = await TestServer.start();
    await using transport = new Transport({ clock, maxConnLifetime: 10_000, maxConnLifetimeJitter: 0, maxConnsPerHost: 1 });
    const recorder = new RecordingTrace();
    const held = await holdExchange(transport, server, { trace: recorder.trace });
    const waiting = send(transport, server.url);
    await clock.advance(60_000);
    expect(recorder.closeReasons).toEqual([]);
    expect(await held.finish()).toBe('ok');
    expect(recorder.closeReasons).toEqual(['max-conn-lifetime']);
    const response = await waiting;
    expect(response.connection).toMatchObject({ reused: false });
    expect(await response.text()).toBe('ok');
    expect(server.connectionsOpened).toBe(2);
  });

  test('is counted from when the connection was open, and each is told apart', async () => {
    const clock = new TestClock();
    await using server = await TestServer.start();
    await using transport = new Transport({ clock, maxConnLifetime: 10_000, maxConnLifetimeJitter: 0 });
    const first = await holdExchange(transport, server);
    await clock.advance(4_000);
    const second = await holdExchange(transport, server);
    await first.finish();
    await second.finish();
    await clock.advance(6_000);
    expect(transport.stats()).toMatchObject([{ open: 1, closed: { 'max-conn-lifetime': 1 } }]);
    await clock.advance(4_000);
    expect(transport.stats()).toMatchObject([{ open: 0, closed: { 'max-conn-lifetime': 2 } }]);
  });

  test.for([
    { random: 0, jitter: 0.1, lifetimeMs: 10_000 },
    { random: 0.5, jitter: 0.1, lifetimeMs: 9_500 },
    { random: 0.999_999, jitter: 0.1, lifetimeMs: 9_001 },
    { random: 0.5, jitter: 1, lifetimeMs: 5_000 },
    { random: 0.5, jitter: 0, lifetimeMs: 10_000 },
  ])('a jitter of $jitter shortens it by up to as much: by chance $random to $lifetimeMs ms', async ({ random, jitter, lifetimeMs }) => {
    const chance = vi.spyOn(Math, 'random').mockReturnValue(random);
    try {
      const clock = new TestClock();
      await using server = await TestServer.start();
      await using transport = new Transport({ clock, maxConnLifetime: 10_000, maxConnLifetimeJitter: jitter, idleConnTimeout: 0 });
      await fetchText(transport, server.url);
      await clock.advance(lifetimeMs - 1);
      expect(transport.stats()).toMatchObject([{ idle: 1 }]);
      await clock.advance(1);
      expect(transport.stats()).toMatchObject([{ idle: 0, closed: { 'max-conn-lifetime': 1 } }]);
    } finally {
      chance.mockRestore();
    }
  });

  test('is not shortened or stretched by a wall clock that jumps', async () => {
    const clock = new TestClock();
    await using server = await TestServer.start();
    await using transport = new Transport({ clock, maxConnLifetime: 10_000, maxConnLifetimeJitter: 0, idleConnTimeout: 0 });
    await fetchText(transport, server.url);
    clock.jumpWallClock(3_600_000);
    await fetchText(transport, server.url);
    expect(server.connectionsOpened).toBe(1);
    clock.jumpWallClock(-7_200_000);
    await clock.advance(10_000);
    expect(transport.stats()).toMatchObject([{ open: 0, closed: { 'max-conn-lifetime': 1 } }]);
  });
});

describe('maxRequestsPerConn', () => {
  test('a connection is closed after so many, at once', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport({ maxRequestsPerConn: 3 });
    const recorder = new RecordingTrace();
    for (let count = 0; count < 7; count++) await fetchText(transport, server.url, { trace: recorder.trace });
    expect(server.requests.map(({ connection }) => connection)).toEqual([1, 1, 1, 2, 2, 2, 3]);
    expect(recorder.all('connClosed')).toMatchObject([
      { reason: 'max-requests-per-conn', exchanges: 3 },
      { reason: 'max-requests-per-conn', exchanges: 3 },
    ]);
    const kept = undefined;
    const over = 'max-requests-per-conn';
    expect(recorder.all('putIdleConn').map(({ reason }) => reason)).toEqual([kept, kept, over, kept, kept, over, kept]);
  });

  test('who waits gets a connection of its own instead', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport({ maxRequestsPerConn: 1, maxConnsPerHost: 1 });
    await Promise.all(Array.from({ length: 5 }, () => fetchText(transport, server.url)));
    expect(server.connectionsOpened).toBe(5);
    expect(transport.stats()).toMatchObject([{ open: 0, reused: 0, exchanges: 5, closed: { 'max-requests-per-conn': 5 } }]);
  });
});

test('a connection that is given back unused has carried nothing: maxRequestsPerConn does not count it', async () => {
  await using server = await TestServer.start();
  await using transport = new Transport({ maxRequestsPerConn: 1 });
  await transport.preconnect(server.url);
  const controller = new AbortController();
  const trace = ({ kind }: { readonly kind: string }): void => {
    if (kind === 'gotConn') controller.abort('enough');
  };
  expect(await rejectionOf(send(transport, server.url, { signal: controller.signal, trace }))).toBe('enough');
  expect(transport.stats()).toMatchObject([{ idle: 1, closed: {} }]);
  expect(await fetchText(transport, server.url)).toBe('ok');
  expect(transport.stats()).toMatchObject([{ opened: 1, closed: { 'max-requests-per-conn': 1 } }]);
});

describe('what the server says by Keep-Alive', () => {
  /** Answers each request with the next of these fields. */
  function saying(...fields: readonly string[]): Promise<BytePeer> {
    let count = 0;
    return BytePeer.listen(async (conversation) => {
      for await (const _ of conversation.heads()) {
        const field = fields[Math.min(count, fields.length - 1)] ?? '';
        count += 1;
        await conversation.write(`HTTP/1.1 200 OK\r\n${field === '' ? '' : `Keep-Alive: ${field}\r\n`}Content-Length: 2\r\n\r\nok`);
      }
    });
  }

  test.for([
    { fact: 'timeout=5 is taken for 4 seconds', field: 'timeout=5', closesAtMs: 4_000, reason: 'server-idle-timeout' },
    { fact: 'timeout=1 is taken for half of it', field: 'timeout=1', closesAtMs: 500, reason: 'server-idle-timeout' },
    { fact: 'more than we would wait changes nothing', field: 'timeout=600', closesAtMs: 90_000, reason: 'idle-timeout' },
    { fact: 'nonsense changes nothing', field: 'timeout=soon', closesAtMs: 90_000, reason: 'idle-timeout' },
  ])('$fact, by the timer', async ({ field, closesAtMs, reason }) => {
    const clock = new TestClock();
    await using peer = await saying(field);
    await using transport = new Transport({ clock });
    const recorder = new RecordingTrace();
    await fetchText(transport, peer.url, { trace: recorder.trace });
    await clock.advance(closesAtMs - 1);
    expect(recorder.closeReasons).toEqual([]);
    await clock.advance(1);
    expect(recorder.closeReasons).toEqual([reason]);
    await peer.whenOpenConnections(0);
    expect(clock.pendingTimers).toBe(0);
  });

  test('and by the wall clock, where the machine slept', async () => {
    const clock = new TestClock();
    await using peer = await saying('timeout=5');
    await using transport = new Transport({ clock });
    const recorder = new RecordingTrace();
    await fetchText(transport, peer.url, { trace: recorder.trace });
    clock.jumpWallClock(4_001);
    await fetchText(transport, peer.url);
    expect(recorder.closeReasons).toEqual(['server-idle-timeout']);
    expect(peer.connectionsOpened).toBe(2);
  });

  test('timeout=0 keeps it for nobody, but who waits gets it at once', async () => {
    await using peer = await saying('timeout=0');
    await using transport = new Transport({ maxConnsPerHost: 1 });
    const recorder = new RecordingTrace();
    await Promise.all([1, 2, 3].map(() => fetchText(transport, peer.url, { trace: recorder.trace })));
    expect(peer.connectionsOpened).toBe(1);
    expect(recorder.closeReasons).toEqual(['server-idle-timeout']);
  });

  test('the last that it said counts', async () => {
    const clock = new TestClock();
    await using peer = await saying('timeout=2', 'timeout=20', '');
    await using transport = new Transport({ clock });
    await fetchText(transport, peer.url);
    await fetchText(transport, peer.url);
    await clock.advance(18_999);
    expect(transport.stats()).toMatchObject([{ idle: 1 }]);
    await fetchText(transport, peer.url);
    await clock.advance(89_999);
    expect(transport.stats()).toMatchObject([{ idle: 1 }]);
    await clock.advance(1);
    expect(transport.stats()).toMatchObject([{ idle: 0, closed: { 'idle-timeout': 1 } }]);
  });

  test('max=0 is the last answer, max=1 is not', async () => {
    await using peer = await saying('timeout=5, max=2', 'timeout=5, max=1', 'timeout=5, max=0');
    await using transport = new Transport();
    const recorder = new RecordingTrace();
    for (let count = 0; count < 3; count++) await fetchText(transport, peer.url, { trace: recorder.trace });
    expect(peer.connectionsOpened).toBe(1);
    expect(recorder.all('connClosed')).toMatchObject([{ reason: 'server-max-requests', exchanges: 3 }]);
  });

  test('a request that is made just before a server would close goes out on a fresh connection', async () => {
    const clock = new TestClock();
    await using server = await TestServer.start({
      handler: (request, response) => {
        request.resume();
        response.setHeader('Keep-Alive', 'timeout=5');
        response.end('ok');
      },
    });
    await using transport = new Transport({ clock });
    await fetchText(transport, server.url);
    await clock.advance(4_500);
    const response = await send(transport, server.url, { method: 'POST', body: 'x' });
    expect(response.connection?.reused).toBe(false);
    await response.text();
  });
});

describe('hosts', () => {
  test('each keeps to its own, and the others to what all have', async () => {
    const clock = new TestClock();
    await using one = await TestServer.start();
    await using two = await TestServer.start();
    await using transport = new Transport({
      clock,
      idleConnTimeout: 10_000,
      hosts: { [one.url]: { idleConnTimeout: 1_000, maxRequestsPerConn: 2 } },
    });
    for (const server of [one, two]) await fetchText(transport, server.url);
    await clock.advance(1_000);
    expect(transport.stats()).toMatchObject([{ idle: 0, closed: { 'idle-timeout': 1 } }, { idle: 1 }]);
    for (let count = 0; count < 2; count++) for (const server of [one, two]) await fetchText(transport, server.url);
    expect(transport.stats()).toMatchObject([{ closed: { 'idle-timeout': 1, 'max-requests-per-conn': 1 } }, { idle: 1, closed: {} }]);
  });

  test('limits of exchanges too', async () => {
    await using one = await TestServer.start({ handler: (_, response) => void response.end('x'.repeat(20)) });
    await using two = await TestServer.start({ handler: (_, response) => void response.end('x'.repeat(20)) });
    await using transport = new Transport({ hosts: { [one.url]: { maxResponseBodyBytes: 10 } } });
    const response = await send(transport, one.url);
    expect(await rejectionOf(response.text())).toMatchObject({ code: 'response-limit' });
    expect(await fetchText(transport, two.url)).toHaveLength(20);
  });

  test('a hostname’s stand for all its ports', async () => {
    await using one = await TestServer.start();
    await using two = await TestServer.start();
    await using transport = new Transport({ hosts: { '127.0.0.1': { disableKeepAlives: true } } });
    for (const server of [one, two]) await fetchText(transport, server.url);
    expect([one, two].map((server) => server.requests[0]?.header('connection'))).toEqual(['close', 'close']);
  });
});

describe('maxOrphanDials', () => {
  /** A Transport whose names are looked up for ever, and that many requests that came and left. */
  async function left(transport: Transport, count: number): Promise<void> {
    for (let at = 0; at < count; at++) {
      const controller = new AbortController();
      const sent = rejectionOf(send(transport, `http://peer-${at}.test/`, { signal: controller.signal }));
      controller.abort();
      await sent;
    }
  }
  const dialling = (transport: Transport): number => transport.stats().reduce((sum, { dialing }) => sum + dialing, 0);
  const never: Lookup = () => {};

  test('so many dials go on without their requests, of all hosts together; one more ends', async () => {
    await using transport = new Transport({ lookup: never, maxOrphanDials: 3 });
    await left(transport, 3);
    expect(dialling(transport)).toBe(3);
    await left(transport, 3);
    await until(() => dialling(transport) === 3);
    expect(transport.stats().some(({ waiting }) => waiting > 0)).toBe(false);
  });

  test('a dial whose request waits is none of them', async () => {
    const clock = new TestClock();
    await using transport = new Transport({ lookup: never, clock, maxOrphanDials: 1, dialTimeout: 1_000 });
    const waiting = rejectionOf(send(transport, 'http://waits.test/'));
    await left(transport, 5);
    await until(() => dialling(transport) === 2);
    await clock.advance(1_000);
    expect(await waiting).toMatchObject({ code: 'dial-timeout' });
    expect(dialling(transport)).toBe(0);
  });

  test('0 lets all go on, and closeIdleConnections ends them', async () => {
    await using transport = new Transport({ lookup: never, maxOrphanDials: 0 });
    await left(transport, 100);
    expect(dialling(transport)).toBe(100);
    transport.closeIdleConnections();
    await until(() => dialling(transport) === 0);
  });
});
