import {
  contextKey,
  emit,
  roundTripper,
  type ContextKey,
  type HttpRequest,
  type HttpResponse,
  type Middleware,
  type RoundTripper,
} from '@roundtripper/core';
import pRetry from 'p-retry';

import { nextStep } from './next-step.ts';
import { resolveOptions, type RetryOptions, type RetryPolicy } from './retry-options.ts';
import type { Outcome } from './should-retry.ts';
import { wait } from './wait.ts';

/** Under this key the context of a response says how many attempts it took: 1 where the first one did. */
export const attempts: ContextKey<number> = contextKey('attempts');

/**
 * Sends a request again when that is safe and there is hope: after a failure that passes by itself, or a status that says "not now".
 *
 * It is safe when the method is idempotent or there is an `Idempotency-Key`, and the body is absent or can be opened again; a failure before anything was
 * sent may be repeated whatever the method. Between attempts it waits at random up to a growing limit, and as long as `Retry-After` asks for.
 * When the attempts are used up, the last response is returned as it is, or the last error thrown as it is.
 *
 * It does not cover the response body: that fails as it would without. Nor does it limit the time of it all: the request's signal does.
 *
 * @throws TypeError naming each option that is unknown or invalid.
 */
export function retry(options: RetryOptions = {}): Middleware {
  const policy = resolveOptions(options);
  return (next) => roundTripper((request) => new Attempts(request, next, policy).run());
}

/** One request and its attempts. p-retry turns the loop; what it would decide by itself (delays, TypeErrors, signals) is decided here. */
class Attempts {
  readonly #request: HttpRequest;
  readonly #next: RoundTripper;
  readonly #policy: RetryPolicy;

  constructor(request: HttpRequest, next: RoundTripper, policy: RetryPolicy) {
    this.#request = request;
    this.#next = next;
    this.#policy = policy;
  }

  async run(): Promise<HttpResponse> {
    const { attempt, outcome } = await pRetry((number) => this.#attempt(number), {
      retries: this.#policy.retries,
      // Its own delay knows no Clock; the wait is ours.
      minTimeout: 0,
      onFailedAttempt: ({ error }) => this.#prepareNext(error),
    });
    if (outcome.kind === 'error') throw this.#errorOf(outcome.error);
    const { response } = outcome;
    return response.with({ context: response.context.with(attempts, attempt) });
  }

  /** @throws Unsettled where it is to be repeated. Whatever else may be thrown is an outcome: p-retry has views of its own on errors. */
  async #attempt(attempt: number): Promise<Settled> {
    const outcome = await this.#outcome();
    const step = nextStep({ attempt, request: this.#request, outcome, nowMs: this.#policy.clock.nowMs() }, this.#policy);
    if (step.kind === 'settle') return { attempt, outcome };
    throw new Unsettled(outcome, attempt, step.delayMs);
  }

  async #outcome(): Promise<Outcome> {
    try {
      return { kind: 'response', response: await this.#next.roundTrip(this.#request) };
    } catch (error) {
      return { kind: 'error', error };
    }
  }

  /** Between two attempts. What it throws ends them, untouched. */
  async #prepareNext(unsettled: Error): Promise<void> {
    if (!(unsettled instanceof Unsettled)) throw unsettled;
    const { outcome, attempt, delayMs } = unsettled;
    try {
      if (outcome.kind === 'response') await outcome.response.dispose();
      const cause = outcome.kind === 'response' ? { status: outcome.response.status } : { error: outcome.error };
      emit(this.#request.trace, { kind: 'retry', attempt: attempt + 1, delayMs, ...cause });
      await wait(delayMs, this.#policy.clock, this.#request.signal);
    } catch (error) {
      this.#request.body?.release(error);
      throw error;
    }
  }

  /** A cancelled request rejects with the reason itself, whatever failed because of it. */
  #errorOf(error: unknown): unknown {
    const { signal } = this.#request;
    return signal?.aborted === true ? signal.reason : error;
  }
}

interface Settled {
  readonly attempt: number;
  readonly outcome: Outcome;
}

/** Tells p-retry to go round once more. Nobody else ever sees it. */
class Unsettled extends Error {
  readonly outcome: Outcome;
  readonly attempt: number;
  readonly delayMs: number;

  constructor(outcome: Outcome, attempt: number, delayMs: number) {
    super('to be repeated');
    this.outcome = outcome;
    this.attempt = attempt;
    this.delayMs = delayMs;
  }
}
