import { cache } from '@roundtripper/cache';
import { compose, HttpRequest, Transport, type Middleware, type RoundTripper, type TransportOptions } from '@roundtripper/core';
import { retry } from '@roundtripper/retry';
import { publishTrace, recordTimings, trace, traceLog } from '@roundtripper/trace';
import { Agent, interceptors, request } from 'undici';
import { STORABLE_PATH } from './answers.ts';
import type { BenchClient, Target } from './client.ts';
import { openNodeHttp } from './clients/node-http.ts';
import { openUndiciRequest } from './clients/undici-request.ts';

/** What a GET through the Transport is measured with, in the order they are shown; and others' telemetry beside ours. */
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
  'OpenTelemetry',
  'OpenTelemetry: undici',
  'OpenTelemetry: node:http',
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
  'publish': '`publishTrace()` to which nobody has subscribed',
  'timings': '`recordTimings()`',
  'trace log': '`traceLog()`',
  'OpenTelemetry': '`openTelemetry()`: the SDK, a span, eight metrics',
  'OpenTelemetry: undici': '`undici.request` with `instrumentation-undici`: a span, one metric; against itself without',
  'OpenTelemetry: node:http': '`node:http` with `instrumentation-http`: the same',
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

export interface Variant extends AsyncDisposable {
  /** One exchange, checked. */
  readonly get: () => Promise<void>;
  /** Called before its windows, where the process has to be changed for it. */
  readonly turnOn?: () => void;
  /** Called after them. */
  readonly turnOff?: () => void;
}

/** Each has a client of its own. */
export async function openVariant(name: CostName, target: Target): Promise<Variant> {
  return OPENERS[name](target);
}

/** What a variant takes turns with: a plain GET through the Transport but where the variant is of another client. */
export function openPlain(name: CostName, target: Target): Variant {
  switch (name) {
    case 'OpenTelemetry: undici':
      return plainly(openUndiciRequest(target));
    case 'OpenTelemetry: node:http':
      return plainly(openNodeHttp(target));
    default:
      return through(target);
  }
}

const OPENERS: Readonly<Record<CostName, (target: Target) => Variant | Promise<Variant>>> = {
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
  // Loaded where they are wanted: that takes longer than what the others are measured for.
  'OpenTelemetry': async (target) => (await import('./otel-variants.ts')).openOtelTransport(target),
  'OpenTelemetry: undici': async (target) => (await import('./otel-variants.ts')).openOtelUndici(target),
  'OpenTelemetry: node:http': async (target) => (await import('./otel-variants.ts')).openOtelNodeHttp(target),
  'retry': (target) => through(target, retry()),
  'cache': (target) => through(target, cache()),
  'new URLs': (target) => variant(target, {}, requestsOfNewUrls(target)),
  'cache, stored': (target) => variant(target, {}, requestsOfNewUrls(target), [cache()]),
  'cache, hit': (target) => variant(target, {}, () => new HttpRequest(storableUrl(target)), [cache()]),
  'undici cache, hit': undiciHits,
  'trace, cache, retry': (target) => through(target, trace({ gotConn: doNothing }), cache(), retry()),
};

function through(target: Target, ...middleware: readonly Middleware[]): Variant {
  return variant(target, {}, () => new HttpRequest(target.url), middleware);
}

function plainly(client: BenchClient): Variant {
  return { get: () => client.get(), [Symbol.asyncDispose]: () => client.close() };
}

function storableUrl({ url }: Target): string {
  return new URL(STORABLE_PATH, url).href;
}

function requestsOfNewUrls(target: Target): () => HttpRequest {
  const url = storableUrl(target);
  let made = 0;
  return () => {
    made += 1;
    return new HttpRequest(`${url}?${made}`);
  };
}

function undiciHits(target: Target): Variant {
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
  { concurrency, check }: Target,
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
