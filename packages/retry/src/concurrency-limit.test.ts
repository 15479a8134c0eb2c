import { HttpRequest, HttpResponse, RoundTripError, type HttpRequestInit } from '@roundtripper/core';
import { RecordingTrace, TestClock } from '@roundtripper/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { rejectionOf } from '../test/rejection-of.ts';
import { silence } from '../test/scripted.ts';
import { concurrencyLimit, RetryError, type ConcurrencyLimitOptions } from './index.ts';

const ORIGIN = 'http://example.com';

function setUp(options: Partial<ConcurrencyLimitOptions> = {}, answer: (request: HttpRequest) => Promise<HttpResponse> = well) {
  const clock = new TestClock();
  const limit = concurrencyLimit({ limit: 2, clock, ...options });
  const recording = new RecordingTrace();
  const sent: string[] = [];
  const client = limit({
    roundTrip: (request) => {
      sent.push(request.target.path);
      return answer(request);
    },
  });
  const send = (path: string, init: HttpRequestInit = {}): Promise<HttpResponse> =>
    client.roundTrip(new HttpRequest(new URL(path, ORIGIN), { trace: recording.trace, ...init }));
  return { clock, limit, recording, sent, send, state: () => limit.state(ORIGIN) };
}

function well(): Promise<HttpResponse> {
  return Promise.resolve(new HttpResponse('well'));
}

test('a request has its place up to the end of its response’s body, and the next has it before the reader sees that', async () => {
  const { sent, send, state } = setUp({ limit: 1 });
  const first = await send('/a');
  const second = send('/b');
  expect([sent, state()]).toEqual([['/a'], { limit: 1, inFlight: 1, waiting: 1 }]);
  expect([await first.text(), state()]).toEqual(['well', { limit: 1, inFlight: 1, waiting: 0 }]);
  await (await second).text();
  expect(state()).toEqual({ limit: 1, inFlight: 0, waiting: 0 });
});

test.for<[string, (response: HttpResponse) => Promise<unknown>]>([
  ['is disposed of', (response) => response.dispose()],
  ['is cancelled as a stream', async (response) => response.body?.cancel()],
  [
    'is left in the middle',
    async (response) => {
      for await (const _ of response.chunks()) break;
    },
  ],
])('a place is free when the response %s', async ([, leave]) => {
  const { send, state } = setUp();
  await leave(await send('/a'));
  expect(state().inFlight).toBe(0);
});

test('a failure gives the place back', async () => {
  const lost = new RoundTripError('lost', { code: 'connection-reset', phase: 'response-head', sent: 'all' });
  const { send, state } = setUp({}, () => Promise.reject<HttpResponse>(lost));
  expect(await rejectionOf(send('/a'))).toBe(lost);
  expect(state().inFlight).toBe(0);
});

test('a cancelled request gives it back, though nobody reads the body', async () => {
  const { send, state } = setUp();
  const controller = new AbortController();
  const response = await send('/a', { signal: controller.signal });
  controller.abort();
  expect(state().inFlight).toBe(0);
  await response.dispose();
});

test('first come, first served, and nobody overtakes who waits', async () => {
  const { sent, send } = setUp({ limit: 1 });
  const reading = ['/a', '/b', '/c'].map(async (path) => (await send(path)).text());
  await reading[0];
  reading.push((async () => (await send('/d')).text())());
  await Promise.all(reading);
  expect(sent).toEqual(['/a', '/b', '/c', '/d']);
});

test('when too many wait the next fails at once', async () => {
  const { recording, send, state } = setUp({ limit: 1, maxQueue: 1 });
  const first = await send('/a');
  const second = send('/b');
  const error = await rejectionOf(send('/c'));
  expect(error).toBeInstanceOf(RetryError);
  expect(error).toMatchObject({ code: 'concurrency-limited', sent: 'nothing', phase: 'queue', origin: ORIGIN, timeout: false });
  expect(recording.events.at(-1)).toEqual({ kind: 'refused', by: 'concurrencyLimit', error });
  await first.dispose();
  await (await second).dispose();
  expect(state()).toEqual({ limit: 1, inFlight: 0, waiting: 0 });
});

test('who waits for too long fails, and the wait is told', async () => {
  const { clock, recording, send, state } = setUp({ limit: 1, queueTimeout: 50 });
  const first = await send('/a');
  const second = rejectionOf(send('/b'));
  await clock.advance(49);
  expect(state().waiting).toBe(1);
  await clock.advance(1);
  const error = await second;
  expect(error).toMatchObject({ code: 'concurrency-timeout', sent: 'nothing', timeout: true });
  expect(recording.events).toEqual([
    { kind: 'limitWaitStart', by: 'concurrencyLimit', ahead: 0 },
    { kind: 'limitWaitEnd', by: 'concurrencyLimit', error },
  ]);
  await first.dispose();
  expect([state(), clock.pendingTimers]).toEqual([{ limit: 1, inFlight: 0, waiting: 0 }, 0]);
});

test('who is cancelled while it waits leaves at once, and has its body given up', async () => {
  const { sent, send, state } = setUp({ limit: 1 });
  const first = await send('/a');
  const controller = new AbortController();
  let isCancelled = false;
  const body = new ReadableStream({ cancel: () => void (isCancelled = true) });
  const second = rejectionOf(send('/b', { method: 'POST', body, signal: controller.signal }));
  const reason = new Error('enough');
  controller.abort(reason);
  expect([await second, isCancelled]).toEqual([reason, true]);
  await first.dispose();
  expect([sent, state()]).toEqual([['/a'], { limit: 1, inFlight: 0, waiting: 0 }]);
});

test('a limit that has grown lets in who waits at once, though no place was given back', async () => {
  const { clock, sent, send, state } = setUp({ limit: { initial: 1, max: 2, round: 1 } });
  const first = send('/a');
  const second = send('/b');
  const response = await first;
  await clock.advance(0);
  expect([sent, state()]).toEqual([['/a', '/b'], { limit: 2, inFlight: 2, waiting: 0 }]);
  await response.dispose();
  await (await second).dispose();
});

test('each key has its own', async () => {
  const { send } = setUp({ limit: 1, key: ({ headers }) => headers.get('x-tenant') ?? '' });
  const both = await Promise.all([send('/a', { headers: { 'x-tenant': '1' } }), send('/b', { headers: { 'x-tenant': '2' } })]);
  await Promise.all(both.map((response) => response.dispose()));
});

/** Everything that can become of a request. */
const FATES = ['read', 'dispose', 'leave', 'fail', 'fail late', 'cancel', 'cancel silent', 'head'] as const;

test('whatever becomes of requests, there are never more than the limit, and no place is lost', async () => {
  const fate = fc.record({ fate: fc.constantFrom(...FATES), afterMs: fc.integer({ min: 0, max: 30 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(fate, { maxLength: 40 }), fc.integer({ min: 1, max: 4 }), async (fates, max) => {
      let underWay = 0;
      let most = 0;
      const lost = new RoundTripError('lost', { code: 'truncated', phase: 'response-body', sent: 'all' });
      const answer = async (request: HttpRequest): Promise<HttpResponse> => {
        underWay += 1;
        most = Math.max(most, underWay, state().inFlight);
        const kind = request.headers.get('x-fate');
        try {
          if (kind === 'cancel silent') return await silence(request);
          if (kind === 'fail') throw lost;
          if (kind === 'fail late') {
            return new HttpResponse(
              (async function* () {
                yield 'some';
                throw lost;
              })(),
            );
          }
          return new HttpResponse('some bytes');
        } finally {
          underWay -= 1;
        }
      };
      const { clock, send, state } = setUp({ limit: max, queueTimeout: 200 }, answer);
      const run = async ({ fate: kind, afterMs }: { fate: (typeof FATES)[number]; afterMs: number }): Promise<void> => {
        const controller = new AbortController();
        if (kind.startsWith('cancel')) clock.after(afterMs, () => controller.abort(lost));
        const response = await send('/', {
          method: kind === 'head' ? 'HEAD' : 'GET',
          headers: { 'x-fate': kind },
          signal: controller.signal,
        });
        await new Promise<void>((resolve) => void clock.after(afterMs, resolve));
        if (kind === 'read' || kind === 'fail late') await response.text();
        else if (kind === 'leave') for await (const _ of response.chunks()) break;
        else if (kind !== 'cancel') await response.dispose();
      };
      const all = Promise.allSettled(fates.map(run));
      await clock.advance(10_000);
      await all;
      expect(most).toBeLessThanOrEqual(max);
      expect([state(), clock.pendingTimers]).toEqual([{ limit: max, inFlight: 0, waiting: 0 }, 0]);
    }),
    { numRuns: 40 },
  );
});

test.for<[string, object, string]>([
  ['no limit', {}, 'limit: expected an integer from 1 to 1000000, or an object of options'],
  ['a limit of 0', { limit: 0 }, 'limit'],
  ['half a limit', { limit: 1.5 }, 'limit'],
  ['a max below min', { limit: { min: 10, max: 5 } }, 'max: expected an integer from 10'],
  ['an initial beyond max', { limit: { max: 5, initial: 6 } }, 'initial'],
  ['a tolerance of 1', { limit: { tolerance: 1 } }, 'tolerance'],
  ['an unknown option of the limit', { limit: { intial: 5 } }, 'intial'],
  ['an unknown option', { limit: 1, max: 5 }, 'max'],
])('%s is a TypeError that names it', ([, options, named]) => {
  const make = (): unknown => Reflect.apply(concurrencyLimit, undefined, [options]);
  expect(make).toThrow(TypeError);
  expect(make).toThrow(named);
});
