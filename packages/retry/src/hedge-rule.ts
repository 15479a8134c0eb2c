import { RoundTripError, type HttpRequest, type RoundTripErrorCode } from '@roundtripper/core';

import type { Outcome } from './retry-policy.ts';

/** What may be hedged, and which answers are not good. */
export interface HedgeRules {
  readonly statuses: ReadonlySet<number>;
  readonly methods: ReadonlySet<string>;
}

/**
 * Whether two of the request may be under way at once: its method is one of `methods`, there is no body or it can be opened again, and it asks for no connection of its
 * own (`Upgrade`). An `Idempotency-Key` is not enough: of two at a time the server refuses one (409, draft-ietf-httpapi-idempotency-key-header §2.6).
 */
export function mayHedge({ method, headers, body, signal }: HttpRequest, { methods }: HedgeRules): boolean {
  return methods.has(method) && (body === undefined || body.isReplayable) && signal?.aborted !== true && !headers.has('upgrade');
}

/**
 * What an outcome is worth. `good`: an answer that is not one of `statuses`. `failed`: one that is, or an error that another try need not meet. `hopeless`: an error that every try meets:
 * the caller's mistake, or a decision of this side; and an error that is none of core's, of which nothing is known.
 */
export type Worth = 'good' | 'failed' | 'hopeless';

export function worthOf(outcome: Outcome, { statuses }: HedgeRules): Worth {
  if (outcome.kind === 'response') return statuses.has(outcome.response.status) ? 'failed' : 'good';
  return outcome.error instanceof RoundTripError && !OF_THIS_SIDE.has(outcome.error.code) ? 'failed' : 'hopeless';
}

/** Even a certificate that is not trusted may be met by one try only, where the other has a connection already. */
const OF_THIS_SIDE: ReadonlySet<RoundTripErrorCode> = new Set([
  'transport-closed',
  'address-refused',
  'not-supported',
  'request-body-failed',
  'request-body-length',
]);

/** What is to be done with an outcome: it is the request's, or it is kept until those that are under way have theirs. */
export type HedgeStep = 'take' | 'wait';

/**
 * Whether the request is over with this outcome.
 *
 * | outcome    | others under way | none      |
 * | ---------- | ---------------- | --------- |
 * | `good`     | take             | take      |
 * | `failed`   | wait             | take      |
 * | `hopeless` | take             | take      |
 *
 * A failure with nobody else under way is not answered by another try at once, as gRPC does: that would be a retry without its backoff. It is for `retry()`.
 */
export function stepAfter(worth: Worth, othersUnderWay: number): HedgeStep {
  return worth === 'failed' && othersUnderWay > 0 ? 'wait' : 'take';
}

/** Which of two outcomes of which none is good is handed on: an answer before an error, then the error of the try that sent more, since that says what may have had its effect; then the later. */
export function preferred(held: Outcome, later: Outcome): Outcome {
  return rankOf(held) > rankOf(later) ? held : later;
}

function rankOf(outcome: Outcome): number {
  if (outcome.kind === 'response') return 3;
  if (!(outcome.error instanceof RoundTripError)) return 0;
  return SENT_RANK[outcome.error.sent];
}

const SENT_RANK = { nothing: 0, partial: 1, all: 2 } as const;

/** What speaks for or against one more try, now that the delay is over. */
export interface HedgeFacts {
  /** For how long the origin has asked to be left alone, in milliseconds; 0 where it has not. */
  readonly heldMs: number;
  /** Takes one out of the budget. Asked last: what is taken must be used. */
  readonly withdraw: () => boolean;
}

/** Why there is no further try; `undefined` where there is one. */
export type Withheld = 'origin-on-hold' | 'budget-exhausted';

export function withheldBecause({ heldMs, withdraw }: HedgeFacts): Withheld | undefined {
  if (heldMs > 0) return 'origin-on-hold';
  return withdraw() ? undefined : 'budget-exhausted';
}
