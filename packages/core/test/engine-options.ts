import type { Clock } from '../src/contract/clock.ts';
import { DEFAULT_BODY_LIMITS } from '../src/contract/incoming-body.ts';
import { DEFAULT_RESPONSE_LIMITS, type Http1Options } from '../src/h1/http1-options.ts';

/** What a Transport tells its connections where nothing else is said; but nothing is limited in time, and nobody waits for a turn of the event loop. */
export function engineOptions(clock: Clock, options: Partial<Http1Options> = {}): Http1Options {
  return {
    clock,
    afterPoll: (callback) => callback(),
    isKeepAliveDisabled: false,
    forward: undefined,
    responseHeaderTimeoutMs: 0,
    expectContinueTimeoutMs: 1_000,
    bodyIdleTimeoutMs: 0,
    maxBodyBytes: Infinity,
    ...DEFAULT_BODY_LIMITS,
    maxUnsentBytes: 262_144,
    maxDrainBytes: 262_144,
    maxDrainTimeMs: 50,
    response: DEFAULT_RESPONSE_LIMITS,
    ...options,
  };
}
