import { freshConnection, type HttpRequest, type HttpResponse, type RoundTripper } from '@roundtripper/core';
import pRetry from 'p-retry';

import { attempts, rememberAttempts } from './attempts.ts';
import { backoff } from './backoff.ts';
import { hint } from './hint.ts';
import { Judge } from './judge.ts';
import type { OriginHolds } from './origin-holds.ts';
import type { Reached } from './reached.ts';
import { RetryError } from './retry-error.ts';
import type { RetrySettings } from './retry-options.ts';
import type { Outcome, RetryDecision } from './retry-policy.ts';
import { TimeLimit } from './time-limit.ts';
import { wait } from './wait.ts';

/** What all requests of one `retry()` share. */
export interface Retrying {
  readonly next: RoundTripper;
  readonly settings: RetrySettings;
  /** Undefined where nobody heeds them. */
  readonly holds: OriginHolds | undefined;
}

type Again = Extract<RetryDecision, { readonly kind: 'again' }>;

/** Where a request stands after an attempt. */
type Step =
  | { readonly kind: 'settled'; readonly outcome: Outcome }
  | { readonly kind: 'again'; readonly outcome: Outcome; readonly decision: Again };

/** One request and its attempts. What is decided is the {@link Judge}'s; p-retry turns the loop from the second attempt on. */
export class Attempts {
  readonly #request: HttpRequest;
  readonly #retrying: Retrying;
  readonly #judge: Judge;
  readonly #startedMs: number;

  constructor(request: HttpRequest, retrying: Retrying) {
    const { clock, budget } = retrying.settings;
    this.#request = request;
    this.#retrying = retrying;
    this.#judge = new Judge(request, retrying.settings);
    this.#startedMs = clock.monotonicMs();
    budget?.deposit(request.target.origin.key, this.#startedMs);
  }

  async run(): Promise<HttpResponse> {
    const first = await this.#attempt(this.#request);
    const { outcome } = first.kind === 'settled' ? first : await this.#repeat(first);
    const { records } = this.#judge;
    if (outcome.kind === 'response') return outcome.response.with({ context: outcome.response.context.with(attempts, records) });
    const error = this.#errorOf(outcome.error);
    rememberAttempts(error, records);
    throw error;
  }

  /** p-retry is told nothing but to go round once more: its own delay knows no Clock, and it has views of its own on errors and signals. */
  #repeat(first: Extract<Step, { readonly kind: 'again' }>): Promise<Step> {
    let last: Step = first;
    const once = async (): Promise<Step> => {
      if (last.kind === 'again') last = await this.#again(last);
      if (last.kind === 'again') throw ONCE_MORE;
      return last;
    };
    return pRetry(once, { retries: Number.POSITIVE_INFINITY, minTimeout: 0, shouldRetry: ({ error }) => error === ONCE_MORE });
  }

  /** The wait, and the attempt after it. Never rejects: what goes wrong is the outcome. */
  async #again({ outcome, decision }: Extract<Step, { readonly kind: 'again' }>): Promise<Step> {
    const { clock } = this.#retrying.settings;
    try {
      if (outcome.kind === 'response') await outcome.response.dispose();
      await wait(decision.afterMs, clock, this.#request.signal);
    } catch (error) {
      return this.#ended(error);
    }
    return this.#attempt(decision.onFreshConnection === true ? onFreshConnection(this.#request) : this.#request);
  }

  async #attempt(request: HttpRequest): Promise<Step> {
    const { holds } = this.#retrying;
    try {
      if (holds !== undefined) await this.#heedHold(holds);
    } catch (error) {
      return this.#ended(error);
    }
    const outcome = await this.#outcome(request);
    if (holds !== undefined && outcome.kind === 'response') this.#noteHold(holds, outcome.response);
    try {
      const decision = this.#judge.decide(outcome, this.#remainingMs());
      return decision.kind === 'stop' ? { kind: 'settled', outcome } : { kind: 'again', outcome, decision };
    } catch (error) {
      // The policy is the caller's own.
      if (outcome.kind === 'response') await outcome.response.dispose();
      return this.#ended(error);
    }
  }

  async #outcome(request: HttpRequest): Promise<Outcome> {
    const limit = this.#limit(request);
    const { next } = this.#retrying;
    try {
      const response = await next.roundTrip(limit?.request ?? request);
      if (limit === undefined) return { kind: 'response', response };
      if (limit.reason === undefined) return { kind: 'response', response: limit.answered(response) };
      // It came as the time ended, and its body has failed.
      await response.dispose();
      return { kind: 'error', error: limit.reason };
    } catch (error) {
      limit?.failed();
      return { kind: 'error', error: limit?.reason ?? error };
    }
  }

  /** The time that one attempt has, where it is limited. */
  #limit(request: HttpRequest): TimeLimit | undefined {
    const { perTryTimeoutMs, clock } = this.#retrying.settings;
    const remainingMs = this.#remainingMs();
    const limitMs = Math.min(perTryTimeoutMs, remainingMs);
    if (limitMs === Number.POSITIVE_INFINITY) return undefined;
    const code = remainingMs <= perTryTimeoutMs ? 'total-timeout' : 'try-timeout';
    const makeError = (reached: Reached): RetryError => timeoutError(code, this.#retrying.settings, request.target.origin.key, reached);
    return new TimeLimit(Math.max(0, limitMs), clock, request, makeError);
  }

  #remainingMs(): number {
    const { totalTimeoutMs, clock } = this.#retrying.settings;
    return totalTimeoutMs === Number.POSITIVE_INFINITY ? totalTimeoutMs : this.#startedMs + totalTimeoutMs - clock.monotonicMs();
  }

  /** @throws RetryError `origin-on-hold` where the origin is to be left alone and that is not to be waited for, or for too long; the signal's reason. */
  async #heedHold(holds: OriginHolds): Promise<void> {
    const { holdOrigin, maxRetryAfter, backoff: rules, clock, random } = this.#retrying.settings;
    const origin = this.#request.target.origin.key;
    const beganMs = clock.monotonicMs();
    for (;;) {
      const nowMs = clock.monotonicMs();
      const heldMs = holds.remainingMs(origin, nowMs);
      if (heldMs === 0) return;
      // Not all that wait at that very moment.
      const delayMs = Math.ceil(heldMs) + backoff({ number: 1, waitedMs: 0, random: random() }, rules);
      // It may have been told to wait for longer meanwhile, and may be again.
      const isTooLong = nowMs - beganMs + heldMs > maxRetryAfter || delayMs >= this.#remainingMs();
      if (holdOrigin === 'fail' || isTooLong) throw onHoldError(origin, heldMs);
      await wait(delayMs, clock, this.#request.signal);
    }
  }

  #noteHold(holds: OriginHolds, response: HttpResponse): void {
    const { clock } = this.#retrying.settings;
    // The Retry-After of other failures is about the resource, or the request.
    const isAboutOrigin = response.status < 400 || response.status === 429 || response.status === 503;
    const askedMs = isAboutOrigin ? hint(response, clock.nowMs()) : undefined;
    if (askedMs !== undefined && askedMs > 0) holds.hold(this.#request.target.origin.key, askedMs, clock.monotonicMs());
  }

  /** No attempt was made, or what it brought cannot be used. */
  #ended(error: unknown): Step {
    this.#request.body?.release(error);
    return { kind: 'settled', outcome: { kind: 'error', error } };
  }

  /** A cancelled request rejects with the reason itself, whatever failed because of it. */
  #errorOf(error: unknown): unknown {
    const { signal } = this.#request;
    return signal?.aborted === true ? signal.reason : error;
  }
}

/** Nobody ever sees it. */
const ONCE_MORE = new Error('to be repeated');

function onFreshConnection(request: HttpRequest): HttpRequest {
  return request.with({ context: request.context.with(freshConnection, true) });
}

function timeoutError(code: 'try-timeout' | 'total-timeout', settings: RetrySettings, origin: string, reached: Reached): RetryError {
  const limit =
    code === 'try-timeout' ? `perTryTimeout of ${settings.perTryTimeoutMs} ms` : `totalTimeout of ${settings.totalTimeoutMs} ms`;
  return new RetryError(`${origin}: no answer within the ${limit}`, { code, ...reached, timeout: true, origin });
}

function onHoldError(origin: string, heldMs: number): RetryError {
  const retryAfterMs = Math.ceil(heldMs);
  const init = { code: 'origin-on-hold', phase: 'queue', sent: 'nothing', origin, retryAfterMs } as const;
  return new RetryError(`${origin}: asks to be left alone for ${retryAfterMs} ms more`, init);
}
