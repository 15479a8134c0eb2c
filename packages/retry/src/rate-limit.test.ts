import { HttpRequest, HttpResponse, type HttpRequestInit } from '@roundtripper/core';
import { RecordingTrace, TestClock } from '@roundtripper/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { rejectionOf } from '../test/rejection-of.ts';
import { rateLimit, RetryError, type RateLimitOptions } from './index.ts';

const ORIGIN = 'http://example.com';

function setUp(options: Partial<RateLimitOptions> = {}) {
  const clock = new TestClock();
  const limit = rateLimit({ rate: 10, clock, ...options });
  const recording = new RecordingTrace();
  const sent: [name: string, atMs: number][] = [];
  const client = limit({
    roundTrip: async (request) => {
      sent.push([request.target.path, clock.monotonicMs()]);
      request.signal?.throwIfAborted();
      return new HttpResponse('ok');
    },
  });
  const send = (path: string, init: HttpRequestInit = {}): Promise<HttpResponse> =>
    client.roundTrip(new HttpRequest(new URL(path, ORIGIN), { trace: recording.trace, ...init }));
  return { clock, limit, recording, sent, send };
}

test('ten a second: one at once, then one every 100 ms, in the order in which they came', async () => {
  const { clock, limit, sent, send } = setUp();
  const all = Promise.all(['/a', '/b', '/c'].map((path) => send(path)));
  await clock.advance(99);
  expect([sent, limit.state(ORIGIN).waiting]).toEqual([[['/a', 0]], 2]);
  await clock.advance(101);
  await all;
  expect([sent, limit.state(ORIGIN).waiting, clock.pendingTimers]).toEqual([
    [
      ['/a', 0],
      ['/b', 100],
      ['/c', 200],
    ],
    0,
    0,
  ]);
});

test('who comes when others wait waits behind them, whatever has been added by then', async () => {
  const { clock, sent, send } = setUp();
  const all = [send('/a'), send('/b')];
  await clock.advance(100);
  all.push(send('/c'));
  await clock.advance(100);
  await Promise.all(all);
  expect(sent.map(([path]) => path)).toEqual(['/a', '/b', '/c']);
});

test('a turn that is due is that of who waits for it, also where another comes before it was called', async () => {
  const { clock, sent, send } = setUp();
  const all: Promise<unknown>[] = [];
  // Due with the token, and asked for before it.
  clock.after(100, () => all.push(send('/c')));
  all.push(send('/a'), send('/b'));
  await clock.advance(200);
  await Promise.all(all);
  expect(sent.map(([path]) => path)).toEqual(['/a', '/b', '/c']);
});

test('after a while without any as many as burst go at once', async () => {
  const { clock, limit, sent, send } = setUp({ burst: 3 });
  const all = Promise.all(['/a', '/b', '/c', '/d'].map((path) => send(path)));
  await clock.advance(0);
  expect([sent.length, limit.state(ORIGIN)]).toEqual([3, { tokens: 0, waiting: 1 }]);
  await clock.advance(100);
  await all;
  await clock.advance(60_000);
  expect(limit.state(ORIGIN)).toEqual({ tokens: 3, waiting: 0 });
});

test('the wait is told, with how many are ahead', async () => {
  const { clock, recording, send } = setUp();
  const all = Promise.all([send('/a'), send('/b'), send('/c')]);
  await clock.advance(200);
  await all;
  expect(recording.events).toEqual([
    { kind: 'limitWaitStart', by: 'rateLimit', ahead: 0 },
    { kind: 'limitWaitStart', by: 'rateLimit', ahead: 1 },
    { kind: 'limitWaitEnd', by: 'rateLimit' },
    { kind: 'limitWaitEnd', by: 'rateLimit' },
  ]);
});

test('a wait that would be too long fails at once, and says how long it would be', async () => {
  const { clock, recording, send } = setUp({ maxWait: 150 });
  const all = Promise.all([send('/a'), send('/b')]);
  const error = await rejectionOf(send('/c'));
  expect(error).toBeInstanceOf(RetryError);
  expect(error).toMatchObject({ code: 'rate-limited', sent: 'nothing', phase: 'queue', origin: ORIGIN, retryAfterMs: 200 });
  expect(recording.events.at(-1)).toEqual({ kind: 'refused', by: 'rateLimit', error });
  await clock.advance(100);
  await all;
});

test.for<[string, Partial<RateLimitOptions>, number]>([
  ['with a queue of one the third fails', { maxQueue: 1 }, 2],
  ['without a queue the second does', { maxQueue: 0 }, 1],
])('%s', async ([, options, passed]) => {
  const { clock, sent, send } = setUp(options);
  const all = Promise.allSettled(['/a', '/b', '/c'].map((path) => send(path)));
  await clock.advance(1_000);
  expect([(await all).filter(({ status }) => status === 'fulfilled').length, sent.length]).toEqual([passed, passed]);
});

test('who is cancelled leaves at once, and its turn is the next one’s', async () => {
  const { clock, sent, send } = setUp();
  const controller = new AbortController();
  const reason = new Error('enough');
  const first = send('/a');
  const second = rejectionOf(send('/b', { signal: controller.signal }));
  const third = send('/c');
  controller.abort(reason);
  expect(await second).toBe(reason);
  await clock.advance(100);
  await Promise.all([first, third]);
  expect([sent, clock.pendingTimers]).toEqual([
    [
      ['/a', 0],
      ['/c', 100],
    ],
    0,
  ]);
});

test('when the last that waits is cancelled no timer is left', async () => {
  const { clock, limit, send } = setUp();
  await send('/a');
  const controller = new AbortController();
  const pending = rejectionOf(send('/b', { signal: controller.signal }));
  expect(clock.pendingTimers).toBe(1);
  controller.abort();
  await pending;
  expect([clock.pendingTimers, limit.state(ORIGIN).waiting]).toEqual([0, 0]);
});

test('what was cancelled before takes no turn', async () => {
  const { limit, send } = setUp();
  await send('/a');
  const reason = new Error('enough');
  expect(await rejectionOf(send('/b', { signal: AbortSignal.abort(reason) }))).toBe(reason);
  expect(limit.state(ORIGIN).waiting).toBe(0);
});

test('a request that does not pass has its body given up', async () => {
  const { send } = setUp({ maxQueue: 0 });
  await send('/a');
  let isCancelled = false;
  const body = new ReadableStream({ cancel: () => void (isCancelled = true) });
  await rejectionOf(send('/b', { method: 'POST', body }));
  expect(isCancelled).toBe(true);
});

test('each key has its own', async () => {
  const { sent, send } = setUp({ key: ({ headers }) => headers.get('x-tenant') ?? '' });
  await Promise.all([send('/a', { headers: { 'x-tenant': '1' } }), send('/b', { headers: { 'x-tenant': '2' } })]);
  expect(sent.length).toBe(2);
});

test('whoever comes and goes: all are served in order or leave, never quicker than the rate, and nothing is left', async () => {
  const arrival = fc.record({ gapMs: fc.integer({ min: 0, max: 150 }), cancelAfterMs: fc.option(fc.integer({ min: 0, max: 400 })) });
  await fc.assert(
    fc.asyncProperty(fc.array(arrival, { maxLength: 25 }), fc.integer({ min: 1, max: 4 }), async (arrivals, burst) => {
      const { clock, limit, sent, send } = setUp({ burst });
      const all: Promise<unknown>[] = [];
      for (const [index, { gapMs, cancelAfterMs }] of arrivals.entries()) {
        await clock.advance(gapMs);
        const controller = new AbortController();
        all.push(send(`/${index}`, { signal: controller.signal }).catch(() => {}));
        if (cancelAfterMs !== null) clock.after(cancelAfterMs, () => controller.abort());
      }
      await clock.advance(60_000);
      await Promise.all(all);
      const order = sent.map(([path]) => Number(path.slice(1)));
      expect(order).toEqual(order.toSorted((a, b) => a - b));
      for (const [index, [, atMs]] of sent.entries()) {
        const before = sent[index - burst]?.[1];
        if (before !== undefined) expect(atMs - before).toBeGreaterThanOrEqual(100 - 1e-6);
      }
      expect([limit.state(ORIGIN).waiting, clock.pendingTimers]).toEqual([0, 0]);
    }),
    { numRuns: 30 },
  );
});

test.for<[string, object, string]>([
  ['no rate', {}, 'rate: expected a number above 0 and at most 1000000'],
  ['a rate of undefined', { rate: undefined }, 'rate'],
  ['a rate of 0', { rate: 0 }, 'rate'],
  ['a burst of nothing', { rate: 1, burst: 0 }, 'burst'],
  ['half a burst', { rate: 1, burst: 1.5 }, 'burst'],
  ['a time of nothing', { rate: 1, per: 0 }, 'per'],
  ['an unknown option', { rate: 1, limit: 5 }, 'limit'],
])('%s is a TypeError that names it', ([, options, named]) => {
  const given: Partial<RateLimitOptions> = options;
  const make = (): unknown => Reflect.apply(rateLimit, undefined, [given]);
  expect(make).toThrow(TypeError);
  expect(make).toThrow(named);
});
