import {
  HttpRequest,
  HttpResponse,
  roundTripper,
  type HttpRequestInit,
  type HttpResponseInit,
  type RoundTripper,
  type TraceEvent,
} from '@roundtripper/core';
import { TestClock } from '@roundtripper/testing';

import { cache, cacheResult, type CacheOptions, type CacheResult, type HttpCache } from '../src/index.ts';
import { STORED_URL } from './stored.ts';

export interface SetUp {
  readonly clock: TestClock;
  readonly httpCache: HttpCache;
  /** What the cache decided, as `decision detail`. */
  readonly decisions: string[];
  readonly send: (init?: HttpRequestInit & { url?: string }) => Promise<HttpResponse>;
}

/** A cache before `next`, on a clock that the test moves. */
export function setUp(next: RoundTripper, options: CacheOptions = {}): SetUp {
  const clock = new TestClock();
  const httpCache = cache({ clock, ...options });
  const client = httpCache(next);
  const decisions: string[] = [];
  const trace = (event: TraceEvent): void => {
    if (event.kind === 'cacheDecision') decisions.push(`${event.decision} ${event.detail}`);
  };
  return {
    clock,
    httpCache,
    decisions,
    send: ({ url = STORED_URL, ...init } = {}) => client.roundTrip(new HttpRequest(url, { trace, ...init })),
  };
}

/** One answer of an {@link origin}. */
export interface Scripted extends HttpResponseInit {
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array> | ReadableStream<Uint8Array> | null;
  /** In place of an answer. */
  readonly error?: unknown;
}

/** A server that answers by a script, the last answer again and again, and remembers what it was asked. */
export function origin(
  ...script: readonly (Scripted | ((request: HttpRequest) => Scripted | Promise<Scripted>))[]
): RoundTripper & { readonly requests: HttpRequest[] } {
  const requests: HttpRequest[] = [];
  const next = roundTripper(async (request) => {
    const step = script[Math.min(requests.length, script.length - 1)] ?? {};
    requests.push(request);
    const { body = null, error, ...init } = typeof step === 'function' ? await step(request) : step;
    const failure: unknown = error;
    return error === undefined ? new HttpResponse(body, { request, ...init }) : Promise.reject(failure);
  });
  return { ...next, requests };
}

/** A promise and what settles it. */
export function gate<T = void>(): { readonly opened: Promise<T>; open(value: T): void } {
  const { promise, resolve } = Promise.withResolvers<T>();
  return { opened: promise, open: resolve };
}

/** A body that comes when the test says so. */
export class ScriptedBody {
  readonly cancelled: unknown[] = [];
  readonly stream: ReadableStream<Uint8Array>;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor() {
    this.stream = new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
      cancel: (reason) => void this.cancelled.push(reason),
    });
  }

  push(bytes: string | Uint8Array): void {
    this.#controller?.enqueue(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
  }

  end(): void {
    this.#controller?.close();
  }

  fail(error: unknown): void {
    this.#controller?.error(error);
  }
}

/** An answer that never comes, but for the request's cancellation. */
export function never(request: HttpRequest): Promise<never> {
  return new Promise((_resolve, reject) => {
    const fail = (): void => {
      const reason: unknown = request.signal?.reason;
      reject(reason);
    };
    if (request.signal?.aborted === true) fail();
    request.signal?.addEventListener('abort', fail, { once: true });
  });
}

/** What the cache says of a response. */
export function told(response: HttpResponse): CacheResult | undefined {
  return response.context.get(cacheResult);
}
