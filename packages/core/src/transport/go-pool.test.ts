import { BytePeer, type Conversation, RecordingTrace, TestClock, TestServer } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { fetchText, holdExchange, isInUse, send, until } from '../../test/exchanges.ts';
import { rejectionOf } from '../../test/rejection-of.ts';
import { HttpRequest, type HttpRequestInit } from '../contract/http-request.ts';
import type { HttpResponse } from '../contract/http-response.ts';
import type { Lookup } from '../wire/checked-lookup.ts';
import { Transport } from './transport.ts';
import type { TransportOptions } from './transport-options.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const OPEN = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf';

/** A server by other names, whose lookups are answered when the test says so. */
class NamedServer {
  readonly port: number;
  readonly asked: string[] = [];
  readonly #waiting = new Map<string, (error?: Error) => void>();

  constructor({ port }: { readonly port: number }) {
    this.port = port;
  }

  readonly lookup: Lookup = (hostname, _options, callback) => {
    this.asked.push(hostname);
    this.#waiting.set(hostname, (error) =>
      error === undefined ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(error, []),
    );
  };

  url(hostname = 'peer.test'): string {
    return `http://${hostname}:${this.port}`;
  }

  /** Answers the last question for the name. */
  async answer(hostname = 'peer.test', error?: Error): Promise<void> {
    await until(() => this.#waiting.has(hostname));
    this.#waiting.get(hostname)?.(error);
    this.#waiting.delete(hostname);
  }
}

describe('Go C.1: requests share connections by scheme, host and port', () => {
  test.for([
    { fact: 'whatever the path, the query and the userinfo', urls: ['http://peer.test/a', 'http://u:p@peer.test/b?c'], connections: 1 },
    {
      fact: 'whatever the case of the name, and a default port that is said',
      urls: ['http://PEER.test:80/', 'http://peer.test/'],
      connections: 1,
    },
    { fact: 'by the name in punycode', urls: ['http://bücher.test/', 'http://xn--bcher-kva.test/'], connections: 1 },
    { fact: 'not across names, though they lead to one address', urls: ['http://a.test/', 'http://b.test/'], connections: 2 },
    { fact: 'not across ports', urls: ['http://a.test:80/', 'http://a.test:81/'], connections: 2 },
    { fact: 'not across schemes', urls: ['http://a.test/', 'https://a.test/'], connections: 2 },
  ])('$fact', async ({ urls, connections }) => {
    const lookup: Lookup = () => {};
    await using transport = new Transport({ lookup, maxConnsPerHost: 1 });
    const controller = new AbortController();
    const sent = urls.map((url) => rejectionOf(send(transport, url, { signal: controller.signal })));
    expect(transport.stats()).toHaveLength(connections);
    expect(transport.stats().reduce((sum, { dialing }) => sum + dialing, 0)).toBe(connections);
    controller.abort();
    await Promise.all(sent);
  });
});

describe('Go C.2: getting a connection', () => {
  test('a request that is served by another’s connection leaves its own dial to who comes next', async () => {
    await using server = await TestServer.start();
    const named = new NamedServer(server);
    await using transport = new Transport({ lookup: named.lookup });
    const first = send(transport, named.url());
    await named.answer();
    await (await first).text();
    const held = await holdExchange(transport, { url: named.url(), enqueue: (script) => server.enqueue(script) });
    const recorder = new RecordingTrace();
    const second = fetchText(transport, named.url(), { trace: recorder.trace });
    expect(recorder.all('queueStart')).toEqual([{ kind: 'queueStart', willDial: true, waitsFor: 'own-dial' }]);
    await held.finish();
    expect(await second).toBe('ok');
    await named.answer();
    await until(() => transport.stats()[0]?.idle === 2);
    // What its dial opened is told to the request that began it, although it is over.
    expect(recorder.all('connOpened')).toHaveLength(1);
    expect(recorder.all('gotConn')).toMatchObject([{ reused: true }]);
  });

  test('a dial serves the request that began it, though another has waited longer; a connection that is given back serves who has waited longest', async () => {
    await using server = await TestServer.start();
    const named = new NamedServer(server);
    await using transport = new Transport({ lookup: named.lookup, maxConnsPerHost: 2 });
    const paths = ['/1', '/2', '/3', '/4', '/5'];
    const sent = paths.map((path) => fetchText(transport, `${named.url()}${path}`));
    await until(() => named.asked.length === 2);
    // The second dial is done; the first never is.
    await named.answer();
    await Promise.all(sent);
    expect(server.requests.map(({ url }) => url)).toEqual(['/2', '/1', '/3', '/4', '/5']);
  });
});

describe('Go C.3: the idle pool', () => {
  test('those that are too old are closed as they are come upon, the latest first, until one is good', async () => {
    const clock = new TestClock();
    await using server = await TestServer.start();
    await using transport = new Transport({ clock, idleConnTimeout: 1_000 });
    const recorder = new RecordingTrace();
    const held = [await holdExchange(transport, server), await holdExchange(transport, server), await holdExchange(transport, server)];
    const ids = held.map(({ response }) => response.connection?.id);
    for (const exchange of held) {
      await exchange.finish();
      clock.jumpWallClock(400);
    }
    // Now 1 200, 800 and 400 ms ago.
    clock.jumpWallClock(300);
    expect((await send(transport, server.url, { trace: recorder.trace })).connection?.id).toBe(ids[2]);
    expect(transport.stats()).toMatchObject([{ open: 3, closed: {} }]);
    clock.jumpWallClock(1_001);
    const response = await send(transport, server.url);
    expect(response.connection?.reused).toBe(false);
    await response.text();
    await until(() => transport.stats()[0]?.busy === 0);
    expect(transport.stats()).toMatchObject([{ open: 1, closed: { 'idle-timeout': 3 } }]);
  });

  test('one that its server has closed is gone before anybody asks, and its end told to who used it last', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport();
    const recorder = new RecordingTrace();
    await fetchText(transport, server.url, { trace: recorder.trace });
    server.closeAllConnections('reset');
    await until(() => transport.stats()[0]?.open === 0);
    expect(recorder.closeReasons).toEqual(['server-closed-idle']);
    const next = new RecordingTrace();
    await fetchText(transport, server.url, { trace: next.trace });
    expect(next.all('resend')).toEqual([]);
  });

  test('the timer does nothing to one that was taken in the meantime, and starts anew when it comes back', async () => {
    const clock = new TestClock();
    await using server = await TestServer.start();
    await using transport = new Transport({ clock, idleConnTimeout: 1_000 });
    await fetchText(transport, server.url);
    await clock.advance(999);
    const held = await holdExchange(transport, server);
    await clock.advance(1);
    expect(transport.stats()).toMatchObject([{ busy: 1, closed: {} }]);
    await held.finish();
    await clock.advance(999);
    expect(transport.stats()).toMatchObject([{ idle: 1 }]);
    await clock.advance(1);
    expect(transport.stats()).toMatchObject([{ idle: 0, closed: { 'idle-timeout': 1 } }]);
  });
});

/** How the first of two exchanges on a host of one connection comes to its end. */
interface Way {
  readonly fact: string;
  readonly say?: (conversation: Conversation) => unknown;
  readonly init?: (controller: AbortController) => HttpRequestInit;
  readonly options?: TransportOptions;
  readonly after?: (response: HttpResponse, controller: AbortController) => unknown;
}

const WAYS: readonly Way[] = [
  { fact: 'the answer is read', say: (c) => c.write(OK) },
  { fact: 'the server closes it', say: (c) => c.write(OK.replace('OK\r\n', 'OK\r\nConnection: close\r\n')) },
  { fact: 'the server answers and goes', say: (c) => c.write(OK).then(() => c.end()) },
  { fact: 'the server ends it unanswered', say: (c) => c.end() },
  { fact: 'the server resets it', say: (c) => c.reset() },
  { fact: 'the server cuts the body off', say: (c) => c.write(OPEN).then(() => c.end()) },
  { fact: 'the server resets it in the body', say: (c) => c.write(OPEN).then(() => c.reset()) },
  { fact: 'the server speaks nonsense', say: (c) => c.write('nonsense\r\n\r\n') },
  { fact: 'the server sends more than its answer', say: (c) => c.write(`${OK}${OK}`) },
  { fact: 'the head is too large', say: (c) => c.write(`HTTP/1.1 200 OK\r\nA: ${'x'.repeat(70_000)}`) },
  { fact: 'the body is too large', say: (c) => c.write(OPEN), options: { maxResponseBodyBytes: 5 } },
  { fact: 'no head comes in time', options: { responseHeaderTimeout: 1_000 } },
  { fact: 'the body stalls', say: (c) => c.write(OPEN), options: { bodyIdleTimeout: 1_000 } },
  {
    fact: 'the request is aborted at once',
    init: (controller) => ({ trace: ({ kind }) => kind === 'wroteRequest' && controller.abort() }),
  },
  { fact: 'the request is aborted in the body', say: (c) => c.write(OPEN), after: (_, controller) => controller.abort() },
  { fact: 'the response is given up', say: (c) => c.write(OPEN), options: { maxDrainBytes: 0 }, after: (response) => response.dispose() },
  { fact: 'the response is given up, and its rest does not come', say: (c) => c.write(OPEN), after: (response) => response.dispose() },
  {
    fact: 'the request’s stream fails',
    init: () => ({ method: 'POST', body: new ReadableStream({ pull: (c) => c.error(new Error('disk')) }) }),
  },
  {
    fact: 'the request’s stream is too short',
    init: () => ({ method: 'POST', body: ReadableStream.from(['x']), headers: { 'Content-Length': '5' } }),
  },
  {
    fact: 'the answer comes before the request is sent',
    say: (c) => c.write(OK).then(() => c.readUntilClose()),
    init: () => ({ method: 'POST', body: new ReadableStream({ start: (c) => c.enqueue('x') }) }),
  },
  { fact: 'its requests are used up', say: (c) => c.write(OK), options: { maxRequestsPerConn: 1 } },
  { fact: 'keep-alive is off', say: (c) => c.write(OK), options: { disableKeepAlives: true } },
];

/** Lets 10 ms pass with each turn of the event loop, until it is settled: what is answered at all is answered within a few turns. */
async function passingTime<T>(clock: TestClock, promise: Promise<T>): Promise<T> {
  const state = { isOver: false };
  const over = promise.finally(() => (state.isOver = true));
  while (!state.isOver) {
    await clock.advance(10);
    await new Promise(setImmediate);
  }
  return over;
}

describe('Go C.4: the place of a connection is passed on, however it ends', () => {
  test.for(WAYS)('$fact: who waits is served, and nothing is lost', async ({ say, init, options, after }) => {
    let isFirst = true;
    await using peer = await BytePeer.listen(async (conversation) => {
      for await (const _ of conversation.heads()) {
        if (!isFirst) await conversation.write(OK);
        else {
          isFirst = false;
          await say?.(conversation);
        }
        if (say === undefined && conversation.number === 1) await conversation.readUntilClose();
      }
    });
    const clock = new TestClock();
    await using transport = new Transport({ clock, maxConnsPerHost: 1, maxIdleConnsPerHost: 5, ...options });
    const controller = new AbortController();
    const request = new HttpRequest(peer.url, { signal: controller.signal, ...init?.(controller) });
    const first = (async (): Promise<void> => {
      try {
        const response = await transport.roundTrip(request);
        await after?.(response, controller);
        await response.text();
      } catch {
        // How it ends is the table's matter, and other tests'.
      }
    })();
    const others = [fetchText(transport, peer.url), fetchText(transport, peer.url)];
    expect(transport.stats()).toMatchObject([{ waiting: 3, dialing: 1 }]);
    const all = Promise.all([...others, first]);
    expect(await passingTime(clock, all)).toEqual(['ok', 'ok', undefined]);
    await until(() => transport.stats()[0]?.busy === 0);
    const [stats] = transport.stats();
    expect(stats).toMatchObject({ waiting: 0, dialing: 0 });
    const closed = Object.values(stats?.closed ?? {}).reduce((sum, count) => sum + count, 0);
    expect((stats?.opened ?? 0) - closed).toBe(stats?.open);
    expect(stats?.open).toBeLessThanOrEqual(1);
  });

  test.for([
    { fact: 'its lookup fails', error: new Error('no such host'), code: 'dns-failed' },
    { fact: 'its request has left', error: undefined, code: undefined },
  ])('a dial: $fact, and the next one dials or takes it', async ({ error, code }) => {
    await using server = await TestServer.start();
    const named = new NamedServer(server);
    await using transport = new Transport({ lookup: named.lookup, maxConnsPerHost: 1 });
    const controller = new AbortController();
    const first = rejectionOf(send(transport, named.url(), { signal: controller.signal }));
    const second = fetchText(transport, named.url());
    if (error === undefined) controller.abort('enough');
    await named.answer('peer.test', error);
    if (error !== undefined) await named.answer();
    expect(await first).toEqual(code === undefined ? 'enough' : expect.objectContaining({ code }));
    expect(await second).toBe('ok');
    expect(named.asked).toHaveLength(error === undefined ? 1 : 2);
    expect(transport.stats()).toMatchObject([{ open: 1, idle: 1, dialing: 0, waiting: 0 }]);
  });
});

describe('Go C.5: CloseIdleConnections', () => {
  test('leaves alone what is in use and who waits, and ends dials that nobody waits for', async () => {
    await using server = await TestServer.start();
    const named = new NamedServer(server);
    await using transport = new Transport({ lookup: named.lookup });
    const busy = send(transport, named.url('busy.test'));
    await named.answer('busy.test');
    const response = await busy;
    const controller = new AbortController();
    const left = rejectionOf(send(transport, named.url('left.test'), { signal: controller.signal }));
    const waiting = fetchText(transport, named.url('waits.test'));
    controller.abort();
    await left;
    transport.closeIdleConnections();
    await named.answer('waits.test');
    expect(await response.text()).toBe('ok');
    expect(await waiting).toBe('ok');
    const of = (name: string): unknown => transport.stats().find(({ origin }) => origin === named.url(name));
    expect(of('left.test')).toMatchObject({ dialing: 0, opened: 0 });
    // What becomes idle before the next request is closed too.
    expect(of('waits.test')).toMatchObject({ open: 0, closed: { 'close-idle-connections': 1 } });
  });

  test('is no end: the next request makes the pool keep connections again, also those in use', async () => {
    await using server = await TestServer.start();
    await using transport = new Transport();
    const held = await holdExchange(transport, server);
    transport.closeIdleConnections();
    const other = await holdExchange(transport, server);
    expect(await held.finish()).toBe('ok');
    expect(await other.finish()).toBe('ok');
    expect(transport.stats()).toMatchObject([{ idle: 2, closed: {} }]);
    transport.closeIdleConnections();
    transport.closeIdleConnections();
    expect(transport.stats().filter(isInUse)).toEqual([]);
    await server.whenOpenConnections(0);
  });
});
