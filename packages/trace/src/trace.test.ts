import { compose, HttpHeaders, HttpRequest, HttpResponse, roundTripper, type RoundTripper, type TraceEvent } from '@roundtripper/core';
import { expect, test, vi } from 'vitest';

import type { ClientTrace } from './client-trace.ts';
import { trace, withClientTrace } from './trace.ts';

/** Emits one event and answers. */
const transport: RoundTripper = roundTripper((request) => {
  request.trace?.({ kind: 'queueEnd' });
  return Promise.resolve(new HttpResponse('ok'));
});

test('layers compose: the one nearest to the Transport first, then those around it, then the request’s own', async () => {
  const order: string[] = [];
  const listens = (name: string): { event: (event: TraceEvent) => void } => ({ event: () => void order.push(name) });
  const client = compose(trace(listens('outer')), trace(listens('inner')), transport);
  const request = withClientTrace(new HttpRequest('http://example.com/', { trace: () => void order.push('request') }), listens('with'));
  await client.roundTrip(request);
  expect(order).toEqual(['inner', 'outer', 'with', 'request']);
});

test('a hook that throws, or rejects, keeps nothing from the others', async () => {
  const order: string[] = [];
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  const throwing = {
    queueEnd: () => {
      throw new Error('hook');
    },
  };
  const rejecting: ClientTrace = {
    // oxlint-disable-next-line typescript/no-misused-promises -- the careless hooks that this test is about
    event: async () => Promise.reject(new Error('event')),
    // oxlint-disable-next-line typescript/no-misused-promises -- as above
    queueEnd: async () => Promise.reject(new Error('queueEnd')),
  };
  const client = compose(trace({ queueEnd: () => void order.push('outer') }), trace(throwing), trace(rejecting), transport);
  const response = await client.roundTrip(new HttpRequest('http://example.com/'));
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', unhandled);
  expect([order, await response.text(), unhandled.mock.calls]).toEqual([['outer'], 'ok', []]);
});

test('without hooks nothing is derived and no layer is made', () => {
  const request = new HttpRequest('http://example.com/');
  expect(withClientTrace(request, {})).toBe(request);
  expect(trace({ gotConn: undefined })(transport)).toBe(transport);
});

test('requests that nobody else listens to share one listener', async () => {
  const listeners = new Set<unknown>();
  const client = compose(
    trace({ queueEnd: () => {} }),
    roundTripper((request) => {
      listeners.add(request.trace);
      return Promise.resolve(new HttpResponse('ok'));
    }),
  );
  for (let count = 0; count < 3; count++) await client.roundTrip(new HttpRequest('http://example.com/'));
  expect(listeners.size).toBe(1);
});

test('hooks may be those of each request, or none', async () => {
  const heard: string[] = [];
  const client = compose(
    trace((request) => (request.method === 'GET' ? { queueEnd: () => void heard.push(request.url.pathname) } : undefined)),
    transport,
  );
  await client.roundTrip(new HttpRequest('http://example.com/one'));
  await client.roundTrip(new HttpRequest('http://example.com/two', { method: 'DELETE' }));
  await client.roundTrip(new HttpRequest('http://example.com/three'));
  expect(heard).toEqual(['/one', '/three']);
});

test('what is asked for hooks and fails has the request reject before any I/O, its body released', async () => {
  const cause = new Error('no hooks today');
  const next = vi.fn(() => Promise.reject(new Error('never asked')));
  const throwing = (): never => {
    throw cause;
  };
  const cases: readonly (readonly [unknown, Error])[] = [
    [throwing, cause],
    [() => ({ gotCon: () => {} }), new TypeError('invalid trace hooks: unknown hook "gotCon"')],
    [async () => ({}), new TypeError('invalid trace hooks: expected a plain object of functions')],
  ];
  for (const [hooks, expected] of cases) {
    const cancelled = Promise.withResolvers<unknown>();
    const body = new ReadableStream({ cancel: cancelled.resolve });
    // @ts-expect-error -- what a caller without types may pass
    const client = compose(trace(hooks), roundTripper(next));
    await expect(client.roundTrip(new HttpRequest('http://example.com/', { method: 'POST', body }))).rejects.toEqual(expected);
    expect(await cancelled.promise).toEqual(expected);
  }
  expect(next).not.toHaveBeenCalled();
});

test('what got1xxResponse throws aborts the request, and the others hear of it all the same', async () => {
  const said: unknown[] = [];
  const interim: RoundTripper = roundTripper((request) => {
    request.trace?.({ kind: 'got1xxResponse', status: 103, headers: new HttpHeaders(), abort: (reason) => said.push(reason) });
    return Promise.resolve(new HttpResponse('ok'));
  });
  const throwing = (reason: unknown): ClientTrace => ({
    got1xxResponse: (status) => {
      said.push(status);
      throw reason;
    },
  });
  const late: ClientTrace = {
    // oxlint-disable-next-line typescript/no-misused-promises -- an async hook cannot abort: the request has gone on by then
    got1xxResponse: async () => Promise.reject(new Error('late')),
  };
  await compose(trace(throwing('outer')), trace(late), trace(throwing(undefined)), interim).roundTrip(
    new HttpRequest('http://example.com/'),
  );
  expect(said).toEqual([103, undefined, 103, 'outer']);
});

test('the request itself is left as it was', () => {
  const request = new HttpRequest('http://example.com/', { method: 'POST', body: 'x' });
  const traced = withClientTrace(request, { queueEnd: () => {} });
  expect([request.trace, typeof traced.trace, traced.method, traced.body]).toEqual([undefined, 'function', 'POST', request.body]);
});

test('a mistake in the hooks is thrown at once', () => {
  // @ts-expect-error -- what a caller without types may pass
  expect(() => trace({ gotConnection: () => {} })).toThrow(new TypeError('invalid trace hooks: unknown hook "gotConnection"'));
  // @ts-expect-error -- as above
  expect(() => withClientTrace(new HttpRequest('http://example.com/'), { gotConn: 'log' })).toThrow(TypeError);
});
