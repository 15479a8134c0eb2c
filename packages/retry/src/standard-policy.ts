import { backoff, type Backoff } from './backoff.ts';
import { hint } from './hint.ts';
import { mayRepeat, type RepeatRules } from './may-repeat.ts';
import type { RetryDecision, RetryPolicy } from './retry-policy.ts';

/** What the policy that comes with the package is made of. */
export interface StandardRules extends RepeatRules, Backoff {
  readonly maxRetryAfter: number;
}

/**
 * The policy that comes with the package: repeats what may be repeated ({@link mayRepeat}), after a wait at random on top of what the server asks for, and not at all where that is more than
 * `maxRetryAfter` (`hint-too-long`).
 */
export function standardPolicy(rules: StandardRules): RetryPolicy {
  return (attempt, request, outcome, nowMs): RetryDecision => {
    const verdict = mayRepeat(attempt, request, outcome, rules);
    if (verdict.kind === 'stop') return verdict;
    const { reason, onFreshConnection } = verdict;
    const askedMs = (outcome.kind === 'response' ? hint(outcome.response, nowMs) : undefined) ?? 0;
    if (askedMs > rules.maxRetryAfter) return { kind: 'stop', reason: 'hint-too-long' };
    // Not before the time that was asked for, and not all clients at that very moment.
    return { kind: 'again', afterMs: askedMs + backoff(attempt, rules), reason, onFreshConnection };
  };
}
