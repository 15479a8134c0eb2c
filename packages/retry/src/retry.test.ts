import { getEventListeners } from 'node:events';

import { HttpRequest, HttpResponse, roundTripper } from '@roundtripper/core';
import { TestClock } from '@roundtripper/testing';
import { expect, test } from 'vitest';

import { busy, failure, itself, scripted, setUp } from '../test/scripted.ts';
import { attemptsOf, retry } from './index.ts';

const URL = 'http://example.com/';

test('an answer at once is returned at once, and took 1 attempt', async () => {
  const next = scripted(new HttpResponse('hello', { headers: { 'x-a': '1' } }));
  const { clock, events, send } = setUp(next);
  const response = await send();
  expect([response.status, response.headers.get('x-a'), await response.text()]).toEqual([200, '1', 'hello']);
  expect([attemptsOf(response), next.calls.length, clock.pendingTimers, events]).toEqual([
    [{ attempt: 1, status: 200, reason: 'answered' }],
    1,
    0,
    [],
  ]);
});

test('waits minTimeout, then twice that, and tells of each wait before it', async () => {
  const error = failure();
  const next = scripted(busy(), error, new HttpResponse('at last'));
  const { clock, events, send } = setUp(next);
  const pending = send();
  await clock.advance(99);
  expect([next.calls.length, events]).toEqual([1, [{ kind: 'retry', attempt: 2, delayMs: 100, reason: 'status', status: 503 }]]);
  await clock.advance(1);
  expect([next.calls.length, events[1]]).toEqual([2, { kind: 'retry', attempt: 3, delayMs: 200, reason: 'transient-error', error }]);
  await clock.advance(200);
  const response = await pending;
  expect([await response.text(), attemptsOf(response).length, clock.pendingTimers]).toEqual(['at last', 3, 0]);
});

test('each attempt is given the very same request', async () => {
  const next = scripted(busy(), new HttpResponse());
  const { clock, send } = setUp(next);
  const pending = send({ method: 'PUT', body: 'x' });
  await clock.advance(100);
  await pending;
  expect(next.calls[1]).toBe(next.calls[0]);
});

test('when the attempts are used up the last response is returned as it is', async () => {
  const next = scripted(busy(), busy(), () => new HttpResponse('the last', { status: 502 }));
  const { clock, send } = setUp(next);
  const pending = send();
  await clock.advance(1_000);
  const response = await pending;
  expect([response.status, await response.text(), attemptsOf(response).length]).toEqual([502, 'the last', 3]);
});

test('when the attempts are used up the last error is thrown as it is', async () => {
  const last = failure();
  const { clock, send } = setUp(scripted(failure(), failure(), last));
  const thrown = send().catch((error: unknown) => error);
  await clock.advance(1_000);
  expect(await thrown).toBe(last);
});

test('with no retries it changes nothing', async () => {
  const next = scripted(busy());
  const { send } = setUp(next, { retries: 0 });
  expect([(await send()).status, next.calls.length]).toEqual([503, 1]);
});

test('a response that is dropped is disposed of before the next attempt', async () => {
  const dropped = new HttpResponse('busy', { status: 503 });
  const next = scripted(dropped, () => {
    expect(dropped.bodyUsed).toBe(true);
    return new HttpResponse();
  });
  const { clock, send } = setUp(next);
  const pending = send();
  await clock.advance(100);
  expect((await pending).status).toBe(200);
  await expect(dropped.text()).rejects.toMatchObject({ code: 'body-disposed' });
});

test('it waits for the disposal', async () => {
  const dropped = new HttpResponse('busy', { status: 503 });
  const disposal = Promise.withResolvers<void>();
  dropped.dispose = () => disposal.promise;
  const next = scripted(dropped, new HttpResponse());
  const { clock, send } = setUp(next);
  const pending = send();
  await clock.advance(1_000);
  expect([next.calls.length, clock.pendingTimers]).toEqual([1, 0]);
  disposal.resolve();
  await clock.advance(100);
  await pending;
});

test.for([
  { fact: 'seconds are waited for, and the jitter on top', headers: { 'retry-after': '5' }, delayMs: 5_100 },
  { fact: 'a date is waited for', headers: { 'retry-after': 'Thu, 01 Jan 2026 00:00:05 GMT' }, delayMs: 5_100 },
  { fact: 'zero leaves the jitter', headers: { 'retry-after': '0' }, delayMs: 100 },
  { fact: 'garbage leaves the jitter', headers: { 'retry-after': 'soon' }, delayMs: 100 },
  { fact: 'maxRetryAfter itself is waited for', headers: { 'retry-after': '30' }, delayMs: 30_100 },
])('Retry-After: $fact', async ({ headers, delayMs }) => {
  const next = scripted(busy(headers, 429), new HttpResponse());
  const { clock, send } = setUp(next);
  const pending = send();
  await clock.advance(delayMs - 1);
  expect(next.calls.length).toBe(1);
  await clock.advance(1);
  expect((await pending).status).toBe(200);
});

test('a response that asks for more than maxRetryAfter is returned, its body unread', async () => {
  const { events, send } = setUp(scripted(busy({ 'retry-after': '31' })));
  const response = await send();
  expect([response.status, await response.text(), events]).toEqual([
    503,
    'busy',
    [{ kind: 'retryStopped', attempt: 1, reason: 'hint-too-long', status: 503 }],
  ]);
});

test.for([
  { maxRetryAfter: 5_000, calls: 2 },
  { maxRetryAfter: 4_999, calls: 1 },
])('of 5 seconds with maxRetryAfter $maxRetryAfter: attempts $calls', async ({ maxRetryAfter, calls }) => {
  const next = scripted(busy({ 'retry-after': '5' }));
  const { clock, send } = setUp(next, { maxRetryAfter, retries: 1 });
  const pending = send();
  await clock.advance(6_000);
  expect([(await pending).status, next.calls.length]).toEqual([503, calls]);
});

test('a clock that is set while it waits does not change the wait', async () => {
  const next = scripted(busy({ 'retry-after': '5' }), new HttpResponse());
  const { clock, send } = setUp(next);
  const pending = send();
  await clock.advance(10);
  clock.jumpWallClock(-86_400_000);
  await clock.advance(5_090);
  expect((await pending).status).toBe(200);
});

test('a body that can be opened again is sent again, a stream is not', async () => {
  const again = scripted(busy(), new HttpResponse());
  const first = setUp(again);
  const pending = first.send({ method: 'PUT', body: () => ReadableStream.from(['x']) });
  await first.clock.advance(100);
  expect([(await pending).status, again.calls.length]).toEqual([200, 2]);

  const once = scripted(failure('dial-failed'));
  await expect(setUp(once).send({ method: 'PUT', body: ReadableStream.from(['x']) })).rejects.toMatchObject({ code: 'dial-failed' });
  expect(once.calls.length).toBe(1);
  once.calls[0]?.body?.release();
});

test('a POST is repeated only when nothing was sent', async () => {
  const unsent = scripted(failure('dial-failed'), new HttpResponse());
  const one = setUp(unsent);
  const pending = one.send({ method: 'POST', body: 'x' });
  await one.clock.advance(100);
  expect((await pending).status).toBe(200);

  const sent = scripted(failure());
  await expect(setUp(sent).send({ method: 'POST', body: 'x' })).rejects.toMatchObject({ code: 'connection-reset' });
  expect([sent.calls.length, (await setUp(scripted(busy())).send({ method: 'POST' })).status]).toEqual([1, 503]);
});

test.for([new TypeError('a mistake'), new TypeError('fetch failed'), failure('queue-full'), new Error('another’s')])(
  '%s is thrown at once, itself',
  async (error) => {
    const next = scripted(error);
    expect(await setUp(next).send().catch(itself)).toBe(error);
    expect(next.calls.length).toBe(1);
  },
);

test('what is thrown and no Error stays what it is', async () => {
  const reason: unknown = 'a string';
  const next = roundTripper(() => Promise.reject(reason));
  expect(await setUp(next).send().catch(itself)).toBe('a string');
});

test('a next that throws where it should reject is a failure like any other', async () => {
  const error = new Error('broken');
  const next = roundTripper(() => {
    throw error;
  });
  expect(await setUp(next).send().catch(itself)).toBe(error);
});

test.for([['an Error', new Error('stop')] as const, ['a string', 'stop'] as const, ['null', null] as const])(
  'cancelled during the wait it rejects with the reason itself: %s',
  async ([, reason]) => {
    const controller = new AbortController();
    const next = scripted(busy());
    const { clock, send } = setUp(next);
    const thrown = send({ signal: controller.signal }).catch(itself);
    await clock.advance(50);
    expect([clock.pendingTimers, getEventListeners(controller.signal, 'abort').length]).toEqual([1, 1]);
    controller.abort(reason);
    expect(await thrown).toBe(reason);
    expect([clock.pendingTimers, getEventListeners(controller.signal, 'abort').length, next.calls.length]).toEqual([0, 0, 1]);
  },
);

test('cancelled during the wait it releases the request body', async () => {
  const controller = new AbortController();
  const request = new HttpRequest(URL, { method: 'PUT', body: 'x', signal: controller.signal });
  const released: unknown[] = [];
  Object.assign(request.body ?? {}, { release: (reason: unknown) => released.push(reason) });
  const clock = new TestClock();
  const thrown = retry({ clock })(scripted(busy())).roundTrip(request).catch(itself);
  await clock.advance(0);
  controller.abort('why');
  expect([await thrown, released]).toEqual(['why', ['why']]);
});

test('cancelled while an attempt is under way it rejects with the reason, whatever failed because of it', async () => {
  const controller = new AbortController();
  const next = scripted(() => {
    controller.abort('why');
    throw failure();
  });
  expect(await setUp(next).send({ signal: controller.signal }).catch(itself)).toBe('why');
  expect(next.calls.length).toBe(1);
});

test('cancelled while the response is disposed of it makes no further attempt', async () => {
  const controller = new AbortController();
  const dropped = new HttpResponse('busy', { status: 503 });
  dropped.dispose = () => {
    controller.abort('why');
    return Promise.resolve();
  };
  const next = scripted(dropped);
  expect(await setUp(next).send({ signal: controller.signal }).catch(itself)).toBe('why');
  expect(next.calls.length).toBe(1);
});

test('an answer that is there when the signal is aborted is returned', async () => {
  const controller = new AbortController();
  const next = scripted(() => {
    controller.abort();
    return new HttpResponse('busy', { status: 503 });
  });
  expect((await setUp(next).send({ signal: controller.signal })).status).toBe(503);
});

test('the listener is gone after the wait', async () => {
  const { signal } = new AbortController();
  const { clock, send } = setUp(scripted(busy(), new HttpResponse()));
  const pending = send({ signal });
  await clock.advance(100);
  await pending;
  expect(getEventListeners(signal, 'abort').length).toBe(0);
});

test('1000 requests at once wait each for itself', async () => {
  const seen = new Map<string, number>();
  const next = roundTripper(async (request) => {
    const count = (seen.get(request.target.path) ?? 0) + 1;
    seen.set(request.target.path, count);
    const wanted = Number(request.target.path.slice(1)) % 4;
    return count <= wanted ? new HttpResponse('busy', { status: 503 }) : new HttpResponse(request.target.path);
  });
  const clock = new TestClock();
  const client = retry({ clock, retries: 3, budget: false })(next);
  const pending = Array.from({ length: 1_000 }, (_, at) => client.roundTrip(new HttpRequest(`http://example.com/${at}`)));
  await clock.advance(10_000);
  const responses = await Promise.all(pending);
  expect(responses.every((response, at) => attemptsOf(response).length === (at % 4) + 1)).toBe(true);
  expect(await Promise.all(responses.map((response) => response.text()))).toEqual(responses.map((_, at) => `/${at}`));
  expect(clock.pendingTimers).toBe(0);
});

test('many retries are a long loop and no deep stack', async () => {
  let calls = 0;
  const next = roundTripper(async () => {
    calls += 1;
    return new HttpResponse(null, { status: calls < 20_000 ? 503 : 200 });
  });
  const { clock, send } = setUp(next, { retries: 1_000_000, minTimeout: 0, budget: false });
  const pending = send({ trace: () => {} });
  await clock.advance(0);
  expect(attemptsOf(await pending).length).toBe(20_000);
});
