import { cache } from '@roundtripper/cache';
import { compose, HttpRequest, Transport, type Middleware, type RoundTripper, type TransportOptions } from '@roundtripper/core';
import { retry } from '@roundtripper/retry';
import { publishTrace, recordTimings, trace, traceLog } from '@roundtripper/trace';
import type { BenchClient, Target } from './client.ts';
import { openNodeHttp } from './clients/node-http.ts';
import { openUndiciRequest } from './clients/undici-request.ts';
import type { Variant } from './variant.ts';

/** What a GET through the Transport is measured with, in the order they are shown; and others' telemetry beside ours. */
export const COST_NAMES = [
  'plain',
  'shared signal',
  'own signal',
  'own signal, unused',
  'own signal, listened to',
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
  'trace, cache, retry',
] as const;

export type CostName = (typeof COST_NAMES)[number];

/** How the variants are described to a reader. */
export const COST_TITLES: Readonly<Record<CostName, string>> = {
  'plain': 'nothing: how far two that are alike differ here',
  'shared signal': 'one `AbortSignal` for all requests',
  'own signal': 'an `AbortSignal` for each request',
  'own signal, unused': 'the same, made but not given to the request',
  'own signal, listened to': 'the same, with a listener that is put on and taken off: what Node takes for that',
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
  'trace, cache, retry': '`trace()`, `cache()` with answers that may not be stored, and `retry()`',
};

export function isCostName(name: string): name is CostName {
  return Object.hasOwn(COST_TITLES, name);
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
  'own signal, listened to': openListened,
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
  'trace, cache, retry': (target) => through(target, trace({ gotConn: doNothing }), cache(), retry()),
};

function through(target: Target, ...middleware: readonly Middleware[]): Variant {
  return variant(target, {}, () => new HttpRequest(target.url), middleware);
}

function plainly(client: BenchClient): Variant {
  return { get: () => client.get(), [Symbol.asyncDispose]: () => client.close() };
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

/** What no client can be cheaper than that hears of a signal and leaves no listener on it. Not around {@link variant}: the promise of one more async function would be measured too. */
function openListened({ url, concurrency, check }: Target): Variant {
  const transport = new Transport({ maxConnsPerHost: concurrency });
  return {
    get: async () => {
      const { signal } = new AbortController();
      signal.addEventListener('abort', doNothing);
      const response = await transport.roundTrip(new HttpRequest(url));
      check(response.status, await response.text());
      signal.removeEventListener('abort', doNothing);
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
