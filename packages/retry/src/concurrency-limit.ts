import { emit, roundTripper, type HttpRequest, type HttpResponse, type Middleware, type RoundTripper } from '@roundtripper/core';

import { whenBodyEnds } from './body-end.ts';
import { SelfSetLimit } from './concurrency-limit-adaptive.ts';
import {
  resolveConcurrencyLimitOptions,
  type ConcurrencyLimitOptions,
  type ConcurrencyLimitSettings,
} from './concurrency-limit-options.ts';
import { KeyedStates } from './keyed-states.ts';
import { RetryError, type RetryErrorInit } from './retry-error.ts';
import type { Outcome } from './retry-policy.ts';
import { WaitingLine } from './waiting-line.ts';

/** How much of a limit is used. */
export interface ConcurrencyLimitState {
  readonly limit: number;
  /** Requests that were let through, up to the end of their responses' bodies. */
  readonly inFlight: number;
  readonly waiting: number;
}

/** A middleware that limits how many requests are under way. Chains that are composed with the same one share it. */
export interface ConcurrencyLimit extends Middleware {
  /** How much is used of an origin, like `https://example.com`; or of a key, where `key` makes others. */
  state(origin: string): ConcurrencyLimitState;
}

/**
 * Lets at most `limit` requests be under way at once, for each origin: up to the end of the response's body, its failure or its disposal. What is too much waits its turn, first come, first
 * served, or fails with `concurrency-limited` (too many wait) or `concurrency-timeout`, and nothing was sent. The Transport's `maxConnsPerHost` limits connections; this
 * limits requests, also where many share one (HTTP/2), and of one middleware's users only.
 *
 * With an adaptive limit it is found out how many the server can do at once ({@link AdaptiveLimit}), by how long it takes to the head of its answers. A response that is neither read nor
 * disposed of holds its place until it is collected as garbage. List it after `retry()`: what waits for a repeat is not under way.
 *
 * @throws TypeError naming each option that is unknown, invalid or missing.
 */
export function concurrencyLimit(options: ConcurrencyLimitOptions): ConcurrencyLimit {
  const settings = resolveConcurrencyLimitOptions(options);
  const limiters = new KeyedStates<Limiter>({
    maxKeys: settings.maxKeys,
    make: () => new Limiter(settings),
    isAtRest: (limiter) => limiter.isAtRest,
  });
  const middleware: Middleware = (next) =>
    roundTripper(async (request) => {
      let limiter: Limiter;
      try {
        limiter = limiters.of(settings.key(request));
        await limiter.enter(request);
      } catch (error) {
        request.body?.release(error);
        throw error;
      }
      return limiter.roundTrip(request, next);
    });
  return Object.assign(middleware, { state: (origin: string) => (limiters.get(origin) ?? new Limiter(settings)).state() });
}

/** One limit, and who waits for room. */
class Limiter {
  readonly #settings: ConcurrencyLimitSettings;
  readonly #line = new WaitingLine();
  readonly #selfSet: SelfSetLimit | undefined;
  #inFlight = 0;

  constructor(settings: ConcurrencyLimitSettings) {
    this.#settings = settings;
    this.#selfSet = settings.limiting.kind === 'adaptive' ? new SelfSetLimit(settings.limiting) : undefined;
  }

  /** Of one that finds itself what it found is forgotten then: the price of a bound. */
  get isAtRest(): boolean {
    return this.#inFlight === 0 && this.#line.size === 0;
  }

  state(): ConcurrencyLimitState {
    return { limit: this.#limit, inFlight: this.#inFlight, waiting: this.#line.size };
  }

  /**
   * Resolves once the request has a place, which is taken then: {@link roundTrip} must follow.
   * @throws RetryError `concurrency-limited`, `concurrency-timeout`; the signal's reason.
   */
  async enter(request: HttpRequest): Promise<void> {
    // Where there is room nobody waits.
    if (this.#inFlight < this.#limit) {
      this.#take();
      return;
    }
    request.signal?.throwIfAborted();
    const { maxQueue } = this.#settings;
    if (this.#line.size >= maxQueue) {
      const error = refusal(request, 'concurrency-limited', `${this.#inFlight} requests are under way and ${this.#line.size} wait`);
      emit(request.trace, { kind: 'refused', by: 'concurrencyLimit', error });
      throw error;
    }
    await this.#wait(request);
  }

  /** The exchange, with a place that was taken. */
  async roundTrip(request: HttpRequest, next: RoundTripper): Promise<HttpResponse> {
    const { clock } = this.#settings;
    const begunMs = clock.monotonicMs();
    let outcome: Outcome;
    try {
      outcome = { kind: 'response', response: await next.roundTrip(request) };
    } catch (error) {
      outcome = { kind: 'error', error };
    }
    this.#selfSet?.note(outcome, begunMs, clock.monotonicMs());
    this.#letIn();
    if (outcome.kind === 'response') return whenBodyEnds(outcome.response, request, () => this.#giveBack());
    this.#giveBack();
    throw outcome.error;
  }

  async #wait(request: HttpRequest): Promise<void> {
    const { clock, queueTimeoutMs } = this.#settings;
    const makeError = (): Error => refusal(request, 'concurrency-timeout', `no place within the queueTimeout of ${queueTimeoutMs} ms`);
    emit(request.trace, { kind: 'limitWaitStart', by: 'concurrencyLimit', ahead: this.#line.size });
    try {
      await this.#line.wait({
        signal: request.signal,
        clock,
        limit: queueTimeoutMs === 0 ? undefined : { ms: queueTimeoutMs, makeError },
      });
      emit(request.trace, { kind: 'limitWaitEnd', by: 'concurrencyLimit' });
    } catch (error) {
      emit(request.trace, { kind: 'limitWaitEnd', by: 'concurrencyLimit', error });
      throw error;
    }
  }

  get #limit(): number {
    const { limiting } = this.#settings;
    return this.#selfSet?.limit ?? (limiting.kind === 'fixed' ? limiting.limit : limiting.initial);
  }

  #take(): void {
    this.#inFlight += 1;
    this.#selfSet?.noteInFlight(this.#inFlight);
  }

  #giveBack(): void {
    this.#inFlight -= 1;
    this.#letIn();
  }

  /** Their places are taken for them, before anybody else can come. */
  #letIn(): void {
    while (this.#inFlight < this.#limit && this.#line.letIn()) this.#take();
  }
}

function refusal(request: HttpRequest, code: 'concurrency-limited' | 'concurrency-timeout', detail: string): RetryError {
  const origin = request.target.origin.key;
  const init: RetryErrorInit = { code, phase: 'queue', sent: 'nothing', origin, timeout: code === 'concurrency-timeout' };
  return new RetryError(`${origin}: ${detail}`, init);
}
