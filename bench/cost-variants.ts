import { cache } from '@roundtripper/cache';
import { compose, HttpRequest, Transport, type Middleware, type RoundTripper, type TransportOptions } from '@roundtripper/core';
import { retry } from '@roundtripper/retry';
import { trace } from '@roundtripper/trace';
import { Agent, interceptors, request } from 'undici';
import { STORABLE_PATH } from './answers.ts';
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
  'retry',
  'cache',
  'new URLs',
  'cache, stored',
  'cache, hit',
  'undici cache, hit',
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
  'retry': '`retry()` with nothing to retry',
  'cache': '`cache()` with answers that may not be stored',
  'new URLs': 'a URL of its own for each request, and no cache',
  'cache, stored': '`cache()`, the same, and every answer stored',
  'cache, hit': '`cache()`, answered from memory',
  'undici cache, hit': "undici's cache interceptor in place of the Transport, answered from memory",
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
  'retry': (target) => through(target, retry()),
  'cache': (target) => through(target, cache()),
  'new URLs': (target) => variant(target, {}, requestsOfNewUrls(target)),
  'cache, stored': (target) => variant(target, {}, requestsOfNewUrls(target), [cache()]),
  'cache, hit': (target) => variant(target, {}, () => new HttpRequest(storableUrl(target)), [cache()]),
  'undici cache, hit': undiciHits,
  'trace, cache, retry': (target) => through(target, trace({ gotConn: doNothing }), cache(), retry()),
};

function through(target: VariantTarget, ...middleware: readonly Middleware[]): Variant {
  return variant(target, {}, () => new HttpRequest(target.url), middleware);
}

function storableUrl({ url }: VariantTarget): string {
  return new URL(STORABLE_PATH, url).href;
}

function requestsOfNewUrls(target: VariantTarget): () => HttpRequest {
  const url = storableUrl(target);
  let made = 0;
  return () => {
    made += 1;
    return new HttpRequest(`${url}?${made}`);
  };
}

function undiciHits(target: VariantTarget): Variant {
  const agent = new Agent({ connections: target.concurrency });
  const dispatcher = agent.compose(interceptors.cache());
  const url = storableUrl(target);
  return {
    get: async () => {
      const { statusCode, body } = await request(url, { dispatcher });
      target.check(statusCode, await body.text());
    },
    [Symbol.asyncDispose]: () => agent.destroy(),
  };
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
