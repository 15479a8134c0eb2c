import { emit, roundTripper, type HttpRequest, type Middleware, type Timer } from '@roundtripper/core';

import { KeyedStates } from './keyed-states.ts';
import { refill, take, waitMs, type Bucket } from './rate-limit-bucket.ts';
import { resolveRateLimitOptions, type RateLimitOptions, type RateLimitSettings } from './rate-limit-options.ts';
import { RetryError } from './retry-error.ts';
import { WaitingLine } from './waiting-line.ts';

/** What a rate limit has left. */
export interface RateLimitState {
  /** How many requests could go now, with fractions. */
  readonly tokens: number;
  readonly waiting: number;
}

/** A middleware that lets requests through at a rate. Chains that are composed with the same one share it. */
export interface RateLimit extends Middleware {
  /** What is left for an origin, like `https://example.com`; or for a key, where `key` makes others. */
  state(origin: string): RateLimitState;
}

/**
 * Lets `rate` requests through in `per` milliseconds, for each origin: for a server whose quota is known. What is too much waits its turn, first come, first served, or fails
 * with `rate-limited`, which says when there would be room, and that nothing was sent.
 *
 * It counts requests, not answers: what was let through has used its token, whatever becomes of it. A timer runs only while requests wait. List it after `retry()`, so that each attempt counts.
 *
 * @throws TypeError naming each option that is unknown, invalid or missing.
 */
export function rateLimit(options: RateLimitOptions): RateLimit {
  const settings = resolveRateLimitOptions(options);
  const limiters = new KeyedStates<Limiter>({
    maxKeys: settings.maxKeys,
    make: () => new Limiter(settings),
    isAtRest: (limiter) => limiter.isAtRest,
  });
  const middleware: Middleware = (next) =>
    roundTripper(async (request) => {
      try {
        await limiters.of(settings.key(request)).enter(request);
      } catch (error) {
        request.body?.release(error);
        throw error;
      }
      return next.roundTrip(request);
    });
  return Object.assign(middleware, { state: (origin: string) => (limiters.get(origin) ?? new Limiter(settings)).state() });
}

/** One bucket, and who waits for it. */
class Limiter {
  readonly #settings: RateLimitSettings;
  readonly #line = new WaitingLine();
  #bucket: Bucket;
  /** For the next token, while somebody waits for it. */
  #timer: Timer | undefined;

  constructor(settings: RateLimitSettings) {
    this.#settings = settings;
    this.#bucket = { tokens: settings.rules.burst, atMs: settings.clock.monotonicMs() };
  }

  get isAtRest(): boolean {
    return this.#line.size === 0 && this.#refilled().tokens >= this.#settings.rules.burst;
  }

  state(): RateLimitState {
    return { tokens: Math.max(0, this.#refilled().tokens), waiting: this.#line.size };
  }

  /**
   * Resolves once the request may go.
   * @throws RetryError `rate-limited`; the signal's reason.
   */
  async enter(request: HttpRequest): Promise<void> {
    if (this.#line.size === 0 && this.#take()) return;
    const { signal } = request;
    signal?.throwIfAborted();
    const { maxQueue, maxWaitMs, clock, rules } = this.#settings;
    const expectedMs = waitMs(this.#refilled(), this.#line.size, rules);
    if (this.#line.size >= maxQueue || expectedMs > maxWaitMs) throw refusal(request, Math.ceil(expectedMs));
    emit(request.trace, { kind: 'limitWaitStart', by: 'rateLimit', ahead: this.#line.size });
    const entered = this.#line.wait({ signal, clock, onLeave: () => this.#onLeave() });
    this.#startTimer();
    try {
      await entered;
      emit(request.trace, { kind: 'limitWaitEnd', by: 'rateLimit' });
    } catch (error) {
      emit(request.trace, { kind: 'limitWaitEnd', by: 'rateLimit', error });
      throw error;
    }
  }

  #refilled(): Bucket {
    return refill(this.#bucket, this.#settings.rules, this.#settings.clock.monotonicMs());
  }

  #take(): boolean {
    const refilled = this.#refilled();
    const left = take(refilled);
    this.#bucket = left ?? refilled;
    return left !== undefined;
  }

  #startTimer(): void {
    if (this.#timer !== undefined || this.#line.size === 0) return;
    const { clock, rules } = this.#settings;
    this.#timer = clock.after(Math.ceil(waitMs(this.#refilled(), 0, rules)), () => {
      this.#timer = undefined;
      while (this.#line.size > 0 && this.#take()) this.#line.letIn();
      this.#startTimer();
    });
  }

  #onLeave(): void {
    if (this.#line.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}

function refusal(request: HttpRequest, retryAfterMs: number): RetryError {
  const origin = request.target.origin.key;
  const init = { code: 'rate-limited', phase: 'queue', sent: 'nothing', origin, retryAfterMs } as const;
  const error = new RetryError(`${origin}: too many requests; there is room in ${retryAfterMs} ms`, init);
  emit(request.trace, { kind: 'refused', by: 'rateLimit', error });
  return error;
}
