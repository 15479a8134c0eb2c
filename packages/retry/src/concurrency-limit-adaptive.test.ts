import { HttpRequest, HttpResponse } from '@roundtripper/core';
import { TestClock } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { concurrencyLimit, type AdaptiveLimit, type ConcurrencyLimit } from './index.ts';

const ORIGIN = 'http://example.com';

/** Numbers from 0 to 1, the same each time (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A server that does `workers` requests at a time, each in a time that varies, and has the others wait in a queue; or refuses those beyond `queue`. */
class SimulatedServer {
  workers = 20;
  serviceMs = 50;
  queue = Number.POSITIVE_INFINITY;
  answered = 0;
  /** Milliseconds that a worker had nothing to do, while there were requests to be had. */
  idleMs = 0;
  readonly #clock: TestClock;
  readonly #random = seeded(7);
  readonly #waiting: (() => void)[] = [];
  #busy = 0;
  #countedMs = 0;

  constructor(clock: TestClock) {
    this.#clock = clock;
  }

  roundTrip = async (): Promise<HttpResponse> => {
    if (this.#waiting.length >= this.queue) return new HttpResponse(null, { status: 503 });
    this.#count();
    // A worker that is free takes who waits, and is not free in between.
    if (this.#busy >= this.workers) await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    else this.#busy += 1;
    // From half to one and a half times as long, and one in a hundred ten times.
    const factor = this.#random() < 0.01 ? 10 : 0.5 + this.#random();
    await new Promise<void>((resolve) => void this.#clock.after(this.serviceMs * factor, resolve));
    this.#count();
    this.answered += 1;
    if (this.#busy > this.workers || this.#waiting.length === 0) this.#busy -= 1;
    else this.#waiting.shift()?.();
    return new HttpResponse(null, { status: 204 });
  };

  #count(): void {
    const nowMs = this.#clock.monotonicMs();
    this.idleMs += Math.max(0, this.workers - this.#busy) * (nowMs - this.#countedMs);
    this.#countedMs = nowMs;
  }
}

interface Simulation {
  readonly clock: TestClock;
  readonly server: SimulatedServer;
  readonly limit: ConcurrencyLimit;
  /** For so many milliseconds. @returns the limits that there were, one every 100 ms. */
  readonly run: (forMs: number) => Promise<number[]>;
  readonly stop: () => Promise<void>;
}

/** As many clients as are wanted, each of which asks again as soon as it is answered. */
function simulate(clients: number, adaptive: AdaptiveLimit = {}): Simulation {
  const clock = new TestClock();
  const server = new SimulatedServer(clock);
  const limit = concurrencyLimit({ limit: adaptive, clock });
  const transport = limit(server);
  const over = new AbortController();
  const client = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const response = await transport.roundTrip(new HttpRequest(ORIGIN));
      await response.dispose();
      if (response.status === 503) await new Promise<void>((resolve) => void clock.after(10, resolve));
    }
  };
  const all = Array.from({ length: clients }, client);
  const run = async (forMs: number): Promise<number[]> => {
    const limits: number[] = [];
    for (let passedMs = 0; passedMs < forMs; passedMs += 100) {
      await clock.advance(100);
      limits.push(limit.state(ORIGIN).limit);
    }
    return limits;
  };
  const stop = async (): Promise<void> => {
    over.abort();
    await clock.advance(60_000);
    await Promise.all(all);
    expect([limit.state(ORIGIN).inFlight, limit.state(ORIGIN).waiting, clock.pendingTimers]).toEqual([0, 0, 0]);
  };
  return { clock, server, limit, run, stop };
}

function average(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

test.for<[string, number]>([
  ['from far below', 2],
  ['from far above', 90],
])('%s it gets to what the server can do and up to half as much again, and stays there', async ([, initial]) => {
  const { server, run, stop } = simulate(100, { initial });
  await run(5_000);
  const limits = await run(10_000);
  expect(average(limits)).toBeGreaterThanOrEqual(server.workers);
  expect(average(limits)).toBeLessThanOrEqual(server.workers * 1.5);
  expect(Math.max(...limits)).toBeLessThanOrEqual(server.workers * 2);
  await stop();
});

test('the server has work for nine tenths of the time, and seldom a queue that is longer than that', async () => {
  const { server, run, stop } = simulate(100);
  await run(5_000);
  const { idleMs, answered } = server;
  const limits = await run(10_000);
  const capacityMs = server.workers * 10_000;
  expect((server.idleMs - idleMs) / capacityMs).toBeLessThan(0.1);
  expect(server.answered - answered).toBeGreaterThan(3_300);
  expect(average(limits)).toBeLessThan(server.workers * 1.5);
  await stop();
});

test('it follows a server that gets more workers, and one that loses most of them', async () => {
  const { server, run, stop } = simulate(200);
  await run(5_000);
  server.workers = 60;
  await run(10_000);
  expect(average(await run(5_000))).toBeGreaterThan(55);
  server.workers = 10;
  await run(10_000);
  const limits = await run(5_000);
  expect(Math.max(...limits)).toBeLessThanOrEqual(22);
  expect(average(limits)).toBeGreaterThan(8);
  await stop();
});

test('a server that takes longer for everything is not taken for a crowded one for long', async () => {
  const { server, run, stop } = simulate(100);
  await run(5_000);
  server.serviceMs = 200;
  await run(40_000);
  expect(average(await run(10_000))).toBeGreaterThan(server.workers * 0.8);
  await stop();
});

test('a server that refuses instead of queueing is given what it takes', async () => {
  const { server, run, stop } = simulate(100);
  server.queue = 5;
  await run(5_000);
  const limits = await run(10_000);
  expect(Math.max(...limits)).toBeLessThanOrEqual(server.workers + server.queue + 2);
  expect(average(limits)).toBeGreaterThan(server.workers * 0.6);
  await stop();
});

test('where there is little to do nothing is learned, and nothing is lost', async () => {
  const { run, stop } = simulate(3, { initial: 20 });
  expect(new Set(await run(10_000))).toEqual(new Set([20]));
  await stop();
});
