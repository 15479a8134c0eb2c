import {
  compose,
  Context,
  contextKey,
  HttpRequest,
  HttpResponse,
  roundTripper,
  type Middleware,
  type RoundTripper,
  type TraceEvent,
} from '@roundtripper/core';
import { expect, test, vi } from 'vitest';

import { answerOver, bodyEnd, connectionInfo, getConn, gotConn, gotResponse, ScriptedEvents } from '../test/scripted-events.ts';
import { recordOf } from './record-exchanges.ts';
import { recordTimings } from './record-timings.ts';
import { timings } from './timings.ts';

const conn = connectionInfo(1);

/** Tells of one exchange, and answers. */
const transport: RoundTripper = roundTripper((request) => {
  for (const event of [getConn, gotConn(conn), gotResponse, bodyEnd]) request.trace?.(event);
  return Promise.resolve(new HttpResponse('ok', { request, connection: { ...conn, reused: false } }));
});

/** Answers with what it makes of the response. */
function changing(change: (response: HttpResponse) => HttpResponse): Middleware {
  return (next) => roundTripper(async (request) => change(await next.roundTrip(request)));
}

function get(client: RoundTripper): Promise<HttpResponse> {
  return client.roundTrip(new HttpRequest('http://example.com/'));
}

test.for<{ fact: string; change: (response: HttpResponse) => HttpResponse }>([
  { fact: 'derived with other headers', change: (response) => response.with({ headers: { a: 'b' } }) },
  { fact: 'with another body', change: (response) => response.with({ body: 'other' }) },
  { fact: 'cloned', change: (response) => response.clone() },
])('timings are found of a response that was $fact', async ({ change }) => {
  for (const layers of [[changing(change), recordTimings()] as const, [recordTimings(), changing(change)] as const]) {
    const response = await get(compose(...layers, transport));
    expect(timings(response)).toMatchObject({ attempts: 1, connection: conn });
  }
});

test('and of one that a layer made by hand', async () => {
  const byHand = changing(() => new HttpResponse('mine', { status: 201, context: Context.empty.with(contextKey<number>('kept'), 1) }));
  const response = await get(compose(recordTimings(), byHand, transport));
  expect(recordOf(response)).toMatchObject({ status: 201, attempts: [{ status: 200 }] });
  expect(timings(response.clone()).attempts).toBe(1);
  expect(await response.text()).toBe('mine');
});

test('one that an inner layer has read already is passed on as it is', async () => {
  const read: Middleware = (next) =>
    roundTripper(async (request) => {
      const response = (await next.roundTrip(request)).with({ request: new HttpRequest('http://other.example/') });
      await response.text();
      return response;
    });
  const response = await get(compose(recordTimings(), read, transport));
  expect([response.bodyUsed, timings(response).attempts]).toEqual([true, 1]);
});

test('where several record, the first listed counts, and each has a record of its own', async () => {
  const told: number[] = [];
  const recorder = (): Middleware => recordTimings({ onExchange: ({ id }) => void told.push(id) });
  const response = await get(compose(recorder(), recorder(), transport));
  const [inner, outer] = told;
  expect(told).toHaveLength(2);
  expect(inner).not.toBe(outer);
  expect(recordOf(response)?.id).toBe(outer);
});

test('timings of a failure', async () => {
  const errors = [new Error('first'), 'not an object', new Error('last')];
  for (const error of errors) {
    const client = compose(
      recordTimings(),
      roundTripper((request) => {
        request.trace?.(getConn);
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what somebody's own transport may do
        return Promise.reject(error);
      }),
    );
    await expect(get(client)).rejects.toBe(error);
    if (error instanceof Error) expect(timings(error)).toMatchObject({ attempts: 1, reused: undefined });
    expect(recordOf(error)?.error).toBe(error instanceof Error ? error : undefined);
  }
});

test('a round tripper that throws at once fails the request, and its record', async () => {
  const ended = vi.fn();
  const error = new TypeError('no promise');
  const thrower: RoundTripper = {
    roundTrip: () => {
      throw error;
    },
  };
  await expect(get(compose(recordTimings({ onExchange: ended }), thrower))).rejects.toBe(error);
  expect(ended.mock.calls).toEqual([[expect.objectContaining({ error })]]);
});

test('onExchange is called once, at the end of the body', async () => {
  const script = new ScriptedEvents();
  const ended = vi.fn();
  const response = get(compose(recordTimings({ onExchange: ended, clock: script.clock }), script));
  await script.play([
    [0, getConn],
    [1, gotConn(conn)],
    [2, gotResponse],
    [2, answerOver(conn)],
  ]);
  await response;
  expect(ended).not.toHaveBeenCalled();
  await script.play([[3, bodyEnd]]);
  expect(ended).toHaveBeenCalledOnce();
  await script.play([[4, { kind: 'bodyEnd', bodyBytes: 9 }]]);
  expect(ended).toHaveBeenCalledOnce();
});

test('what onExchange throws, or rejects with, is dropped', async () => {
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  const throwing = recordTimings({
    onExchange: () => {
      throw new Error('x');
    },
  });
  // oxlint-disable-next-line typescript/no-misused-promises -- the careless callback that this is about
  const rejecting = recordTimings({ onExchange: async () => Promise.reject(new Error('x')) });
  const response = await get(compose(throwing, rejecting, transport));
  expect(await response.text()).toBe('ok');
  await new Promise(setImmediate);
  process.off('unhandledRejection', unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});

test('whoever listened before still hears everything', async () => {
  const heard: TraceEvent[] = [];
  const request = new HttpRequest('http://example.com/', { trace: (event) => void heard.push(event) });
  await compose(recordTimings(), transport).roundTrip(request);
  expect(heard.map(({ kind }) => kind)).toEqual(['getConn', 'gotConn', 'gotResponse', 'bodyEnd']);
  expect(recordOf(new HttpResponse(null, { request }))).toBeUndefined();
});

test('a response that is sent again as a request has the timings of the second', async () => {
  const client = compose(recordTimings(), transport);
  const first = await get(client);
  if (first.request === undefined) throw new Error('it has a request');
  const second = await client.roundTrip(first.request);
  const [one, two] = [recordOf(first), recordOf(second)];
  expect(one?.id).not.toBe(two?.id);
  expect([one?.attempts.length, two?.attempts.length]).toEqual([1, 1]);
});

test('every mistake in the options is named', () => {
  const options: object = { clock: {}, secretParameters: 'sig', keepHeaders: 1, onExchange: true, on: 1 };
  expect(() => recordTimings(options)).toThrow(
    new TypeError(
      'invalid recordTimings options: clock: expected a clock with nowMs, monotonicMs and after; secretParameters: expected an array of strings; ' +
        'keepHeaders: expected a boolean; onExchange: expected a function; unknown option "on"',
    ),
  );
});
