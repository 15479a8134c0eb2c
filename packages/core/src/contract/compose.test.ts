import { expect, expectTypeOf, test, vi } from 'vitest';

import { compose, roundTripper } from './compose.ts';
import { HttpRequest } from './http-request.ts';
import { HttpResponse } from './http-response.ts';
import type { Middleware, RoundTripper } from './round-tripper.ts';

const request = new HttpRequest('http://a.example/');
const transport = roundTripper(async () => new HttpResponse('ok'));

function logging(name: string, log: string[]): Middleware {
  return (next) =>
    roundTripper(async (passing) => {
      log.push(`> ${name}`);
      const response = await next.roundTrip(passing);
      log.push(`< ${name}`);
      return response;
    });
}

function call(...layers: unknown[]): unknown {
  return Reflect.apply(compose, undefined, layers);
}

test('the first listed sees the request first and the response last', async () => {
  const log: string[] = [];
  const composed = compose(logging('a', log), logging('b', log), logging('c', log), transport);
  await composed.roundTrip(request);
  expect(log).toEqual(['> a', '> b', '> c', '< c', '< b', '< a']);
});

test('a middleware is made once, from the inside out', async () => {
  const made: string[] = [];
  const layer =
    (name: string): Middleware =>
    (next) => {
      made.push(name);
      return next;
    };
  const composed = compose(layer('a'), layer('b'), transport);
  await composed.roundTrip(request);
  await composed.roundTrip(request);
  expect(made).toEqual(['b', 'a']);
});

test('a transport alone is a composition', async () => {
  const response = await compose(transport).roundTrip(request);
  expect(await response.text()).toBe('ok');
});

test('roundTrip can be passed on without its object', async () => {
  class Stateful implements RoundTripper {
    readonly #text = 'mine';
    roundTrip(): Promise<HttpResponse> {
      return Promise.resolve(new HttpResponse(this.#text));
    }
  }
  // oxlint-disable-next-line typescript/unbound-method -- what this test is about
  const { roundTrip } = compose(new Stateful());
  expect(await (await roundTrip(request)).text()).toBe('mine');
});

test('close, closeIdleConnections and dispose go to the transport, also through a composition in a composition', async () => {
  const closable = {
    roundTrip: () => Promise.resolve(new HttpResponse('ok')),
    close: vi.fn(async () => {}),
    closeIdleConnections: vi.fn(),
    [Symbol.asyncDispose]: vi.fn(async () => {}),
  };
  const composed = compose(
    (next) => next,
    compose((next) => roundTripper((passing) => next.roundTrip(passing)), closable),
  );
  await composed.close({ graceful: false });
  composed.closeIdleConnections();
  await composed[Symbol.asyncDispose]();
  expect(closable.close.mock.calls).toEqual([[{ graceful: false }]]);
  expect(closable.closeIdleConnections).toHaveBeenCalledTimes(1);
  expect(closable[Symbol.asyncDispose]).toHaveBeenCalledTimes(1);
});

test('where the transport has nothing to close, closing does nothing', async () => {
  await using composed = compose(transport);
  composed.closeIdleConnections();
  await expect(composed.close()).resolves.toBeUndefined();
});

test.for<{ fact: string; layers: unknown[]; message: string }>([
  { fact: 'no layers', layers: [], message: 'the last layer must be a RoundTripper' },
  { fact: 'a middleware in the last place', layers: [(next: RoundTripper) => next], message: 'the last layer must be a RoundTripper' },
  { fact: 'null in the last place', layers: [null], message: 'the last layer must be a RoundTripper' },
  { fact: 'a transport that is not last', layers: [transport, transport], message: 'layer 1 must be a middleware' },
  {
    fact: 'undefined among the middleware',
    layers: [(next: RoundTripper) => next, undefined, transport],
    message: 'layer 2 must be a middleware',
  },
  { fact: 'a middleware that returns nothing', layers: [() => {}, transport], message: 'layer 1 did not return' },
  { fact: 'an async middleware', layers: [async (next: RoundTripper) => next, transport], message: 'layer 1 did not return' },
])('$fact is a TypeError', ({ layers, message }) => {
  expect(() => call(...layers)).toThrow(TypeError);
  expect(() => call(...layers)).toThrow(message);
});

test('what is no function makes no RoundTripper', () => {
  expect((): unknown => Reflect.apply(roundTripper, undefined, [transport])).toThrow(TypeError);
});

test('the types refuse a middleware in the last place and a transport in another', () => {
  const middleware: Middleware = (next) => next;
  expectTypeOf(compose).toBeCallableWith(transport);
  expectTypeOf(compose).toBeCallableWith(middleware, middleware, transport);
  // @ts-expect-error -- a chain must end in a transport
  expect(() => compose(middleware, middleware)).toThrow(TypeError);
  // @ts-expect-error -- a transport is not a function from one RoundTripper to another
  expect(() => compose(transport, middleware, transport)).toThrow(TypeError);
  // @ts-expect-error -- there must be a transport
  expect(() => compose()).toThrow(TypeError);
});
