import { HttpRequest, type HttpResponse } from '@roundtripper/core';
import { TestClock } from '@roundtripper/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { ScriptedUpstream, type Outcome } from '../test/scripted-upstream.ts';
import { Leases, slowStore, Waiting } from '../test/slow-store.ts';
import { CacheCore } from './cache-core.ts';
import { resolveOptions } from './cache-options.ts';
import { CachingRoundTripper } from './caching-round-tripper.ts';
import type { Flight } from './flights.ts';
import { memoryStore } from './memory-store.ts';
import type { CacheStore } from './store.ts';

const OUTCOMES: readonly Outcome[] = [
  'whole',
  'stream',
  'wrong-length',
  'no-store',
  'vary-all',
  'no-content',
  'not-modified',
  'trouble',
  'moved-on',
  'unreachable',
  'mistake',
];

const at = fc.nat(20);
const path = fc.constantFrom('/a', '/b');
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('send' as const),
      path,
      how: fc.constantFrom('plain', 'plain', 'plain', 'no-cache', 'head', 'range'),
      hasSignal: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('answer' as const),
      at,
      outcome: fc.oneof(fc.constantFrom<Outcome>('whole', 'stream', 'not-modified'), fc.constantFrom(...OUTCOMES)),
      bytes: fc.constantFrom(10, 1_500, 9_000),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('push' as const, 'end' as const, 'break' as const), at }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('read' as const, 'dispose' as const), at }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('abort' as const), at }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('invalidate' as const), path }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('store' as const, 'store' as const, 'store-fails' as const), at }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1_000, 8_000, 12_000) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

type StoreKind = 'memory' | 'small' | 'slow' | 'leased' | 'bit-by-bit';

/** A request, and what has become of it. */
interface Sent {
  readonly how: string;
  /** What it must not get anything older than. */
  readonly version: number;
  readonly controller: AbortController;
  response: HttpResponse | undefined;
  settled: Promise<void>;
  isSettled: boolean;
  isRejected: boolean;
  isUsed: boolean;
}

/** A cache, its server and its users. */
class World {
  readonly clock = new TestClock();
  readonly upstream = new ScriptedUpstream();
  readonly waiting = new Waiting();
  readonly leases = new Leases();
  readonly core: CacheCore;
  readonly client: CachingRoundTripper;
  readonly sent: Sent[] = [];
  readonly reads: Promise<void>[] = [];
  readonly flights: Flight[] = [];
  readonly #invalidatedTo = new Map<string, number>();
  readonly #invalidations: Promise<unknown>[] = [];

  constructor(kind: StoreKind) {
    this.core = new CacheCore(resolveOptions({ clock: this.clock, store: this.#store(kind) }));
    this.client = new CachingRoundTripper(this.upstream, this.core);
    const { flights } = this.core;
    const begin = flights.begin.bind(flights);
    flights.begin = (key, generation) => {
      const flight = begin(key, generation);
      this.flights.push(flight);
      return flight;
    };
  }

  #store(kind: StoreKind): CacheStore {
    const inner = memoryStore({ maxBytes: kind === 'small' ? 6_000 : 100_000 });
    switch (kind) {
      case 'slow':
        return slowStore(inner, this.waiting);
      case 'leased':
        return this.leases.over(inner);
      case 'bit-by-bit':
        Reflect.set(inner, 'put', undefined);
        return inner;
      default:
        return inner;
    }
  }

  async take(one: Step): Promise<void> {
    const { upstream } = this;
    switch (one.kind) {
      case 'send':
        this.#send(one);
        break;
      case 'answer': {
        const call = upstream.calls[one.at % Math.max(1, upstream.calls.length)];
        if (call !== undefined) upstream.settle(call, one.outcome, one.bytes);
        break;
      }
      case 'push':
      case 'end':
      case 'break': {
        const stream = upstream.streams[one.at % Math.max(1, upstream.streams.length)];
        if (stream !== undefined) upstream[one.kind](stream);
        break;
      }
      case 'store':
      case 'store-fails':
        this.waiting.release(one.at, one.kind === 'store-fails');
        break;
      case 'invalidate':
        this.#invalidate(one.path);
        break;
      case 'wait':
        await this.clock.advance(one.ms);
        break;
      default:
        this.#user(one);
    }
    await this.clock.advance(0);
  }

  #send({ path: pathname, how, hasSignal }: Extract<Step, { kind: 'send' }>): void {
    const controller = new AbortController();
    const headers: Record<string, string> = {};
    if (how === 'no-cache') headers['Cache-Control'] = 'no-cache';
    if (how === 'range') headers['Range'] = 'bytes=2-6';
    const request = new HttpRequest(`https://example.com${pathname}`, {
      method: how === 'head' ? 'HEAD' : 'GET',
      headers,
      signal: hasSignal ? controller.signal : undefined,
    });
    const sent: Sent = {
      how,
      version: this.#invalidatedTo.get(pathname) ?? 0,
      controller,
      response: undefined,
      settled: Promise.resolve(),
      isSettled: false,
      isRejected: false,
      isUsed: false,
    };
    sent.settled = this.#settled(sent, this.client.roundTrip(request));
    this.sent.push(sent);
  }

  async #settled(sent: Sent, answer: Promise<HttpResponse>): Promise<void> {
    try {
      sent.response = await answer;
    } catch (error) {
      sent.isRejected = true;
      this.#checkFailure(sent, error);
    } finally {
      sent.isSettled = true;
    }
  }

  /** Nobody fails for another's leaving. */
  #checkFailure({ controller }: Sent, error: unknown): void {
    const isUpstreams = error instanceof Error && error.message.startsWith('upstream');
    if (!isUpstreams) expect(error).toBe(controller.signal.reason);
  }

  #user({ kind, at: index }: Extract<Step, { kind: 'read' | 'dispose' | 'abort' }>): void {
    const sent = this.sent[index % Math.max(1, this.sent.length)];
    if (kind === 'abort') sent?.controller.abort(new Error(`user ${index} has left`));
    else if (sent !== undefined) this.#use(sent, kind);
  }

  #use(sent: Sent, kind: 'read' | 'dispose'): void {
    if (sent.response === undefined || sent.isUsed) return;
    sent.isUsed = true;
    if (kind === 'dispose') void sent.response.dispose();
    else this.reads.push(this.#read(sent, sent.response));
  }

  async #read(sent: Sent, response: HttpResponse): Promise<void> {
    let text: string;
    try {
      text = await response.text();
    } catch (error) {
      this.#checkFailure(sent, error);
      return;
    }
    if (response.status === 504) return;
    const call = Number(response.headers.get('x-call'));
    if (sent.how === 'head') expect(text).toBe('');
    else {
      const whole = this.upstream.texts.get(call);
      expect(text).toBe(response.status === 206 ? whole?.slice(2, 7) : whole);
      expect(this.upstream.versionOfCall.get(call)).toBeGreaterThanOrEqual(sent.version);
    }
  }

  #invalidate(pathname: string): void {
    this.upstream.change(pathname);
    const version = this.upstream.versionOf(pathname);
    const url = `https://example.com${pathname}`;
    this.#invalidations.push(
      Promise.resolve(this.core.invalidate({ kind: 'url', url })).then(() => {
        this.#invalidatedTo.set(pathname, Math.max(version, this.#invalidatedTo.get(pathname) ?? 0));
      }),
    );
  }

  /** Everybody gets what he waits for. */
  async finish(): Promise<void> {
    const { upstream, waiting, clock } = this;
    for (let round = 0; round < 500; round++) {
      for (const call of upstream.calls.slice()) upstream.settle(call, 'whole', 10);
      for (const stream of upstream.streams.slice()) upstream.end(stream);
      while (waiting.size > 0) waiting.release(0);
      await clock.advance(0);
      for (const sent of this.sent) this.#use(sent, 'read');
      await clock.advance(0);
      if (this.sent.every(({ isSettled, isUsed, isRejected }) => isSettled && (isUsed || isRejected)) && waiting.size === 0) break;
    }
    expect(this.sent.filter(({ isSettled }) => !isSettled)).toEqual([]);
    await Promise.all([...this.reads, ...this.#invalidations, ...this.sent.map(({ settled }) => settled)]);
    await this.core.background.close();
  }

  async check(): Promise<void> {
    const { core, clock, leases } = this;
    for (const flight of this.flights) {
      expect(flight.outcome).toBeDefined();
      expect(core.flights.find(flight.name, flight.generation)).toBeUndefined();
    }
    expect([clock.pendingTimers, leases.held, leases.overReleased]).toEqual([0, 0, 0]);
    const { hits, staleHits, revalidations, misses, bypasses, collapsed } = await core.stats();
    const counted = hits + staleHits + revalidations + misses + bypasses;
    expect(counted).toBeGreaterThanOrEqual(this.sent.filter(({ isRejected }) => !isRejected).length);
    expect(counted).toBeLessThanOrEqual(this.sent.length);
    expect(collapsed).toBeLessThanOrEqual(hits + staleHits);
  }
}

test.for<StoreKind>(['memory', 'small', 'slow', 'leased', 'bit-by-bit'])(
  'whatever becomes of requests at the same time, everybody gets an answer, and nobody another’s or one that was out of date when he asked: %s',
  { timeout: 20_000 },
  async (kind) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60, size: 'max' }), async (steps) => {
        const world = new World(kind);
        for (const one of steps) await world.take(one);
        await world.finish();
        await world.check();
      }),
      { numRuns: 60 },
    );
  },
);
