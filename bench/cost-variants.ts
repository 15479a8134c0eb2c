import { cache } from '@roundtripper/cache';
import { compose, HttpRequest, Transport, type Middleware, type RoundTripper, type TransportOptions } from '@roundtripper/core';
import { retry } from '@roundtripper/retry';
import { trace } from '@roundtripper/trace';
import type { Target } from './client.ts';

/** What a GET through the Transport is measured with, in the order they are shown. The first is what the others are compared with. */
export const COST_NAMES = [
  'plain',
  'plain, again',
  'shared signal',
  'own signal',
  'own signal, unused',
  'header timeout',
  'trace listener',
  'trace',
  'retry',
  'cache',
  'trace, cache, retry',
] as const;

export type CostName = (typeof COST_NAMES)[number];

/** How the variants are described to a reader. */
export const COST_TITLES: Readonly<Record<CostName, string>> = {
  'plain': 'plain: `roundTrip(new HttpRequest(url))`, then `text()`',
  'plain, again': 'the same again: how far two that are alike differ here',
  'shared signal': 'one `AbortSignal` for all requests',
  'own signal': 'an `AbortSignal` for each request',
  'own signal, unused': 'the same, made but not given to the request',
  'header timeout': '`responseHeaderTimeout: 30_000`',
  'trace listener': 'a trace listener on each request',
  'trace': '`trace()` with a hook that does nothing',
  'retry': '`retry()` with nothing to retry',
  'cache': '`cache()` with answers that may not be stored',
  'trace, cache, retry': 'the three together',
};

export interface Variant extends AsyncDisposable {
  /** One exchange, checked. */
  readonly get: () => Promise<void>;
}

/** Opens all variants, each with a Transport of its own. */
export function openVariants(target: Pick<Target, 'url' | 'concurrency' | 'check'>): Readonly<Record<CostName, Variant>> {
  const shared = new AbortController();
  const { url } = target;
  const plainRequest = (): HttpRequest => new HttpRequest(url);
  const through = (...middleware: readonly Middleware[]): Variant => variant(target, {}, plainRequest, middleware);
  return {
    'plain': through(),
    'plain, again': through(),
    'shared signal': variant(target, {}, () => new HttpRequest(url, { signal: shared.signal })),
    'own signal': variant(target, {}, () => new HttpRequest(url, { signal: new AbortController().signal })),
    'own signal, unused': variant(target, {}, () => {
      keepAlive(new AbortController().signal);
      return plainRequest();
    }),
    'header timeout': variant(target, { responseHeaderTimeout: 30_000 }, plainRequest),
    'trace listener': variant(target, {}, () => new HttpRequest(url, { trace: doNothing })),
    'trace': through(trace({ gotConn: doNothing })),
    'retry': through(retry()),
    'cache': through(cache()),
    'trace, cache, retry': through(trace({ gotConn: doNothing }), cache(), retry()),
  };
}

function variant(
  { concurrency, check }: Pick<Target, 'concurrency' | 'check'>,
  options: TransportOptions,
  requestOf: () => HttpRequest,
  middleware: readonly Middleware[] = [],
): Variant {
  const transport = new Transport({ ...options, maxConnsPerHost: concurrency });
  const outermost: RoundTripper = middleware.length === 0 ? transport : compose(...middleware, transport);
  return {
    get: async () => {
      const response = await outermost.roundTrip(requestOf());
      check(response.status, await response.text());
    },
    [Symbol.asyncDispose]: () => transport.close({ graceful: false }),
  };
}

const kept: { last: AbortSignal | undefined } = { last: undefined };

/** So that it is really made: an object that nobody sees may be left out by the compiler. */
function keepAlive(signal: AbortSignal): void {
  kept.last = signal;
}

function doNothing(): void {}
