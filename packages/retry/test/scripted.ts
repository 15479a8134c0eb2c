import {
  HttpRequest,
  HttpResponse,
  RoundTripError,
  roundTripper,
  type HttpRequestInit,
  type RoundTripper,
  type TraceEvent,
} from '@roundtripper/core';
import { TestClock } from '@roundtripper/testing';

import { retry, type RetryOptions } from '../src/index.ts';

export type Answer = HttpResponse | Error | ((request: HttpRequest) => HttpResponse | Promise<HttpResponse>);

/** Answers in this order, and again and again with the last. */
export function scripted(...answers: readonly Answer[]): RoundTripper & { readonly calls: HttpRequest[] } {
  const calls: HttpRequest[] = [];
  const next = roundTripper(async (request) => {
    const answer = answers[Math.min(calls.length, answers.length - 1)];
    calls.push(request);
    if (answer instanceof Error) throw answer;
    return typeof answer === 'function' ? answer(request) : (answer ?? new HttpResponse());
  });
  return { ...next, calls };
}

/** Says nothing until the request's signal is aborted. */
export function silence({ signal }: HttpRequest): Promise<HttpResponse> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(reasonOf(signal)), { once: true });
  });
}

function reasonOf({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

export function busy(headers: Record<string, string> = {}, status = 503): () => HttpResponse {
  return () => new HttpResponse('busy', { status, headers });
}

export function failure(code: 'connection-reset' | 'dial-failed' | 'queue-full' | 'truncated' = 'connection-reset'): RoundTripError {
  return new RoundTripError('failed', { code, phase: 'connect', sent: code === 'dial-failed' ? 'nothing' : 'all' });
}

export interface SetUp {
  readonly clock: TestClock;
  readonly events: TraceEvent[];
  readonly send: (init?: HttpRequestInit, url?: string) => Promise<HttpResponse>;
}

/** `retry()` over `next`, with a clock of its own and the longest waits, and with every event kept. */
export function setUp(next: RoundTripper, options: RetryOptions = {}): SetUp {
  const clock = new TestClock();
  const events: TraceEvent[] = [];
  const client = retry({ clock, random: () => 1, ...options })(next);
  const send = (init: HttpRequestInit = {}, url = 'http://example.com/'): Promise<HttpResponse> =>
    client.roundTrip(new HttpRequest(url, { trace: (event) => events.push(event), ...init }));
  return { clock, events, send };
}

/** For `catch`: what was thrown, as it is. */
export function itself(error: unknown): unknown {
  return error;
}

/** All that comes, in one piece. */
export async function gather(chunks: AsyncIterable<Uint8Array> | null): Promise<Buffer> {
  const copies: Uint8Array[] = [];
  for await (const chunk of chunks ?? []) copies.push(chunk.slice());
  return Buffer.concat(copies);
}
