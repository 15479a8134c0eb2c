import { getEventListeners } from 'node:events';

import { TestClock } from '@roundtripper/testing';
import { describe, expect, test } from 'vitest';

import { engineOptions } from '../../test/engine-options.ts';
import { Torture, TorturedWire, type Answer, type Fault } from '../../test/tortured-wire.ts';
import type { Timer } from '../contract/clock.ts';
import { deadline } from '../contract/deadline.ts';
import { HttpRequest, type HttpRequestInit } from '../contract/http-request.ts';
import type { HttpResponse } from '../contract/http-response.ts';
import { RoundTripError } from '../contract/round-trip-error.ts';
import type { Route } from '../contract/route.ts';
import { Http1Connection } from '../h1/connection.ts';
import type { PoolLimits } from '../pool/limits.ts';
import type { ConnectOptions } from '../pool/connect.ts';
import { Pool } from '../pool/pool.ts';
import { RoundTrip } from './round-trip.ts';

const LIMITS: PoolLimits = {
  maxIdleConns: 10,
  maxIdleConnsPerHost: 0,
  maxConnsPerHost: 1,
  maxQueuedPerHost: 0,
  isSharedFirst: false,
  maxFirstDials: 0,
  opensWhenFull: true,
  idleConnTimeoutMs: 90_000,
  poolTimeoutMs: 5_000,
  maxConnLifetimeMs: 0,
  connLifetimeJitter: 0,
  maxRequestsPerConn: 0,
  maxOrphanDials: 0,
  keepsAlive: true,
};
const TIMEOUT_MS = 1_000;
/** When the callers have had enough: long after every limit above. */
const PATIENCE_MS = 30_000;
const PATIENCE = 'patience is over';
/** As long as it may take to close: a request may be sent for 50 ms still. */
const CLOSING_MS = 60;
const STEP_MS = 10;
const LARGE = 'x'.repeat(40_000);

/** A pool and an engine over tortured wires. */
class Bench {
  readonly clock = new TestClock();
  readonly torture: Torture;
  readonly wires: TorturedWire[] = [];
  /** Streams of callers that are neither read to their end nor given up. */
  streams = 0;
  /** Whether a caller does not say what it wants to send: that is for the caller to end. */
  isStuck = false;
  readonly #pool: Pool;
  readonly #controller = new AbortController();
  readonly #answer: Answer;
  readonly #patience: Timer;

  constructor(torture: Torture, answer: Answer) {
    this.torture = torture;
    this.#answer = answer;
    this.#pool = new Pool(
      () => LIMITS,
      this.clock,
      (route, options) => this.#connect(route, options),
    );
    this.#patience = this.clock.after(PATIENCE_MS, () => this.#controller.abort(PATIENCE));
  }

  send(init: HttpRequestInit = {}): Promise<HttpResponse> {
    const request = new HttpRequest('http://example.com/', { ...init, signal: this.#controller.signal });
    const { origin } = request.target;
    return new Promise((resolve, reject) => {
      const host = { pool: this.#pool, clock: this.clock, delayed: new Set<RoundTrip>() };
      new RoundTrip(request, { key: origin.key, origin, proxy: undefined, isForwarded: false }, host, { resolve, reject }).start();
    });
  }

  async text(init?: HttpRequestInit): Promise<string> {
    const response = await this.send(init);
    return response.text();
  }

  /** A body in several pieces, each of which may fail to come. */
  stream(): ReadableStream<string> {
    this.streams += 1;
    let pulls = 0;
    return new ReadableStream<string>(
      {
        pull: async (controller) => {
          const fault = this.torture.next();
          if (fault === 'silent') {
            this.isStuck = true;
            await new Promise(() => {});
          }
          pulls += 1;
          if (fault !== undefined || pulls > 3) this.streams -= 1;
          if (fault !== undefined) throw new Error('the source failed');
          if (pulls > 3) controller.close();
          else controller.enqueue('piece');
        },
        cancel: () => void (this.streams -= 1),
      },
      { highWaterMark: 0 },
    );
  }

  /** Lets time go by until it is so. */
  async until(isSo: () => boolean): Promise<void> {
    for (let step = 0; step < (2 * PATIENCE_MS) / STEP_MS && !isSo(); step++) await this.clock.advance(STEP_MS);
  }

  /** Everybody has been told: nothing is left. */
  async end(): Promise<void> {
    let isDown = false;
    const down = this.#pool.shutDown().then(() => {
      isDown = true;
    });
    await this.clock.advance(CLOSING_MS);
    expect(isDown).toBe(true);
    await down;
    this.#patience.cancel();
    expect(getEventListeners(this.#controller.signal, 'abort')).toEqual([]);
    expect(this.clock.pendingTimers).toBe(0);
    expect(this.streams).toBe(0);
    expect(this.wires.filter((wire) => !wire.isDestroyed)).toEqual([]);
    for (const route of this.#pool.stats()) expect(route).toMatchObject({ open: 0, idle: 0, busy: 0, dialing: 0, waiting: 0 });
  }

  /** A dial, with the time limit that the real one has. */
  async #connect(route: Route, { owner, trace, signal }: ConnectOptions): Promise<Http1Connection> {
    const fault = this.torture.next();
    if (fault === 'throws') throw dialError('dial-failed');
    await this.#waitToConnect(fault, signal);
    const wire = new TorturedWire(this.torture, this.clock, this.#answer);
    this.wires.push(wire);
    const options = engineOptions(this.clock, {
      afterPoll: (callback) => void this.clock.after(0, callback),
      responseHeaderTimeoutMs: TIMEOUT_MS,
      bodyIdleTimeoutMs: TIMEOUT_MS,
    });
    const info = { id: this.wires.length, origin: route.origin.key, protocol: 'http/1.1', ...wire.info } as const;
    const connection = new Http1Connection(wire, info, options, { owner, listener: trace });
    if (fault === 'dies') wire.close(new Error('ECONNRESET'));
    return connection;
  }

  async #waitToConnect(fault: Fault | undefined, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = deadline(this.clock, TIMEOUT_MS, () => reject(dialError('dial-timeout')));
    const giveUp = (): void => reject(dialError('transport-closed'));
    signal.addEventListener('abort', giveUp);
    if (fault !== 'silent') this.clock.after(1, resolve);
    try {
      await promise;
    } finally {
      timer.cancel();
      signal.removeEventListener('abort', giveUp);
    }
  }
}

function dialError(code: 'dial-failed' | 'dial-timeout' | 'transport-closed'): RoundTripError {
  return new RoundTripError('the dial failed', {
    code,
    phase: 'connect',
    sent: 'nothing',
    timeout: code === 'dial-timeout',
    origin: 'http://example.com',
  });
}

interface Scenario {
  readonly name: string;
  readonly answer: Answer;
  /** What callers do. Each of the promises is one's whole concern. */
  readonly run: (bench: Bench) => readonly Promise<string>[];
  readonly expected: readonly string[];
}

const SHORT: Answer = () => ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n', 'ok'];
const CHUNKED: Answer = () => ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', '2\r\no', 'k\r\n', '0\r\nA: b\r\n', '\r\n'];
const UNTIL_CLOSE: Answer = () => ['HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok'];
const LONG: Answer = () => [`HTTP/1.1 200 OK\r\nContent-Length: ${4 * LARGE.length}\r\n\r\n`, LARGE, LARGE, LARGE, LARGE];

const SCENARIOS: readonly Scenario[] = [
  { name: 'GET', answer: SHORT, run: (bench) => [bench.text()], expected: ['ok'] },
  { name: 'a chunked answer with trailers', answer: CHUNKED, run: (bench) => [bench.text()], expected: ['ok'] },
  { name: 'POST with bytes', answer: SHORT, run: (bench) => [bench.text({ method: 'POST', body: 'text' })], expected: ['ok'] },
  {
    name: 'POST with a stream',
    answer: CHUNKED,
    run: (bench) => [bench.text({ method: 'POST', body: bench.stream() })],
    expected: ['ok'],
  },
  {
    name: 'POST that waits for 100 Continue',
    answer: SHORT,
    run: (bench) => [bench.text({ method: 'POST', headers: { Expect: '100-continue' }, body: bench.stream() })],
    expected: ['ok'],
  },
  {
    name: 'three on one connection',
    answer: SHORT,
    run: (bench) => [bench.text(), bench.text({ method: 'POST', body: 'text' }), bench.text({ method: 'POST', body: bench.stream() })],
    expected: ['ok', 'ok', 'ok'],
  },
  {
    name: 'three on a connection each',
    answer: UNTIL_CLOSE,
    run: (bench) => [bench.text(), bench.text(), bench.text()],
    expected: ['ok', 'ok', 'ok'],
  },
  { name: 'a long answer, and a slow reader', answer: LONG, run: (bench) => [slowLength(bench)], expected: [String(4 * LARGE.length)] },
  {
    name: 'an answer that nobody reads to its end',
    answer: LONG,
    run: (bench) => [firstChunk(bench), bench.text()],
    expected: ['x', LARGE.repeat(4)],
  },
];

describe.for(SCENARIOS)('$name', ({ answer, run, expected }) => {
  test('works where nothing fails', async () => {
    const { outcomes } = await tortured(Infinity, 'throws');
    expect(outcomes).toEqual(expected);
  });

  test.for<Fault>(['throws', 'dies', 'silent'])('whatever call fails (%s), everybody is told and nothing is left', async (fault) => {
    const { calls } = await tortured(Infinity, fault);
    expect(calls).toBeGreaterThan(2);
    for (let at = 1; at <= calls; at++) {
      const { outcomes, isStuck } = await tortured(at, fault);
      const failed = outcomes.filter((outcome, index) => outcome !== expected[index]);
      const untyped = failed.filter((outcome) => !(outcome instanceof RoundTripError));
      // Nothing limits for how long a caller may keep back what it sends.
      if (isStuck) expect([at, new Set([...untyped, PATIENCE])]).toEqual([at, new Set([PATIENCE])]);
      else expect([at, untyped]).toEqual([at, []]);
      // One failure is one request's, unless others wait for it.
      if (untyped.length === 0) expect(failed.length).toBeLessThanOrEqual(1);
    }
  });

  async function tortured(at: number, fault: Fault): Promise<Run> {
    const bench = new Bench(new Torture(at, fault), answer);
    const outcomes: unknown[] = [];
    let left = expected.length;
    const all = run(bench).map(async (promise, index) => {
      outcomes[index] = await promise.catch((error: unknown) => error);
      left -= 1;
    });
    await bench.until(() => left === 0);
    expect([at, left]).toEqual([at, 0]);
    await bench.end();
    await Promise.all(all);
    return { outcomes, calls: bench.torture.calls, isStuck: bench.isStuck };
  }
});

interface Run {
  readonly outcomes: readonly unknown[];
  readonly calls: number;
  readonly isStuck: boolean;
}

async function slowLength(bench: Bench): Promise<string> {
  const response = await bench.send();
  let length = 0;
  for await (const chunk of response.chunks()) {
    length += chunk.byteLength;
    await new Promise<void>((resolve) => {
      bench.clock.after(100, resolve);
    });
  }
  return String(length);
}

async function firstChunk(bench: Bench): Promise<string> {
  const response = await bench.send();
  for await (const chunk of response.chunks()) return Buffer.from(chunk).toString().slice(0, 1);
  return '';
}
