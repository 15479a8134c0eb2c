import { getEventListeners } from 'node:events';

import { HttpResponse, roundTripper } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { busy, itself, scripted, setUp } from '../test/scripted.ts';
import { attemptsOf } from './index.ts';

const ASKS_FOR_5 = busy({ 'retry-after': '5' }, 429);

test('as a rule what one request was told does not concern another', async () => {
  const next = scripted(ASKS_FOR_5, new HttpResponse());
  const { send } = setUp(next, { retries: 0 });
  await send();
  expect((await send()).status).toBe(200);
});

test('wait: another request to the origin waits until then, and the jitter on top', async () => {
  const next = scripted(ASKS_FOR_5, new HttpResponse('hello'));
  const { clock, send } = setUp(next, { retries: 0, holdOrigin: 'wait' });
  await send();
  await clock.advance(1_000);
  const pending = send();
  await clock.advance(4_099);
  expect(next.calls.length).toBe(1);
  await clock.advance(1);
  expect([await (await pending).text(), clock.pendingTimers]).toEqual(['hello', 0]);
});

test('fail: another request to the origin fails at once, says when to come back, and sends nothing', async () => {
  const next = scripted(ASKS_FOR_5);
  const { clock, send } = setUp(next, { retries: 0, holdOrigin: 'fail' });
  await send();
  await clock.advance(1_000);
  const error = await send({ method: 'POST', body: 'x' }).catch(itself);
  expect(error).toMatchObject({ name: 'RetryError', code: 'origin-on-hold', sent: 'nothing', phase: 'queue', retryAfterMs: 4_000 });
  expect([next.calls.length, attemptsOf(error)]).toEqual([1, []]);
  await clock.advance(4_000);
  expect([(await send()).status, next.calls.length]).toEqual([429, 2]);
});

test('fail: the body of a request that is not sent is released', async () => {
  let isCancelled = false;
  const body = new ReadableStream<Uint8Array>({
    cancel: () => {
      isCancelled = true;
    },
  });
  const { send } = setUp(scripted(ASKS_FOR_5), { retries: 0, holdOrigin: 'fail' });
  await send();
  await send({ method: 'POST', body }).catch(itself);
  expect(isCancelled).toBe(true);
});

test('another origin is not concerned', async () => {
  const next = roundTripper(
    async ({ target }) => new HttpResponse('x', target.origin.port === 81 ? { status: 503, headers: { 'retry-after': '5' } } : {}),
  );
  const { send } = setUp(next, { retries: 0, holdOrigin: 'fail' });
  expect([(await send({}, 'http://a:81/')).status, (await send({}, 'http://a:82/')).status]).toEqual([503, 200]);
  await expect(send({}, 'http://a:81/')).rejects.toMatchObject({ code: 'origin-on-hold' });
});

test.for([
  { fact: '429', answer: ASKS_FOR_5, code: 'origin-on-hold' },
  { fact: '503', answer: busy({ 'retry-after': '5' }), code: 'origin-on-hold' },
  { fact: 'a 503 that asks for ever', answer: busy({ 'retry-after': '9'.repeat(400) }), code: 'origin-on-hold' },
  { fact: 'a 200 with a quota that is used up', answer: busy({ ratelimit: '"q";r=0;t=5' }, 200), code: 'origin-on-hold' },
  { fact: 'a 200 with a quota that is not', answer: busy({ ratelimit: '"q";r=1;t=5' }, 200), code: undefined },
  { fact: 'a 500, which is about a resource', answer: busy({ 'retry-after': '5' }, 500), code: undefined },
  { fact: 'a 404', answer: busy({ 'retry-after': '5' }, 404), code: undefined },
  { fact: 'a redirect', answer: busy({ 'retry-after': '5' }, 301), code: undefined },
  { fact: 'a 503 that asks for nothing', answer: busy({ 'retry-after': '0' }), code: undefined },
])('after $fact an origin is on hold: $code', async ({ answer, code }) => {
  const { send } = setUp(scripted(answer, new HttpResponse()), { retries: 0, holdOrigin: 'fail' });
  await send();
  expect(await send().then(() => ({}), itself)).toMatchObject(code === undefined ? {} : { code });
});

test('wait: more than maxRetryAfter is not waited for', async () => {
  const { send } = setUp(scripted(ASKS_FOR_5), { retries: 0, holdOrigin: 'wait', maxRetryAfter: 4_999 });
  await send();
  await expect(send()).rejects.toMatchObject({ code: 'origin-on-hold', retryAfterMs: 5_000 });
});

test('wait: nor is more than what is left of totalTimeout', async () => {
  const { send } = setUp(scripted(ASKS_FOR_5), { retries: 0, holdOrigin: 'wait', totalTimeout: 4_999 });
  await send();
  await expect(send()).rejects.toMatchObject({ code: 'origin-on-hold' });
});

test('wait: nor where the jitter would take it past totalTimeout', async () => {
  const next = scripted(ASKS_FOR_5);
  const { clock, send } = setUp(next, { retries: 0, holdOrigin: 'wait', totalTimeout: 5_050 });
  await send();
  await expect(send()).rejects.toMatchObject({ code: 'origin-on-hold' });
  expect([clock.monotonicMs(), next.calls.length]).toEqual([0, 1]);
});

test('wait: an origin that asks for more again and again is waited for no longer than maxRetryAfter in all', async () => {
  // Those under way are told to come back in 5 seconds, one every 4 seconds.
  const next = scripted(
    ...[0, 4_000, 8_000, 12_000].map(
      (afterMs) => () => new Promise<HttpResponse>((resolve) => clock.after(afterMs, () => resolve(ASKS_FOR_5()))),
    ),
  );
  const { clock, send } = setUp(next, { retries: 0, holdOrigin: 'wait', maxRetryAfter: 10_000 });
  const underWay = [send(), send(), send(), send()];
  await clock.advance(0);
  const thrown = send().then(itself, (error: unknown) => ({ error, atMs: clock.monotonicMs() }));
  await clock.advance(12_000);
  expect(await thrown).toMatchObject({ error: { code: 'origin-on-hold' }, atMs: 9_100 });
  await Promise.all(underWay);
  expect([next.calls.length, clock.pendingTimers]).toEqual([4, 0]);
});

test('wait: who waits, and hears that it takes longer, waits on', async () => {
  const next = scripted(ASKS_FOR_5, ASKS_FOR_5, new HttpResponse());
  const { clock, send } = setUp(next, { retries: 0, holdOrigin: 'wait', random: () => 0 });
  await send();
  const first = send();
  await clock.advance(1_000);
  const second = send();
  await clock.advance(4_000);
  // The first that came back was told 5 seconds more before the second was sent, or else both went.
  await first;
  await clock.advance(5_000);
  await second;
  expect(next.calls.length).toBe(3);
});

test('cancelled while it waits for the origin it rejects with the reason, and leaves nothing', async () => {
  const controller = new AbortController();
  const next = scripted(ASKS_FOR_5);
  const { clock, send } = setUp(next, { retries: 0, holdOrigin: 'wait' });
  await send();
  const thrown = send({ signal: controller.signal }).catch(itself);
  await clock.advance(100);
  controller.abort('why');
  expect([await thrown, clock.pendingTimers, next.calls.length]).toEqual(['why', 0, 1]);
  expect(getEventListeners(controller.signal, 'abort').length).toBe(0);
});

test('a thousand that wait come back within the jitter, and none before the time', async () => {
  const at: number[] = [];
  let random = 0;
  const next = roundTripper(async () => {
    at.push(clock.monotonicMs());
    return at.length === 1 ? new HttpResponse('busy', { status: 429, headers: { 'retry-after': '5' } }) : new HttpResponse();
  });
  const { clock, send } = setUp(next, { retries: 0, holdOrigin: 'wait', random: () => (random = (random + 0.001) % 1) });
  await send();
  const pending = Array.from({ length: 1_000 }, () => send());
  await clock.advance(5_100);
  await Promise.all(pending);
  const [first, ...others] = at;
  expect([first, Math.min(...others), Math.max(...others) <= 5_100, new Set(others).size > 90]).toEqual([0, 5_000, true, true]);
});
