import { getEventListeners } from 'node:events';

import { HttpRequest, HttpResponse, RoundTripError, type HttpRequestInit } from '@roundtripper/core';
import { RecordingTrace, TestClock } from '@roundtripper/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { rejectionOf } from '../test/rejection-of.ts';
import { hedge, hedged, retryBudget, type HedgeOptions, type RetryBudget } from './index.ts';

const ORIGIN = 'http://example.com';

/** What becomes of one try: an answer or an error, after a while. */
interface Plan {
  readonly afterMs: number;
  readonly answer?: HttpResponse;
  readonly error?: Error;
}

function after(afterMs: number, status = 200, headers: Record<string, string> = {}): Plan {
  return { afterMs, answer: new HttpResponse(`try of ${afterMs}`, { status, headers }) };
}

function lost(afterMs: number): Plan {
  return { afterMs, error: new RoundTripError(`lost after ${afterMs}`, { code: 'connection-reset', phase: 'request', sent: 'all' }) };
}

function setUp(plans: readonly Plan[], options: HedgeOptions = {}) {
  const clock = new TestClock();
  const recording = new RecordingTrace();
  const tries: { readonly request: HttpRequest; readonly atMs: number; abortedWith?: unknown }[] = [];
  const client = hedge({ after: 50, clock, ...options })({
    roundTrip: (request) =>
      new Promise((resolve, reject) => {
        const plan = plans[tries.length] ?? after(10);
        const tried: (typeof tries)[number] = { request, atMs: clock.monotonicMs() };
        tries.push(tried);
        const onAbort = (): void => {
          timer.cancel();
          const reason: unknown = request.signal?.reason;
          tried.abortedWith = reason;
          reject(reason);
        };
        request.signal?.addEventListener('abort', onAbort);
        const timer = clock.after(plan.afterMs, () => {
          request.signal?.removeEventListener('abort', onAbort);
          if (plan.error !== undefined) reject(plan.error);
          else resolve(plan.answer ?? new HttpResponse('well'));
        });
      }),
  });
  const send = (init: HttpRequestInit = {}): Promise<HttpResponse> =>
    client.roundTrip(new HttpRequest(ORIGIN, { trace: recording.trace, ...init }));
  return { clock, recording, tries, send };
}

test('an answer in time is the only one asked for', async () => {
  const { clock, recording, tries, send } = setUp([after(49)]);
  const pending = send();
  await clock.advance(49);
  const response = await pending;
  expect([await response.text(), response.context.get(hedged)]).toEqual(['try of 49', { tries: 1, won: 1 }]);
  expect([tries.length, clock.pendingTimers, recording.events]).toEqual([1, 0, []]);
});

test('where the answer is late a second try is begun, and wins; the first is cancelled', async () => {
  const { clock, recording, tries, send } = setUp([after(1_000), after(20)]);
  const pending = send();
  await clock.advance(70);
  const response = await pending;
  expect([await response.text(), response.context.get(hedged)]).toEqual(['try of 20', { tries: 2, won: 2 }]);
  expect(tries.map(({ atMs, abortedWith }) => [atMs, abortedWith instanceof DOMException])).toEqual([
    [0, true],
    [50, false],
  ]);
  expect(recording.events).toEqual([
    { kind: 'hedge', attempt: 2, delayMs: 50 },
    { kind: 'hedgeEnd', tries: 2, won: 2 },
  ]);
  expect(clock.pendingTimers).toBe(0);
});

test('the first may win all the same', async () => {
  const { clock, tries, send } = setUp([after(60), after(100)]);
  const pending = send();
  await clock.advance(60);
  expect([(await pending).context.get(hedged), tries[0]?.abortedWith, tries[1]?.abortedWith instanceof DOMException]).toEqual([
    { tries: 2, won: 1 },
    undefined,
    true,
  ]);
});

test('there are at most max tries, each a delay after the one before', async () => {
  const { clock, tries, send } = setUp([after(1_000), after(1_000), after(1_000), after(1)], { max: 3, budget: false });
  const pending = send();
  await clock.advance(1_000);
  expect([(await pending).context.get(hedged), tries.map(({ atMs }) => atMs)]).toEqual([{ tries: 3, won: 1 }, [0, 50, 100]]);
});

test('each try is the same request but for its signal', async () => {
  const { clock, tries, send } = setUp([after(1_000), after(1)]);
  const pending = send({ method: 'QUERY', body: 'q', headers: { 'x-a': '1' } });
  await clock.advance(60);
  await pending;
  expect(tries.map(({ request }) => [request.method, request.headers.get('x-a'), request.body?.bytes?.byteLength])).toEqual([
    ['QUERY', '1', 1],
    ['QUERY', '1', 1],
  ]);
});

test.for<[string, Plan[], Partial<{ text: string; won: number; error: string; atMs: number }>]>([
  ['a failure of the first waits for the second', [after(60, 503), after(40)], { text: 'try of 40', won: 2, atMs: 90 }],
  ['an error of it, too', [lost(60), after(40)], { text: 'try of 40', won: 2, atMs: 90 }],
  ['a failure of the second waits for the first', [after(200), lost(10)], { text: 'try of 200', won: 1, atMs: 200 }],
  ['a failure before the second was begun is handed on at once', [lost(10), after(1)], { error: 'lost after 10', atMs: 10 }],
  ['so is a status', [after(10, 503), after(1)], { text: 'try of 10', won: 1, atMs: 10 }],
  ['where both fail an answer is handed on before an error', [after(60, 503), lost(40)], { text: 'try of 60', won: 1, atMs: 90 }],
  ['of two answers the later', [after(60, 503), after(40, 500)], { text: 'try of 40', won: 2, atMs: 90 }],
  ['of two errors the later', [lost(60), lost(40)], { error: 'lost after 40', atMs: 90 }],
  ['a 404 is an answer', [after(200), after(10, 404)], { text: 'try of 10', won: 2, atMs: 60 }],
  [
    'an error that both would meet does not wait',
    [{ afterMs: 60, error: new TypeError('the caller’s mistake') }, after(500)],
    { error: 'the caller’s mistake', atMs: 60 },
  ],
])('%s', async ([, plans, expected]) => {
  const { clock, send } = setUp(plans);
  const found: typeof expected = {};
  const settled = send().then(
    async (response) =>
      Object.assign(found, { text: await response.text(), won: response.context.get(hedged)?.won, atMs: clock.monotonicMs() }),
    (error: unknown) => Object.assign(found, { error: error instanceof Error ? error.message : '', atMs: clock.monotonicMs() }),
  );
  await clock.advance(expected.atMs ?? 0);
  await settled;
  expect(found).toEqual(expected);
  expect(clock.pendingTimers).toBe(0);
});

test('a failure that waited is disposed of when another wins', async () => {
  const failed = after(60, 503);
  const { clock, send } = setUp([failed, after(40)]);
  const pending = send();
  await clock.advance(90);
  await (await pending).text();
  expect(failed.answer?.bodyUsed).toBe(true);
});

test('an answer that comes when another has won is disposed of', async () => {
  const late = Promise.withResolvers<HttpResponse>();
  const answer = new HttpResponse('late');
  const clock = new TestClock();
  let tries = 0;
  const client = hedge({ after: 50, clock })({
    roundTrip: () => {
      tries += 1;
      // The first does not hear that it was cancelled.
      return tries === 1 ? late.promise : Promise.resolve(new HttpResponse('well'));
    },
  });
  const pending = client.roundTrip(new HttpRequest(ORIGIN));
  await clock.advance(50);
  expect(await (await pending).text()).toBe('well');
  late.resolve(answer);
  await clock.advance(0);
  expect(answer.bodyUsed).toBe(true);
});

test.for<[string, HttpRequestInit]>([
  ['a POST', { method: 'POST', body: 'x' }],
  ['a body that can be read once', { method: 'QUERY', body: new ReadableStream() }],
  ['an upgrade', { headers: { Upgrade: 'websocket' } }],
])('%s is passed on as it is', async ([, init]) => {
  const { clock, tries, send } = setUp([after(1_000)]);
  const pending = send(init);
  await clock.advance(1_000);
  const response = await pending;
  expect([tries.length, tries[0]?.request.signal, response.context.get(hedged)]).toEqual([1, undefined, undefined]);
  tries[0]?.request.body?.release();
});

test('cancelled while both are under way: both hear of it, with the reason itself', async () => {
  const { clock, tries, send } = setUp([after(1_000), after(1_000)]);
  const controller = new AbortController();
  const reason = new Error('enough');
  const pending = rejectionOf(send({ signal: controller.signal }));
  await clock.advance(60);
  controller.abort(reason);
  expect([await pending, tries.map(({ abortedWith }) => abortedWith)]).toEqual([reason, [reason, reason]]);
  expect([clock.pendingTimers, getEventListeners(controller.signal, 'abort').length]).toEqual([0, 0]);
});

test('cancelled while a failure waits: that is disposed of', async () => {
  const failed = after(60, 503);
  const { clock, send } = setUp([failed, after(1_000)]);
  const controller = new AbortController();
  const pending = rejectionOf(send({ signal: controller.signal }));
  await clock.advance(70);
  controller.abort(new Error('enough'));
  await pending;
  expect(failed.answer?.bodyUsed).toBe(true);
});

test('cancelled while the body is read: the winner hears of it', async () => {
  const { clock, tries, send } = setUp([after(1_000), after(10)]);
  const controller = new AbortController();
  const pending = send({ signal: controller.signal });
  await clock.advance(60);
  const response = await pending;
  const reason = new Error('enough');
  expect(tries[1]?.request.signal?.aborted).toBe(false);
  controller.abort(reason);
  expect([tries[1]?.request.signal?.reason, getEventListeners(controller.signal, 'abort').length]).toEqual([reason, 0]);
  await response.dispose();
});

test('no listener is left on the caller’s signal when the body was read', async () => {
  const { clock, send } = setUp([after(10)]);
  const { signal } = new AbortController();
  const pending = send({ signal });
  await clock.advance(10);
  await (await pending).text();
  expect(getEventListeners(signal, 'abort').length).toBe(0);
});

test('an answer that asks to be left alone is heeded: neither this request nor another is hedged until then', async () => {
  const plans = [after(1_000), after(10, 503, { 'Retry-After': '2' }), after(500), after(2_000), after(10)];
  const { clock, recording, tries, send } = setUp(plans, { max: 3 });
  const first = send();
  await clock.advance(500);
  expect(tries.length).toBe(2);
  await clock.advance(500);
  await (await first).text();
  const second = send();
  await clock.advance(500);
  expect([(await second).context.get(hedged), tries.length]).toEqual([{ tries: 1, won: 1 }, 3]);
  await clock.advance(1_000);
  const third = send();
  await clock.advance(60);
  expect([(await third).context.get(hedged), tries.length]).toEqual([{ tries: 2, won: 2 }, 5]);
  expect(recording.all('hedge').map(({ withheld }) => withheld)).toEqual([undefined, 'origin-on-hold', 'origin-on-hold', undefined]);
});

test('an exhausted budget withholds the second try, and says so', async () => {
  const { clock, recording, tries, send } = setUp([after(100)], { budget: { ratio: 0, reservePerSecond: 0 } });
  const pending = send();
  await clock.advance(100);
  expect([(await pending).context.get(hedged), tries.length]).toEqual([{ tries: 1, won: 1 }, 1]);
  expect(recording.events).toEqual([{ kind: 'hedge', attempt: 2, delayMs: 50, withheld: 'budget-exhausted' }]);
});

test('its own budget is earned by its requests: one in five, and no more', async () => {
  const { clock, tries, send } = setUp(
    Array.from({ length: 200 }, () => after(60)),
    { budget: { ratio: 0.2, reservePerSecond: 0 } },
  );
  const all = Array.from({ length: 50 }, () => send());
  await clock.advance(200);
  await Promise.all((await Promise.all(all)).map((response) => response.dispose()));
  expect(tries.length).toBe(60);
});

test('a budget that is passed is withdrawn from and told of failures that nobody else sees; nothing is deposited', async () => {
  const told: string[] = [];
  const budget: RetryBudget = {
    deposit: (origin) => void told.push(`deposit ${origin}`),
    record: (origin, result) => void told.push(`${result} ${origin}`),
    withdraw: (origin) => told.push(`withdraw ${origin}`) > 0,
  };
  const { clock, send } = setUp([lost(60), after(40)], { budget });
  const pending = send();
  await clock.advance(90);
  await (await pending).text();
  expect(told).toEqual([`withdraw ${ORIGIN}`, `failure ${ORIGIN}`]);
});

test('one budget for several: what one has taken the other has not', async () => {
  const budget = retryBudget({ ratio: 0, reservePerSecond: 1, window: 1_000 });
  const one = setUp([after(100), after(100)], { budget });
  const other = setUp([after(100), after(100)], { budget });
  const both = [one.send(), other.send()];
  await one.clock.advance(100);
  await other.clock.advance(100);
  await Promise.all((await Promise.all(both)).map((response) => response.dispose()));
  expect([one.tries.length, other.tries.length]).toEqual([2, 1]);
});

test('by percentile: nothing is hedged before enough is known, and then what is slower than the others', async () => {
  const plans = [...Array.from({ length: 100 }, (_, index) => after(index < 95 ? 40 : 400)), after(1_000), after(5)];
  const { clock, recording, tries, send } = setUp(plans, { after: { percentile: 95, warmUp: 100 } });
  for (let count = 0; count < 100; count++) {
    const pending = send();
    await clock.advance(400);
    await (await pending).text();
    // All of them within what is recent.
    if (count % 50 === 49) expect([tries.length, clock.pendingTimers]).toEqual([count + 1, 0]);
  }
  const pending = send();
  await clock.advance(100);
  expect((await pending).context.get(hedged)).toEqual({ tries: 2, won: 2 });
  const [event] = recording.all('hedge');
  expect(event?.delayMs).toBeGreaterThanOrEqual(40);
  expect(event?.delayMs).toBeLessThan(42.1);
});

test('the delay is never below the floor', async () => {
  const { clock, recording, send } = setUp(
    Array.from({ length: 6 }, (_, index) => after(index < 5 ? 1 : 500)),
    { after: { percentile: 50, warmUp: 5, floor: 30 } },
  );
  for (let count = 0; count < 5; count++) {
    const pending = send();
    await clock.advance(1);
    await (await pending).text();
  }
  const pending = send();
  await clock.advance(100);
  await (await pending).text();
  expect(recording.all('hedge')).toEqual([{ kind: 'hedge', attempt: 2, delayMs: 30 }]);
});

test('a first try that lost counts as at least as long as it had: the percentile does not sink with each hedge that wins', async () => {
  const firsts = [50, 100, 150, 10_000];
  /** The slow one has a second try, once enough is known. */
  const plans = Array.from({ length: 200 }, (_, index) => {
    const first = after(firsts[index % 4] ?? 0);
    return index >= 12 && index % 4 === 3 ? [first, after(10)] : [first];
  });
  const { clock, recording, send } = setUp(plans.flat(), { after: { percentile: 60, warmUp: 12, window: 3_600_000 }, budget: false });
  for (let count = 0; count < 200; count++) {
    const pending = send();
    await clock.advance(count < 12 ? 10_000 : 200);
    await (await pending).text();
  }
  const delays = recording.all('hedge').map(({ delayMs }) => delayMs);
  expect(delays.length).toBe(47);
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(150);
  expect(Math.max(...delays)).toBeLessThan(158);
});

test('whatever comes of the tries: one outcome, at most max tries, none begun early, everything else given up, nothing left', async () => {
  const plan = fc.record({
    afterMs: fc.integer({ min: 0, max: 300 }),
    kind: fc.constantFrom('well', 'busy', 'lost'),
  });
  const cancel = fc.option(fc.integer({ min: 0, max: 300 }), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(
      fc.array(plan, { minLength: 4, maxLength: 4 }),
      fc.integer({ min: 2, max: 4 }),
      cancel,
      async (drawn, max, cancelMs) => {
        const plans = drawn.map(({ afterMs, kind }) => (kind === 'lost' ? lost(afterMs) : after(afterMs, kind === 'busy' ? 503 : 200)));
        const { clock, tries, send } = setUp(plans, { max, budget: false });
        const controller = new AbortController();
        if (cancelMs !== undefined) clock.after(cancelMs, () => controller.abort(new Error('enough')));
        const outcomes: (number | Error)[] = [];
        const settled = send({ signal: controller.signal }).then(
          async (response) => {
            outcomes.push(response.status);
            await response.dispose();
          },
          (error: unknown) => void outcomes.push(error instanceof Error ? error : new Error('no error')),
        );
        await clock.advance(10_000);
        await settled;
        expect(outcomes.length).toBe(1);
        expect(tries.length).toBeLessThanOrEqual(max);
        for (const [index, { atMs }] of tries.entries()) expect(atMs).toBe(index * 50);
        // A good answer that came to anybody is the one that was handed on.
        const goodMs = Math.min(
          ...tries.map(({ atMs }, index) => (plans[index]?.answer?.ok === true ? atMs + plans[index].afterMs : Infinity)),
        );
        const isBefore = goodMs < (cancelMs ?? Number.POSITIVE_INFINITY);
        const isHandedOn = outcomes[0] === 200;
        if (isHandedOn) expect(isBefore || goodMs === cancelMs).toBe(true);
        for (const [index, { answer }] of plans.slice(0, tries.length).entries()) {
          const came = tries[index]?.abortedWith === undefined;
          if (came && answer !== undefined) expect(answer.bodyUsed).toBe(true);
        }
        expect([clock.pendingTimers, getEventListeners(controller.signal, 'abort').length]).toEqual([0, 0]);
      },
    ),
    { numRuns: 150 },
  );
});

test.for<[string, object, string]>([
  ['an unknown option', { afer: 1 }, 'afer'],
  ['a delay below nothing', { after: -1 }, 'after: expected a number from 0'],
  ['a delay of neither kind', { after: 'p95' }, 'or an object with a percentile'],
  ['no percentile at all', { after: { percentile: 100 } }, 'percentile: expected a number above 0 and below 100'],
  ['an unknown option of it', { after: { percentile: 95, flor: 1 } }, 'flor'],
  ['one try', { max: 1 }, 'max'],
  ['a status that is none', { statuses: [302] }, 'statuses'],
  ['a budget that is none', { budget: true }, 'budget'],
  ['an option of a budget that is none', { budget: { ratoi: 1 } }, 'ratoi'],
])('%s is a TypeError that names it', ([, options, named]) => {
  const make = (): unknown => Reflect.apply(hedge, undefined, [options]);
  expect(make).toThrow(TypeError);
  expect(make).toThrow(named);
});
