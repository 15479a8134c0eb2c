import { HttpRequest, HttpResponse, RoundTripError, type HttpRequestInit } from '@roundtripper/core';
import { RecordingTrace, TestClock } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { rejectionOf } from '../test/rejection-of.ts';
import { scripted, silence, type Answer } from '../test/scripted.ts';
import { circuitBreaker, RetryError, type CircuitBreakerOptions, type CircuitChange } from './index.ts';

const ORIGIN = 'http://example.com';

function setUp(answers: readonly Answer[], options: CircuitBreakerOptions = {}) {
  const clock = new TestClock();
  const changes: CircuitChange[] = [];
  const recording = new RecordingTrace();
  const breaker = circuitBreaker({
    trip: { consecutiveFailures: 2 },
    openFor: 100,
    clock,
    onStateChange: (change) => changes.push(change),
    ...options,
  });
  const next = scripted(...answers);
  const client = breaker(next);
  const send = (init: HttpRequestInit = {}, url = ORIGIN): Promise<HttpResponse> =>
    client.roundTrip(new HttpRequest(url, { trace: recording.trace, ...init }));
  return { clock, changes, recording, breaker, next, send };
}

const well = (): HttpResponse => new HttpResponse('well');
const down = (): HttpResponse => new HttpResponse('down', { status: 503 });
const lost = new RoundTripError('lost', { code: 'connection-reset', phase: 'response-head', sent: 'all' });

test('what it lets through it hands on untouched', async () => {
  const answer = well();
  const { send } = setUp([answer, lost]);
  expect(await send()).toBe(answer);
  expect(await rejectionOf(send())).toBe(lost);
});

test('too many failures in a row open it: nothing is sent, and the error says when the next may go', async () => {
  const { clock, send, next, breaker } = setUp([down, lost, well]);
  await send();
  await rejectionOf(send());
  await clock.advance(30);
  const error = await rejectionOf(send());
  expect(error).toBeInstanceOf(RetryError);
  expect(error).toMatchObject({ code: 'circuit-open', sent: 'nothing', phase: 'queue', origin: ORIGIN, retryAfterMs: 70, timeout: false });
  expect([next.calls.length, breaker.state(ORIGIN)]).toEqual([2, { kind: 'open', retryAfterMs: 70 }]);
});

test('when its time is over a probe passes, and the others are refused until it is answered', async () => {
  const probe = Promise.withResolvers<HttpResponse>();
  const { clock, send, next, breaker } = setUp([down, down, () => probe.promise, well]);
  await send();
  await send();
  await clock.advance(100);
  const pending = send();
  expect(breaker.state(ORIGIN)).toEqual({ kind: 'half-open', underWay: 1, succeeded: 0 });
  expect(await rejectionOf(send())).toMatchObject({ code: 'circuit-open', retryAfterMs: 100 });
  probe.resolve(well());
  await pending;
  expect([breaker.state(ORIGIN), (await send()).status, next.calls.length]).toEqual([{ kind: 'closed', failuresInRow: 0 }, 200, 4]);
});

test('a probe that is never answered stands in nobody’s way for ever', async () => {
  const { clock, send, breaker } = setUp([down, down, silence, well]);
  await send();
  await send();
  await clock.advance(100);
  const controller = new AbortController();
  const silent = rejectionOf(send({ signal: controller.signal }));
  await clock.advance(100);
  expect((await send()).status).toBe(200);
  expect(breaker.state(ORIGIN).kind).toBe('closed');
  controller.abort(new Error('enough'));
  await silent;
  expect(breaker.state(ORIGIN)).toEqual({ kind: 'closed', failuresInRow: 0 });
});

test('a cancelled probe makes room for another', async () => {
  const { clock, send, breaker } = setUp([down, down, silence, well]);
  await send();
  await send();
  await clock.advance(100);
  const controller = new AbortController();
  const cancelled = rejectionOf(send({ signal: controller.signal }));
  controller.abort(new Error('enough'));
  await cancelled;
  expect(breaker.state(ORIGIN)).toEqual({ kind: 'half-open', underWay: 0, succeeded: 0 });
  expect((await send()).status).toBe(200);
});

test('what was let through before it opened neither closes it nor opens it again', async () => {
  const late = Promise.withResolvers<HttpResponse>();
  const { clock, send, breaker, changes } = setUp([() => late.promise, down, down, down, well]);
  const pending = send();
  await send();
  await send();
  late.resolve(well());
  await pending;
  expect(breaker.state(ORIGIN).kind).toBe('open');
  await clock.advance(100);
  await send();
  expect(changes.map(({ to }) => to)).toEqual(['open', 'half-open', 'open']);
});

test.for<[string, () => HttpResponse]>([
  ['closes', well],
  ['opens', down],
])('nor does it decide for the probe: what was let through before %s nothing that is half-open', async ([, answer]) => {
  const late = Promise.withResolvers<HttpResponse>();
  const probe = Promise.withResolvers<HttpResponse>();
  const { clock, send, breaker } = setUp([() => late.promise, down, down, () => probe.promise]);
  const pending = send();
  await send();
  await send();
  await clock.advance(100);
  const probing = send();
  late.resolve(answer());
  await pending;
  expect(breaker.state(ORIGIN)).toEqual({ kind: 'half-open', underWay: 1, succeeded: 0 });
  probe.resolve(well());
  await probing;
  expect(breaker.state(ORIGIN).kind).toBe('closed');
});

test('each change is told once, to the listener and to the request that caused it; so is a refusal', async () => {
  const { clock, send, recording, changes } = setUp([down, down, well]);
  await send();
  await send();
  const error = await rejectionOf(send());
  await clock.advance(100);
  await send();
  expect(changes).toEqual([
    { key: ORIGIN, from: 'closed', to: 'open', retryAfterMs: 100 },
    { key: ORIGIN, from: 'open', to: 'half-open' },
    { key: ORIGIN, from: 'half-open', to: 'closed' },
  ]);
  expect(recording.events).toEqual([
    { kind: 'circuitChange', origin: ORIGIN, from: 'closed', to: 'open', retryAfterMs: 100 },
    { kind: 'refused', by: 'circuitBreaker', error },
    { kind: 'circuitChange', origin: ORIGIN, from: 'open', to: 'half-open' },
    { kind: 'circuitChange', origin: ORIGIN, from: 'half-open', to: 'closed' },
  ]);
});

test('what a listener throws changes nothing', async () => {
  const { send, breaker } = setUp([down, down], {
    onStateChange: () => {
      throw new Error('listener');
    },
  });
  await send();
  expect([(await send()).status, breaker.state(ORIGIN).kind]).toEqual([503, 'open']);
});

test('each origin has its own', async () => {
  const { send, breaker } = setUp([down]);
  await send();
  await send();
  expect((await send({}, 'http://other.example')).status).toBe(503);
  expect([breaker.state(ORIGIN).kind, breaker.state('http://other.example'), breaker.state('http://unknown.example')]).toEqual([
    'open',
    { kind: 'closed', failuresInRow: 1 },
    { kind: 'closed', failuresInRow: 0 },
  ]);
});

test('or each key, which no event and no message shows', async () => {
  const { send, breaker, recording, changes } = setUp([down], { key: ({ headers }) => `tenant ${headers.get('x-tenant')}` });
  const headers = { 'x-tenant': 'secret' };
  await send({ headers });
  await send({ headers });
  const error = await rejectionOf(send({ headers }));
  expect([breaker.state('tenant secret').kind, changes[0]?.key, (await send()).status]).toEqual(['open', 'tenant secret', 503]);
  expect(`${JSON.stringify(recording.events)} ${String(error)}`).not.toContain('secret');
});

test('a key function that throws fails the request, and gives its body up', async () => {
  const { send } = setUp([well], {
    key: () => {
      throw new Error('no key');
    },
  });
  let isCancelled = false;
  const body = new ReadableStream({ cancel: () => void (isCancelled = true) });
  expect(await rejectionOf(send({ method: 'POST', body }))).toMatchObject({ message: 'no key' });
  expect(isCancelled).toBe(true);
});

test('a request that is refused has its body given up', async () => {
  const { send } = setUp([down]);
  await send();
  await send();
  let isCancelled = false;
  const body = new ReadableStream({ cancel: () => void (isCancelled = true) });
  await rejectionOf(send({ method: 'POST', body }));
  expect(isCancelled).toBe(true);
});

test('what counts can be said: an answer of 404, say', async () => {
  const missing = (): HttpResponse => new HttpResponse(null, { status: 404 });
  const { send, breaker } = setUp([missing, missing, well], {
    verdict: (outcome, standard) => (outcome.kind === 'response' && outcome.response.status === 404 ? 'failure' : standard),
  });
  await send();
  await send();
  expect(breaker.state(ORIGIN).kind).toBe('open');
});

test('a verdict that throws fails its request and no other: the answer is disposed of, and does not count', async () => {
  const answer = down();
  const { send, breaker } = setUp([answer, well], {
    verdict: (outcome, standard) => {
      if (outcome.kind === 'response' && outcome.response.status === 503) throw new Error('verdict');
      return standard;
    },
  });
  expect(await rejectionOf(send())).toMatchObject({ message: 'verdict' });
  expect([answer.bodyUsed, breaker.state(ORIGIN), (await send()).status]).toEqual([true, { kind: 'closed', failuresInRow: 0 }, 200]);
});

test('by rate: half of the requests of the window', async () => {
  const { send, breaker } = setUp([well, down, well, down], { trip: { failureRate: 0.5, window: 1_000, minRequests: 4 } });
  for (let count = 0; count < 3; count++) await send();
  expect(breaker.state(ORIGIN).kind).toBe('closed');
  await send();
  expect(breaker.state(ORIGIN).kind).toBe('open');
});

test('there are never timers', async () => {
  const { clock, send } = setUp([down]);
  await send();
  await send();
  await rejectionOf(send());
  expect(clock.pendingTimers).toBe(0);
});

test('origins without number are not remembered without number, and one in use is not forgotten', async () => {
  const { send, breaker } = setUp([down], { maxKeys: 10 });
  await send();
  await send();
  for (let count = 0; count < 100; count++) {
    await send({}, `http://host-${count}.example`);
    await rejectionOf(send());
  }
  expect([breaker.state(ORIGIN).kind, breaker.state('http://host-0.example')]).toEqual(['open', { kind: 'closed', failuresInRow: 0 }]);
});

test.for<[string, object, string]>([
  ['an unknown option', { opneFor: 1 }, 'opneFor'],
  ['a trip of neither kind', { trip: {} }, 'trip: expected an object with consecutiveFailures or failureRate'],
  ['no failures in a row', { trip: { consecutiveFailures: 0 } }, 'consecutiveFailures'],
  ['a rate above 1', { trip: { failureRate: 50 } }, 'failureRate: expected a number above 0 and at most 1'],
  ['both kinds at once', { trip: { consecutiveFailures: 1, failureRate: 1 } }, 'failureRate'],
  ['no time to be open', { openFor: 0 }, 'openFor'],
  ['no probes', { probes: 0 }, 'probes'],
  ['a status that is none', { statuses: [200] }, 'statuses'],
  ['a key that is no function', { key: 'host' }, 'key'],
  ['a listener that is none', { onStateChange: {} }, 'onStateChange'],
])('%s is a TypeError that names it', ([, options, named]) => {
  expect(() => circuitBreaker(options)).toThrow(TypeError);
  expect(() => circuitBreaker(options)).toThrow(named);
});
