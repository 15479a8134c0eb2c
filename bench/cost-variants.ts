import { cache } from '@roundtripper/cache';
import { compose, HttpRequest, Transport, type Middleware, type RoundTripper, type TransportOptions } from '@roundtripper/core';
import { retry } from '@roundtripper/retry';
import { publishTrace, recordTimings, trace, traceLog } from '@roundtripper/trace';
import type { Target } from './client.ts';

/** What a GET through the Transport is measured with, in the order they are shown. */
export const COST_NAMES = [
  'plain',
  'shared signal',
  'own signal',
  'own signal, unused',
  'header timeout',
  'trace listener',
  'trace',
  'publish',
  'timings',
  'trace log',
  'retry',
  'cache',
  'trace, cache, retry',
] as const;

export type CostName = (typeof COST_NAMES)[number];

/** How the variants are described to a reader. */
export const COST_TITLES: Readonly<Record<CostName, string>> = {
  'plain': 'nothing: how far two that are alike differ here',
  'shared signal': 'one `AbortSignal` for all requests',
  'own signal': 'an `AbortSignal` for each request',
  'own signal, unused': 'the same, made but not given to the request',
  'header timeout': '`responseHeaderTimeout: 30_000`',
  'trace listener': 'a trace listener on each request',
  'trace': '`trace()` with a hook that does nothing',
  'publish': '`publishTrace()` to which nobody has subscribed',
  'timings': '`recordTimings()`',
  'trace log': '`traceLog()`',
  'retry': '`retry()` with nothing to retry',
  'cache': '`cache()` with answers that may not be stored',
  'trace, cache, retry': 'the three together',
};

export function isCostName(name: string): name is CostName {
  return Object.hasOwn(COST_TITLES, name);
}

type VariantTarget = Pick<Target, 'url' | 'concurrency' | 'check'>;

export interface Variant extends AsyncDisposable {
  /** One exchange, checked. */
  readonly get: () => Promise<void>;
}

/** Each has a Transport of its own. */
export function openVariant(name: CostName, target: VariantTarget): Variant {
  return OPENERS[name](target);
}

const OPENERS: Readonly<Record<CostName, (target: VariantTarget) => Variant>> = {
  'plain': (target) => through(target),
  'shared signal': (target) => {
    const { signal } = new AbortController();
    return variant(target, {}, () => new HttpRequest(target.url, { signal }));
  },
  'own signal': (target) => variant(target, {}, () => new HttpRequest(target.url, { signal: new AbortController().signal })),
  'own signal, unused': (target) =>
    variant(target, {}, () => {
      keepAlive(new AbortController().signal);
      return new HttpRequest(target.url);
    }),
  'header timeout': (target) => variant(target, { responseHeaderTimeout: 30_000 }, () => new HttpRequest(target.url)),
  'trace listener': (target) => variant(target, {}, () => new HttpRequest(target.url, { trace: doNothing })),
  'trace': (target) => through(target, trace({ gotConn: doNothing })),
  'publish': (target) => through(target, publishTrace()),
  'timings': (target) => through(target, recordTimings()),
  'trace log': (target) => through(target, traceLog()),
  'retry': (target) => through(target, retry()),
  'cache': (target) => through(target, cache()),
  'trace, cache, retry': (target) => through(target, trace({ gotConn: doNothing }), cache(), retry()),
};

function through(target: VariantTarget, ...middleware: readonly Middleware[]): Variant {
  return variant(target, {}, () => new HttpRequest(target.url), middleware);
}

function variant(
  { concurrency, check }: VariantTarget,
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
