import { constants, createServer, type Http2Server, type Http2Session, type Settings } from 'node:http2';

import { TestClock, type FrameConversation } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { fetchText } from '../../test/exchanges.ts';
import { answer, FrameBench } from '../../test/frame-bench.ts';
import { listen } from '../../test/servers/listen.ts';
import { RoundTripError } from '../contract/round-trip-error.ts';
import { Transport } from './transport.ts';
import type { TransportOptions } from './transport-options.ts';

/** A server says on a connection that it has looked at nothing. Resolves when its client knows. */
interface Way {
  readonly fact: string;
  readonly settings: { readonly MAX_CONCURRENT_STREAMS?: number };
  readonly say: (server: FrameConversation) => Promise<void>;
}

const WAYS: readonly Way[] = [
  {
    fact: 'GOAWAY before the first stream',
    settings: {},
    say: async (server) => {
      void server.goAway(0);
      await server.closed;
    },
  },
  {
    fact: 'GOAWAY in peace, and then before the first stream',
    settings: {},
    say: async (server) => {
      void server.goAway(2 ** 31 - 1);
      void server.goAway(0);
      await server.closed;
    },
  },
  {
    fact: 'no streams at all, and the first refused',
    settings: { MAX_CONCURRENT_STREAMS: 0 },
    say: async (server) => {
      void server.reset(1, 'REFUSED_STREAM');
      await server.settle();
    },
  },
  {
    fact: 'the first stream refused, and the end',
    settings: {},
    say: async (server) => {
      void server.reset(1, 'REFUSED_STREAM');
      await server.settle();
      server.end();
      await server.closed;
    },
  },
];

const FIRST_PAUSE_MS = { least: 125, most: 250 };

describe.for(WAYS)('a server that says on a connection that it takes nothing: $fact', ({ settings, say }) => {
  test('and serves on the next, as one that was restarted: that is opened at once', async () => {
    await using bench = await FrameBench.open();
    const { server, response } = await bench.connect({}, settings);
    void say(server);
    const next = await bench.accept();
    await answer(next, (await next.next('HEADERS')).streamId);
    expect(await (await response).text()).toBe('ok');
    expect([bench.clock.monotonicMs(), bench.peer.connectionsOpened]).toEqual([0, 2]);
    expect(bench.transport.stats()[0]).not.toHaveProperty('backingOffMs');
  });

  test('and says so on the next: after a pause a third is opened, and serves', async () => {
    await using bench = await FrameBench.open();
    const { server, response } = await bench.connect({}, settings);
    await say(server);
    const second = await bench.accept(settings);
    await second.next('HEADERS');
    await say(second);
    await bench.clock.advance(FIRST_PAUSE_MS.least - 1);
    expect(bench.transport.stats()).toMatchObject([{ dialing: 0, waiting: 1, opened: 2 }]);
    expect(bench.recorder.all('queueStart').at(-1)).toMatchObject({ waitsFor: 'calm' });
    // And one more: the request waits from within a millisecond, and for whole ones.
    await bench.clock.advance(FIRST_PAUSE_MS.most - FIRST_PAUSE_MS.least + 2);
    const third = await bench.accept();
    await answer(third, (await third.next('HEADERS')).streamId);
    expect(await (await response).text()).toBe('ok');
    expect(bench.transport.stats()[0]).not.toHaveProperty('backingOffMs');
  });
});

describe('no pause follows', () => {
  test('a connection that has answered something, however often others end so', async () => {
    await using bench = await FrameBench.open();
    for (let connection = 1; connection <= 5; connection++) {
      const server = await bench.warm();
      void server.goAway(1);
      await server.closed;
    }
    expect([bench.clock.monotonicMs(), bench.peer.connectionsOpened]).toEqual([0, 5]);
  });

  test('a connection that was asked nothing', async () => {
    await using bench = await FrameBench.open();
    for (let connection = 1; connection <= 3; connection++) {
      await bench.transport.preconnect(bench.peer.url, 1);
      const server = await bench.accept();
      void server.goAway(0);
      await server.closed;
    }
    expect([bench.clock.monotonicMs(), bench.peer.connectionsOpened]).toEqual([0, 3]);
  });
});

test('a server that takes no streams for a while, and then some, serves on the same connection those who wait', async () => {
  await using bench = await FrameBench.open({ maxConnsPerHost: 1 });
  const { server, streamId, response } = await bench.connect({}, { MAX_CONCURRENT_STREAMS: 0 });
  const second = bench.send();
  void server.reset(streamId, 'REFUSED_STREAM');
  await server.settle();
  expect(bench.transport.stats()).toMatchObject([{ open: 1, waiting: 2 }]);
  void server.settings({ MAX_CONCURRENT_STREAMS: 100 });
  for (let count = 0; count < 2; count++) await answer(server, (await server.next('HEADERS', (frame) => frame.streamId > 1)).streamId);
  expect(await Promise.all([response, second].map(async (each) => (await each).text()))).toEqual(['ok', 'ok']);
  expect(bench.peer.connectionsOpened).toBe(1);
});

/** A server of node:http2's, and a hundred requests to it that are answered, fail, or wait. */
class Crowd implements AsyncDisposable {
  readonly clock: TestClock = new TestClock();
  readonly codes = new Map<unknown, number>();
  connections = 0;
  readonly #server: Http2Server;
  readonly #sessions: Http2Session[] = [];
  #transport: Transport | undefined;

  constructor(settings: Settings = {}) {
    this.#server = createServer({ settings });
  }

  /** @param onSession What the server does with each connection, by its number. */
  async begin(onSession: (session: Http2Session, number: number) => void, options: TransportOptions = {}): Promise<void> {
    this.#server.on('session', (session) => {
      this.#sessions.push(session);
      this.connections += 1;
      onSession(session, this.connections);
    });
    this.#server.on('request', (_request, response) => response.end('ok'));
    const url = `http://127.0.0.1:${await listen(this.#server)}/`;
    const transport = new Transport({ clock: this.clock, protocols: { http1: false, unencryptedHttp2: true }, ...options });
    this.#transport = transport;
    for (let count = 0; count < 100; count++) {
      const note = (outcome: unknown): void => void this.codes.set(outcome, (this.codes.get(outcome) ?? 0) + 1);
      fetchText(transport, url).then(note, (error: unknown) => note(error instanceof RoundTripError ? error.code : error));
    }
  }

  /** Lets so much time go by, in steps between which what arrives is heard. */
  async wait(ms: number): Promise<void> {
    const STEP_MS = 25;
    for (let atMs = 0; atMs < ms; atMs += STEP_MS) {
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      await this.clock.advance(STEP_MS);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transport?.close({ graceful: false });
    for (const session of this.#sessions) session.destroy();
    await new Promise<void>((resolve) => void this.#server.close(() => resolve()));
  }
}

describe('a hundred requests to node:http2', () => {
  test('that ends every connection by GOAWAY at once open a handful of them, and fail', async () => {
    await using crowd = new Crowd();
    await crowd.begin((session) => session.goaway(constants.NGHTTP2_NO_ERROR, 0));
    await crowd.wait(10_000);
    expect(crowd.codes).toEqual(new Map([['server-goaway', 100]]));
    expect(crowd.connections).toBeLessThan(10);
  });

  test('that never takes a stream open a handful of connections, and wait for as long as they may', async () => {
    await using crowd = new Crowd({ maxConcurrentStreams: 0 });
    await crowd.begin(() => {}, { poolTimeout: 9_000 });
    await crowd.wait(8_000);
    expect([crowd.codes.size, crowd.connections < 10]).toEqual([0, true]);
    await crowd.wait(4_000);
    // The few that were tried meanwhile wait anew.
    expect([...crowd.codes.keys()]).toEqual(['pool-timeout']);
    expect(crowd.codes.get('pool-timeout')).toBeGreaterThan(85);
    expect(crowd.connections).toBeLessThan(15);
  });

  test('that was restarted, which it says once, are answered at once', async () => {
    await using crowd = new Crowd();
    await crowd.begin((session, number) => (number === 1 ? session.goaway(constants.NGHTTP2_NO_ERROR, 0) : undefined));
    await crowd.wait(100);
    expect([crowd.codes, crowd.connections]).toEqual([new Map([['ok', 100]]), 2]);
  });

  test('that comes to its senses after some time are answered', async () => {
    await using crowd = new Crowd();
    await crowd.begin((session, number) => (number <= 4 ? session.goaway(constants.NGHTTP2_NO_ERROR, 0) : undefined));
    await crowd.wait(5_000);
    expect([crowd.codes, crowd.connections]).toEqual([new Map([['ok', 100]]), 5]);
  });
});
