import { RoundTripError, type RoundTripErrorCode } from '@roundtripper/core';

import type { CircuitVerdict } from './circuit-breaker-state.ts';
import { RetryError, type RetryErrorCode } from './retry-error.ts';
import type { Outcome } from './retry-policy.ts';

/**
 * What an outcome says of the server. An answer is a `success` unless its status is one of `statuses`: who answers 404 or 429 is there. An error is a `failure`
 * where the server, or the way to it, is the cause, also when it took longer than a limit: the Transport's, `retry()`'s or that of an `AbortSignal.timeout`. All else is `ignored`: what the caller has cancelled or did wrong, and
 * what was refused on this side.
 */
export function verdictOf(outcome: Outcome, statuses: ReadonlySet<number>): CircuitVerdict {
  if (outcome.kind === 'response') return statuses.has(outcome.response.status) ? 'failure' : 'success';
  const { error } = outcome;
  if (error instanceof RoundTripError) return OURS.has(error.code) ? 'ignored' : 'failure';
  if (error instanceof RetryError) return TOO_LATE.has(error.code) ? 'failure' : 'ignored';
  return error instanceof DOMException && error.name === 'TimeoutError' ? 'failure' : 'ignored';
}

/** Errors that say nothing of the server. */
const OURS: ReadonlySet<RoundTripErrorCode> = new Set([
  'queue-full',
  'pool-timeout',
  'address-refused',
  'transport-closed',
  'not-supported',
  'request-body-failed',
  'request-body-length',
  'body-disposed',
  'response-dropped',
]);

const TOO_LATE: ReadonlySet<RetryErrorCode> = new Set(['try-timeout', 'total-timeout']);
