import type { HttpRequest } from '@roundtripper/core';

import type { Attempt, RetryDecision } from './retry-policy.ts';

/**
 * What a policy decided, held to what none may go beyond: `attempts-used-up` (there were `retries` already), `body-not-replayable` (there is nothing left to send), `out-of-time` (after the wait nothing would
 * be left of `totalTimeout`), `cancelled`.
 * @throws TypeError when it is no decision.
 */
export function withinLimits(decision: RetryDecision, attempt: Attempt, request: HttpRequest, retries: number): RetryDecision {
  if (decision.kind === 'stop') return decision;
  if (decision.kind !== 'again' || !(decision.afterMs >= 0 && decision.afterMs < Number.POSITIVE_INFINITY)) throw notADecision();
  if (request.signal?.aborted === true) return { kind: 'stop', reason: 'cancelled' };
  if (request.body !== undefined && !request.body.canOpen) return { kind: 'stop', reason: 'body-not-replayable' };
  if (attempt.number > retries) return { kind: 'stop', reason: 'attempts-used-up' };
  if (decision.afterMs >= attempt.remainingMs) return { kind: 'stop', reason: 'out-of-time' };
  return decision;
}

function notADecision(): TypeError {
  return new TypeError(
    `a retry policy must return { kind: 'stop', reason } or { kind: 'again', afterMs, reason }, with afterMs a finite number of at least 0`,
  );
}
