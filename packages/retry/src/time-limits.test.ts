import { getEventListeners } from 'node:events';

import { HttpRequest, HttpResponse, IncomingBody } from '@roundtripper/core';
import { TestClock } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { busy, failure, itself, scripted, setUp, silence } from '../test/scripted.ts';
import { attemptsOf, retry } from './index.ts';

test('an attempt that takes too long is given up, and followed by another', async () => {
  const next = scripted(silence, new HttpResponse('hello'));
  const { clock, events, send } = setUp(next, { perTryTimeout: 1_000 });
  const pending = send();
  await clock.advance(999);
  expect(events).toEqual([]);
  await clock.advance(1);
  expect(events).toMatchObject([
    { kind: 'retry', attempt: 2, delayMs: 100, reason: 'transient-error', error: { code: 'try-timeout', timeout: true } },
  ]);
  await clock.advance(100);
  expect([await (await pending).text(), clock.pendingTimers]).toEqual(['hello', 0]);
});

test('the last of them fails with try-timeout', async () => {
  const { clock, send } = setUp(scripted(silence), { perTryTimeout: 1_000, retries: 1 });
  const thrown = send().catch(itself);
  await clock.advance(2_100);
  const error = await thrown;
  expect(error).toMatchObject({ name: 'RetryError', code: 'try-timeout', sent: 'all', timeout: true, origin: 'http://example.com' });
  expect(attemptsOf(error).map(({ reason }) => reason)).toEqual(['transient-error', 'attempts-used-up']);
});

test('a POST of which nobody knows how far it came is not repeated', async () => {
  const next = scripted(silence);
  const { clock, send } = setUp(next, { perTryTimeout: 1_000 });
  const thrown = send({ method: 'POST', body: 'x' }).catch(itself);
  await clock.advance(1_000);
  expect([await thrown, next.calls.length]).toMatchObject([{ code: 'try-timeout' }, 1]);
});

test('what an attempt fails with because its time is over does not matter', async () => {
  const next = scripted(async (request) => {
    await silence(request).catch(itself);
    throw new TypeError('terminated');
  });
  const { clock, send } = setUp(next, { perTryTimeout: 1_000, retries: 0 });
  const thrown = send().catch(itself);
  await clock.advance(1_000);
  expect(await thrown).toMatchObject({ code: 'try-timeout' });
});

test('an answer that comes as the time ends is disposed of: its body has failed', async () => {
  const late = new HttpResponse('late');
  const next = scripted(async (request) => {
    await silence(request).catch(itself);
    return late;
  });
  const { clock, send } = setUp(next, { perTryTimeout: 1_000, retries: 0 });
  const thrown = send().catch(itself);
  await clock.advance(1_000);
  expect([await thrown, late.bodyUsed]).toMatchObject([{ code: 'try-timeout' }, true]);
});

test('the body has no part in it, and the caller’s signal still ends it', async () => {
  const controller = new AbortController();
  const next = scripted(new HttpResponse('hello'));
  const { clock, send } = setUp(next, { perTryTimeout: 1_000, totalTimeout: 2_000 });
  await send({ signal: controller.signal });
  await clock.advance(5_000);
  const [call] = next.calls;
  expect([call?.signal?.aborted, clock.pendingTimers]).toEqual([false, 0]);
  controller.abort('why');
  expect(call?.signal?.reason).toBe('why');
});

test('the caller’s signal ends an attempt with its own reason', async () => {
  const controller = new AbortController();
  const reason = new Error('why');
  const { clock, send } = setUp(scripted(silence), { perTryTimeout: 1_000 });
  const thrown = send({ signal: controller.signal }).catch(itself);
  await clock.advance(500);
  controller.abort(reason);
  expect(await thrown).toBe(reason);
  expect([clock.pendingTimers, getEventListeners(controller.signal, 'abort').length]).toEqual([0, 0]);
});

test.for<[string, (response: HttpResponse, source: IncomingBody) => unknown]>([
  ['was read', (response, source) => [response.text(), source.end()]],
  ['has failed', (response, source) => [response.text().catch(itself), source.fail(new Error('cut off'))]],
  ['was disposed of', (response) => response.dispose()],
  ['is what the caller has cancelled', (response) => response.body?.cancel()],
])('an attempt listens to the caller’s signal until its body %s', async ([, end]) => {
  const { signal } = new AbortController();
  const source = new IncomingBody(undefined, undefined);
  const { send } = setUp(scripted(new HttpResponse(source)), { perTryTimeout: 1_000 });
  const response = await send({ signal });
  expect(getEventListeners(signal, 'abort').length).toBe(1);
  await end(response, source);
  expect(getEventListeners(signal, 'abort').length).toBe(0);
});

test('an attempt that was repeated listens no more, and one without a body never did', async () => {
  const { signal } = new AbortController();
  const unread = new IncomingBody(undefined, undefined);
  const next = scripted(failure(), new HttpResponse(unread, { status: 503 }), new HttpResponse(null, { status: 204 }));
  const { clock, send } = setUp(next, { perTryTimeout: 1_000 });
  const pending = send({ signal });
  await clock.advance(10_000);
  expect([(await pending).status, next.calls.length, getEventListeners(signal, 'abort').length]).toEqual([204, 3, 0]);
});

test('one whose time is over listens no more, although what it asked goes on', async () => {
  const { signal } = new AbortController();
  const answer = Promise.withResolvers<HttpResponse>();
  const { clock, send } = setUp(
    scripted(() => answer.promise),
    { perTryTimeout: 1_000, retries: 0 },
  );
  const thrown = send({ signal }).catch(itself);
  await clock.advance(1_000);
  expect(getEventListeners(signal, 'abort').length).toBe(0);
  answer.resolve(new HttpResponse('late'));
  expect(await thrown).toMatchObject({ code: 'try-timeout' });
});

test('the caller’s signal ends a body that is under way at once, with its own reason', async () => {
  const controller = new AbortController();
  const next = scripted(new HttpResponse(new IncomingBody(undefined, undefined)));
  const { send } = setUp(next, { perTryTimeout: 1_000 });
  const response = await send({ signal: controller.signal });
  const reasons: unknown[] = [];
  next.calls[0]?.signal?.addEventListener('abort', ({ target }) => reasons.push(target === next.calls[0]?.signal), { once: true });
  controller.abort('why');
  expect([reasons, next.calls[0]?.signal?.reason, getEventListeners(controller.signal, 'abort').length]).toEqual([[true], 'why', 0]);
  await response.dispose();
});

test('an attempt for a signal that was aborted before begins with its reason', async () => {
  const reason = new Error('why');
  const next = scripted(({ signal }) => {
    signal?.throwIfAborted();
    return new HttpResponse();
  });
  const { clock, send } = setUp(next, { perTryTimeout: 1_000 });
  expect(await send({ signal: AbortSignal.abort(reason) }).catch(itself)).toBe(reason);
  expect([next.calls[0]?.signal?.reason, clock.pendingTimers]).toEqual([reason, 0]);
});

test('totalTimeout ends the attempt that is under way', async () => {
  const { clock, send } = setUp(scripted(silence), { perTryTimeout: 1_000, totalTimeout: 1_500 });
  const thrown = send().catch(itself);
  await clock.advance(1_499);
  expect(clock.pendingTimers).toBe(1);
  await clock.advance(1);
  const error = await thrown;
  expect(error).toMatchObject({
    code: 'total-timeout',
    timeout: true,
    message: 'http://example.com: no answer within the totalTimeout of 1500 ms',
  });
  expect(attemptsOf(error)).toMatchObject([
    { attempt: 1, delayMs: 100, error: { code: 'try-timeout' } },
    { attempt: 2, reason: 'out-of-time', error: { code: 'total-timeout' } },
  ]);
});

test.for([
  { fact: 'a wait that ends before totalTimeout is waited', totalTimeout: 101, attempts: 2 },
  { fact: 'one that ends with it is not: nothing would be left', totalTimeout: 100, attempts: 1 },
])('$fact', async ({ totalTimeout, attempts }) => {
  const next = scripted(busy());
  const { clock, events, send } = setUp(next, { totalTimeout });
  const pending = send();
  await clock.advance(200);
  expect([(await pending).status, next.calls.length]).toEqual([503, attempts]);
  expect(events.at(-1)).toMatchObject({ kind: 'retryStopped', reason: 'out-of-time' });
});

test('a server that asks for more time than there is gets no further attempt, and its answer is returned at once', async () => {
  const next = scripted(busy({ 'retry-after': '5' }));
  const { clock, send } = setUp(next, { totalTimeout: 5_000 });
  expect([(await send()).status, next.calls.length, clock.pendingTimers]).toEqual([503, 1, 0]);
});

test('without a limit no timer is set and the request is passed on as it is', async () => {
  const next = scripted(failure(), new HttpResponse());
  const clock = new TestClock();
  const request = new HttpRequest('http://example.com/');
  const pending = retry({ clock, random: () => 0 })(next).roundTrip(request);
  expect(clock.pendingTimers).toBe(0);
  await clock.advance(0);
  await pending;
  expect([next.calls[0] === request, next.calls[1] === request]).toEqual([true, true]);
});
