import { emit, roundTripper, type HttpRequest, type HttpResponse, type Middleware, type RoundTripper } from '@roundtripper/core';

import { resolveCircuitBreakerOptions, type CircuitBreakerOptions, type CircuitBreakerSettings } from './circuit-breaker-options.ts';
import { CLOSED, transition, type Circuit, type CircuitEvent, type CircuitVerdict } from './circuit-breaker-state.ts';
import { verdictOf } from './circuit-breaker-verdict.ts';
import { OriginMap } from './origin-map.ts';
import { RetryError } from './retry-error.ts';
import type { Outcome } from './retry-policy.ts';

/** A circuit, as it is to be seen. */
export type CircuitState =
  /** Requests pass. */
  | { readonly kind: 'closed'; readonly failuresInRow: number }
  /** None pass for `retryAfterMs` milliseconds more. */
  | { readonly kind: 'open'; readonly retryAfterMs: number }
  /** A few pass: `underWay` of them have no answer yet, `succeeded` went well. */
  | { readonly kind: 'half-open'; readonly underWay: number; readonly succeeded: number };

/** A middleware with a circuit for each origin. Chains that are composed with the same one share them. */
export interface CircuitBreaker extends Middleware {
  /** The circuit of an origin, like `https://example.com`; or of a key, where `key` makes others. */
  state(origin: string): CircuitState;
}

/**
 * Sends nothing to an origin of which too many requests have failed: it is given time, and callers an answer at once. Then a few requests are let through and, when they go well, all.
 *
 * A request that is refused fails with `circuit-open`, which says when one is let through again, and that nothing was sent. What counts as a failure is decided at the head of the response; a body
 * that fails later does not count. There are no timers: time is looked at when a request comes. List it after `retry()`, so that each attempt counts and is refused, and after
 * `hedge()`; put a limit of time inside it, or an answer that never comes is never a failure.
 *
 * @throws TypeError naming each option that is unknown or invalid.
 */
export function circuitBreaker(options: CircuitBreakerOptions = {}): CircuitBreaker {
  const settings = resolveCircuitBreakerOptions(options);
  const circuits = new OriginMap<BreakingCircuit>(settings.maxKeys);
  const circuitOf = (key: string): BreakingCircuit => {
    const known = circuits.get(key);
    if (known !== undefined) return known;
    const made = new BreakingCircuit(key, settings);
    circuits.set(key, made);
    return made;
  };
  const middleware: Middleware = (next) =>
    roundTripper(async (request) => {
      const key = keyOf(request, settings.key);
      return circuitOf(key).roundTrip(request, next);
    });
  return Object.assign(middleware, { state: (origin: string) => (circuits.get(origin) ?? new BreakingCircuit(origin, settings)).state() });
}

function keyOf(request: HttpRequest, key: (request: HttpRequest) => string): string {
  try {
    return key(request);
  } catch (error) {
    request.body?.release(error);
    throw error;
  }
}

/** One circuit: does what {@link transition} decides. */
class BreakingCircuit {
  readonly #key: string;
  readonly #settings: CircuitBreakerSettings;
  #circuit: Circuit = CLOSED;
  /** How often it has become another kind: what was let through before says nothing of now. */
  #generation = 0;

  constructor(key: string, settings: CircuitBreakerSettings) {
    this.#key = key;
    this.#settings = settings;
  }

  state(): CircuitState {
    const circuit = this.#circuit;
    switch (circuit.kind) {
      case 'closed':
        return { kind: 'closed', failuresInRow: circuit.counts.inRow };
      case 'open':
        return { kind: 'open', retryAfterMs: this.#retryAfterMs() };
      case 'half-open':
        return { kind: 'half-open', underWay: circuit.underWay, succeeded: circuit.succeeded };
    }
  }

  async roundTrip(request: HttpRequest, next: RoundTripper): Promise<HttpResponse> {
    if (!this.#tell({ kind: 'ask' }, request)) throw this.#refuse(request);
    const generation = this.#generation;
    const outcome = await outcomeOf(request, next);
    let verdict: CircuitVerdict = 'ignored';
    try {
      verdict = this.#verdictOf(outcome);
    } catch (error) {
      if (outcome.kind === 'response') await outcome.response.dispose();
      throw error;
    } finally {
      if (generation === this.#generation) this.#tell({ kind: 'end', verdict }, request);
    }
    if (outcome.kind === 'error') throw outcome.error;
    return outcome.response;
  }

  #verdictOf(outcome: Outcome): CircuitVerdict {
    const standard = verdictOf(outcome, this.#settings.statuses);
    return this.#settings.verdict?.(outcome, standard) ?? standard;
  }

  /** @returns whether a request that asks may pass. */
  #tell(event: CircuitEvent, request: HttpRequest): boolean {
    const { rules, clock } = this.#settings;
    const from = this.#circuit.kind;
    const { circuit, isAdmitted } = transition(this.#circuit, event, rules, clock.monotonicMs());
    this.#circuit = circuit;
    if (circuit.kind !== from) {
      this.#generation += 1;
      this.#announce(from, request);
    }
    return isAdmitted;
  }

  #announce(from: Circuit['kind'], { trace, target }: HttpRequest): void {
    const to = this.#circuit.kind;
    const change = { from, to, ...(to === 'open' ? { retryAfterMs: this.#retryAfterMs() } : {}) };
    const event = { kind: 'circuitChange', origin: target.origin.key, ...change } as const;
    emit(trace, event);
    // As a listener of requests is told: what it throws or rejects with is its own.
    emit(() => this.#settings.onStateChange?.({ key: this.#key, ...change }), event);
  }

  #refuse(request: HttpRequest): RetryError {
    const origin = request.target.origin.key;
    const retryAfterMs = this.#retryAfterMs();
    const error = new RetryError(
      `${origin}: too many requests have failed; the next is let through in ${retryAfterMs} ms at the earliest`,
      {
        code: 'circuit-open',
        phase: 'queue',
        sent: 'nothing',
        origin,
        retryAfterMs,
      },
    );
    emit(request.trace, { kind: 'refused', by: 'circuitBreaker', error });
    request.body?.release(error);
    return error;
  }

  #retryAfterMs(): number {
    const nowMs = this.#settings.clock.monotonicMs();
    return Math.max(0, Math.ceil(nextAdmissionMs(this.#circuit, nowMs) - nowMs));
  }
}

/** When a request that is refused now may pass. */
function nextAdmissionMs(circuit: Circuit, nowMs: number): number {
  switch (circuit.kind) {
    case 'closed':
      return nowMs;
    case 'open':
      return circuit.untilMs;
    case 'half-open':
      return circuit.nextProbeMs;
  }
}

async function outcomeOf(request: HttpRequest, next: RoundTripper): Promise<Outcome> {
  try {
    return { kind: 'response', response: await next.roundTrip(request) };
  } catch (error) {
    return { kind: 'error', error };
  }
}
