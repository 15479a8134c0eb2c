import { compose, HttpRequest, HttpResponse, roundTripper, type RoundTripper, type TraceEvent } from '@roundtripper/core';
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
