import type { HttpRequest } from '@roundtripper/core';

import { backoff } from './backoff.ts';
import { retryAfter } from './retry-after.ts';
import type { RetryPolicy } from './retry-options.ts';
import { shouldRetry, type Outcome } from './should-retry.ts';

/** What is to be done after an attempt: hand its outcome over as it is, or wait and repeat. */
export type NextStep = { readonly kind: 'settle' } | { readonly kind: 'repeat'; readonly delayMs: number };

const SETTLE: NextStep = { kind: 'settle' };

/** Everything known when an attempt has ended. */
export interface Attempted {
  /** 1 for the first. */
  readonly attempt: number;
  readonly request: HttpRequest;
  readonly outcome: Outcome;
  /** Wall-clock time. */
  readonly nowMs: number;
}

/** The whole policy: whether to repeat, and after how long. */
export function nextStep({ attempt, request, outcome, nowMs }: Attempted, policy: RetryPolicy): NextStep {
  if (attempt > policy.retries || !shouldRetry(request, outcome, policy)) return SETTLE;
  const askedMs = (outcome.kind === 'response' ? retryAfter(outcome.response.headers, nowMs) : undefined) ?? 0;
  if (askedMs > policy.maxRetryAfter) return SETTLE;
  // Not before the time that was asked for, and not all clients at that very moment.
  return { kind: 'repeat', delayMs: askedMs + backoff(attempt, policy) };
}
