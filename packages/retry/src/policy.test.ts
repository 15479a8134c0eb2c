import { freshConnection, HttpResponse } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { busy, failure, itself, scripted, setUp } from '../test/scripted.ts';
import { attemptsOf, retryBudget, tokenThrottle, type Attempt, type RetryDecision, type RetryPolicy } from './index.ts';

test('a policy of one’s own decides, and is told all there is to know', async () => {
  const asked: (readonly [Attempt, string, string, number])[] = [];
  const policy = (): RetryPolicy => (attempt, request, outcome, nowMs) => {
    asked.push([attempt, request.method, outcome.kind, nowMs]);
    return outcome.kind === 'error' ? { kind: 'again', afterMs: 7, reason: 'because' } : { kind: 'stop', reason: 'enough' };
  };
  const { clock, send } = setUp(scripted(failure(), busy()), { policy, random: () => 0.5, totalTimeout: 1_000 });
  const pending = send({ method: 'POST', body: 'x' });
  await clock.advance(7);
  const response = await pending;
  const start = clock.nowMs() - 7;
  expect(asked).toEqual([
    [{ number: 1, waitedMs: 0, remainingMs: 1_000, random: 0.5, isOnFreshConnection: false }, 'POST', 'error', start],
    [{ number: 2, waitedMs: 7, remainingMs: 993, random: 0.5, isOnFreshConnection: false }, 'POST', 'response', start + 7],
  ]);
  expect([response.status, attemptsOf(response).map(({ reason }) => reason)]).toEqual([503, ['because', 'enough']]);
});

test('one that wraps the standard policy asks it for the rest', async () => {
  const policy =
    (standard: RetryPolicy): RetryPolicy =>
    (attempt, request, outcome, nowMs) => {
      const isBusyHere = outcome.kind === 'response' && outcome.response.headers.get('x-busy') === 'yes';
      return isBusyHere ? { kind: 'again', afterMs: 1, reason: 'busy here' } : standard(attempt, request, outcome, nowMs);
    };
  const next = scripted(new HttpResponse('a', { headers: { 'x-busy': 'yes' } }), busy(), new HttpResponse('b'));
  const { clock, send } = setUp(next, { policy });
  const pending = send();
  await clock.advance(201);
  const response = await pending;
  expect(attemptsOf(response)).toEqual([
    { attempt: 1, status: 200, delayMs: 1, reason: 'busy here' },
    { attempt: 2, status: 503, delayMs: 200, reason: 'status' },
    { attempt: 3, status: 200, reason: 'answered' },
  ]);
});

test('also that it goes well: the first answer may be refused', async () => {
  const policy = (): RetryPolicy => (attempt) =>
    attempt.number < 3 ? { kind: 'again', afterMs: 0, reason: 'third time lucky' } : { kind: 'stop', reason: 'it is' };
  const next = scripted(() => new HttpResponse(`answer ${next.calls.length}`));
  const { clock, send } = setUp(next, { policy });
  const pending = send();
  await clock.advance(0);
  expect(await (await pending).text()).toBe('answer 3');
});

test('one that always wants more is held to retries', async () => {
  const policy = (): RetryPolicy => () => ({ kind: 'again', afterMs: 0, reason: 'more' });
  const next = scripted(new HttpResponse());
  const { clock, send } = setUp(next, { policy, retries: 4 });
  const pending = send();
  await clock.advance(0);
  expect([attemptsOf(await pending).at(-1)?.reason, next.calls.length]).toEqual(['attempts-used-up', 5]);
});

test('one that always wants more sends no stream twice', async () => {
  const policy = (): RetryPolicy => () => ({ kind: 'again', afterMs: 0, reason: 'more' });
  const next = scripted(({ body }) => {
    body?.release();
    return new HttpResponse();
  });
  const { send } = setUp(next, { policy });
  expect(attemptsOf(await send({ method: 'PUT', body: ReadableStream.from(['x']) }))).toEqual([
    { attempt: 1, status: 200, reason: 'body-not-replayable' },
  ]);
});

test.for<[string, unknown]>([
  ['nothing', undefined],
  ['another kind', { kind: 'maybe', reason: 'x' }],
  ['a wait that is no number', { kind: 'again', afterMs: Number.NaN, reason: 'x' }],
  ['a wait below nothing', { kind: 'again', afterMs: -1, reason: 'x' }],
  ['a wait for ever', { kind: 'again', afterMs: Number.POSITIVE_INFINITY, reason: 'x' }],
])('a policy that returns %s fails the request, and the response is disposed of', async ([, decision]) => {
  const dropped = new HttpResponse('x');
  // oxlint-disable-next-line typescript/consistent-type-assertions -- a policy written without types
  const { send } = setUp(scripted(dropped), { policy: () => () => decision as RetryDecision });
  expect(await send().catch(itself)).toBeInstanceOf(TypeError);
  expect(dropped.bodyUsed).toBe(true);
});

test('so does one that throws, with what it throws', async () => {
  const error = new Error('broken');
  const policy = (): RetryPolicy => () => {
    throw error;
  };
  expect(await setUp(scripted(failure()), { policy }).send().catch(itself)).toBe(error);
});

test('a 421 is followed by one attempt on a fresh connection, whatever the method', async () => {
  const next = scripted(busy({}, 421));
  const { clock, send } = setUp(next, { retries: 5, minTimeout: 0 });
  const pending = send({ method: 'POST', body: 'x' });
  await clock.advance(0);
  expect([(await pending).status, attemptsOf(await pending).map(({ reason }) => reason)]).toEqual([
    421,
    ['misdirected', 'misdirected-again'],
  ]);
  expect(next.calls.map(({ context }) => context.get(freshConnection))).toEqual([undefined, true]);
});

test('after a 421 only the next attempt asks for a fresh connection', async () => {
  const next = scripted(busy({}, 421), busy(), new HttpResponse());
  const { clock, send } = setUp(next, { minTimeout: 0 });
  const pending = send();
  await clock.advance(0);
  await pending;
  expect(next.calls.map(({ context }) => context.get(freshConnection))).toEqual([undefined, true, undefined]);
});

test('when the budget is used up the outcome is returned, with the reason', async () => {
  const budget = retryBudget({ ratio: 0, reservePerSecond: 0.1 });
  const next = scripted(busy());
  const { clock, events, send } = setUp(next, { budget, retries: 5 });
  const pending = send();
  await clock.advance(10_000);
  const response = await pending;
  expect(attemptsOf(response)).toEqual([
    { attempt: 1, status: 503, delayMs: 100, reason: 'status' },
    { attempt: 2, status: 503, reason: 'budget-exhausted' },
  ]);
  expect([await response.text(), events.at(-1)]).toEqual([
    'busy',
    { kind: 'retryStopped', attempt: 2, reason: 'budget-exhausted', status: 503 },
  ]);
});

test('the budget is that of the origin, over all requests, and is asked for nothing by what is not repeated', async () => {
  const budget = retryBudget({ ratio: 0.5, reservePerSecond: 0 });
  const { clock, send } = setUp(scripted(busy()), { budget, retries: 1, minTimeout: 0 });
  const lengths: number[] = [];
  for (let request = 0; request < 6; request++) {
    const pending = send({ method: request === 2 ? 'POST' : 'GET' });
    await clock.advance(0);
    lengths.push(attemptsOf(await pending).length);
  }
  const other = send({}, 'http://other.example/');
  await clock.advance(0);
  expect([lengths, attemptsOf(await other).length]).toEqual([[1, 2, 1, 2, 1, 2], 1]);
});

test('a throttle is told how each attempt ended', async () => {
  const { clock, send } = setUp(scripted(busy()), { budget: tokenThrottle({ maxTokens: 4 }), retries: 9, minTimeout: 0 });
  const pending = send();
  await clock.advance(0);
  expect(attemptsOf(await pending).map(({ reason }) => reason)).toEqual(['status', 'budget-exhausted']);
});

test('the attempts behind an error are found by it, and it is the last error as it is', async () => {
  const first = failure();
  const last = failure();
  const { clock, send } = setUp(scripted(first, last), { retries: 1 });
  const thrown = send().catch(itself);
  await clock.advance(100);
  expect(await thrown).toBe(last);
  expect(attemptsOf(await thrown)).toEqual([
    { attempt: 1, error: first, delayMs: 100, reason: 'transient-error' },
    { attempt: 2, error: last, reason: 'attempts-used-up' },
  ]);
  expect([attemptsOf(first), attemptsOf('text'), attemptsOf(undefined), attemptsOf(new HttpResponse())]).toEqual([[], [], [], []]);
});

test.for([
  { fact: 'an answer that is none to repeat', answer: busy({}, 404), reason: 'other-status', status: 404 },
  { fact: 'a POST that may have been carried out', answer: busy(), method: 'POST', reason: 'not-idempotent', status: 503 },
])('$fact is told with its reason', async ({ answer, method = 'GET', reason, status }) => {
  const { events, send } = setUp(scripted(answer));
  await send({ method });
  expect(events).toEqual([{ kind: 'retryStopped', attempt: 1, reason, status }]);
});

const UUID = /^"[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}"$/;

test('a POST is given one key for all its attempts', async () => {
  const next = scripted(busy(), failure(), new HttpResponse());
  const { clock, send } = setUp(next, { idempotencyKey: true });
  const pending = send({ method: 'POST', body: 'x' });
  await clock.advance(300);
  await pending;
  const keys = next.calls.map(({ headers }) => headers.get('idempotency-key'));
  expect([keys.length, new Set(keys).size, UUID.test(keys[0] ?? '')]).toEqual([3, 1, true]);
});

test.for([
  { fact: 'a PATCH gets one', init: { method: 'PATCH' }, key: '/ 1' },
  { fact: 'a PUT needs none', init: { method: 'PUT' }, key: null },
  { fact: 'one that is there stays', init: { method: 'POST', headers: { 'Idempotency-Key': 'own' } }, key: 'own' },
  { fact: 'also by its other name', init: { method: 'POST', headers: { 'X-Idempotency-Key': 'own' } }, key: null },
])('a key from a function: $fact', async ({ init, key }) => {
  const next = scripted(new HttpResponse());
  let made = 0;
  const { send } = setUp(next, { idempotencyKey: ({ target }) => `${target.path} ${(made += 1)}` });
  await send(init);
  expect(next.calls[0]?.headers.get('idempotency-key')).toBe(key);
});

test('a function for keys that fails has the request fail, and its body released', async () => {
  let isCancelled = false;
  const body = new ReadableStream<Uint8Array>({
    cancel: () => {
      isCancelled = true;
    },
  });
  const error = new Error('no key');
  const { send } = setUp(scripted(new HttpResponse()), {
    idempotencyKey: () => {
      throw error;
    },
  });
  expect(await send({ method: 'POST', body }).catch(itself)).toBe(error);
  expect(isCancelled).toBe(true);
});
