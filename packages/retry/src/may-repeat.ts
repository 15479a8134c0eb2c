import { RoundTripError, type HttpRequest } from '@roundtripper/core';

import { isTransient } from './is-transient.ts';
import { RetryError } from './retry-error.ts';
import type { Attempt, Outcome } from './retry-policy.ts';

/** What may be repeated. */
export interface RepeatRules {
  readonly statuses: ReadonlySet<number>;
  readonly methods: ReadonlySet<string>;
}

/**
 * Whether a request may be sent again after an outcome, and why.
 *
 * Not to be repeated: `answered` (nothing is wrong), `other-status` (a failure that is not in `statuses`), `cancelled`, `body-not-replayable`, `not-idempotent` (the server may have
 * carried it out), `lasting-error` (the next attempt would end likewise), `unknown-error` (none of core's: nothing is known of it), `misdirected-again` (a 421 on a fresh connection, too), `out-of-time`
 * (`totalTimeout` is over), `origin-on-hold`.
 * To be repeated: `status`, `transient-error`, `nothing-sent` (whatever the method), `too-early` (425) and `misdirected` (421), of which the server says that it has not carried them out.
 */
export type Verdict =
  | { readonly kind: 'stop'; readonly reason: StopReason }
  | { readonly kind: 'repeat'; readonly reason: RepeatReason; readonly onFreshConnection: boolean };

type StopReason =
  | 'answered'
  | 'other-status'
  | 'cancelled'
  | 'body-not-replayable'
  | 'not-idempotent'
  | 'lasting-error'
  | 'unknown-error'
  | 'misdirected-again'
  | 'out-of-time'
  | 'origin-on-hold';

type RepeatReason = 'status' | 'transient-error' | 'nothing-sent' | 'too-early' | 'misdirected';

const ANSWERED: Verdict = { kind: 'stop', reason: 'answered' };

export function mayRepeat(attempt: Attempt, request: HttpRequest, outcome: Outcome, rules: RepeatRules): Verdict {
  if (outcome.kind === 'response' && !rules.statuses.has(outcome.response.status)) {
    return outcome.response.status < 400 ? ANSWERED : stop('other-status');
  }
  if (request.signal?.aborted === true) return stop('cancelled');
  if (request.body !== undefined && !request.body.isReplayable) return stop('body-not-replayable');
  return outcome.kind === 'response'
    ? afterStatus(outcome.response.status, attempt, request, rules)
    : afterError(outcome.error, request, rules);
}

function afterStatus(status: number, attempt: Attempt, request: HttpRequest, rules: RepeatRules): Verdict {
  // RFC 9110 §15.5.20: whatever the method, over a different connection.
  if (status === 421) return attempt.isOnFreshConnection ? stop('misdirected-again') : repeat('misdirected', true);
  // RFC 8470 §5.2: the server did not want to risk it. None of our requests goes out as early data, but an intermediary's may have.
  if (status === 425) return repeat('too-early');
  return isHarmlessTwice(request, rules) ? repeat('status') : stop('not-idempotent');
}

function afterError(error: unknown, request: HttpRequest, rules: RepeatRules): Verdict {
  if (error instanceof RetryError) return afterOurOwn(error, request, rules);
  // A TypeError is the caller's mistake, and of errors that are not ours nothing is known.
  if (!(error instanceof RoundTripError)) return stop('unknown-error');
  if (!isTransient(error)) return stop('lasting-error');
  if (error.sent === 'nothing') return repeat('nothing-sent');
  return isHarmlessTwice(request, rules) ? repeat('transient-error') : stop('not-idempotent');
}

function afterOurOwn({ code, sent }: RetryError, request: HttpRequest, rules: RepeatRules): Verdict {
  switch (code) {
    case 'try-timeout':
      if (sent === 'nothing') return repeat('nothing-sent');
      return isHarmlessTwice(request, rules) ? repeat('transient-error') : stop('not-idempotent');
    case 'total-timeout':
      return stop('out-of-time');
    case 'origin-on-hold':
      return stop('origin-on-hold');
    default:
      return stop('lasting-error');
  }
}

/** The key that lets a server tell a request from its repetition, by both of the names in use, as in Go. */
function isHarmlessTwice({ method, headers }: HttpRequest, { methods }: RepeatRules): boolean {
  return methods.has(method) || headers.has('idempotency-key') || headers.has('x-idempotency-key');
}

function stop(reason: StopReason): Verdict {
  return { kind: 'stop', reason };
}

function repeat(reason: RepeatReason, onFreshConnection = false): Verdict {
  return { kind: 'repeat', reason, onFreshConnection };
}
