import { RoundTripError, type HttpRequest, type HttpResponse, type RoundTripErrorCode } from '@roundtripper/core';

/** What came of one attempt. */
export type Outcome = { readonly kind: 'response'; readonly response: HttpResponse } | { readonly kind: 'error'; readonly error: unknown };

/** What may be repeated. */
export interface RepeatRules {
  readonly statuses: ReadonlySet<number>;
  readonly methods: ReadonlySet<string>;
}

/**
 * Whether the request may, and is worth to, be sent again after `outcome`.
 *
 * It may when a second time does no harm: the method is idempotent, or an `Idempotency-Key` lets the server tell, or the first
 * time nothing was sent; and when there is no body or it can be opened again. A cancelled request is never repeated.
 */
export function shouldRetry(request: HttpRequest, outcome: Outcome, rules: RepeatRules): boolean {
  if (request.signal?.aborted === true) return false;
  if (request.body !== undefined && !request.body.isReplayable) return false;
  if (outcome.kind === 'response') return rules.statuses.has(outcome.response.status) && isHarmlessTwice(request, rules);
  const { error } = outcome;
  // A TypeError is the caller's mistake, and of errors that are not ours nothing is known.
  if (!(error instanceof RoundTripError) || !isTransient(error)) return false;
  return error.sent === 'nothing' || isHarmlessTwice(request, rules);
}

function isHarmlessTwice(request: HttpRequest, { methods }: RepeatRules): boolean {
  return methods.has(request.method) || request.headers.has('idempotency-key');
}

/** Whether the next attempt may well end otherwise. */
function isTransient(error: RoundTripError): boolean {
  switch (PROSPECTS[error.code]) {
    case 'transient':
      return true;
    case 'depends on cause':
      return TRANSIENT_CAUSES.has(systemCode(error.cause));
    default:
      return false;
  }
}

type Prospect = 'transient' | 'lasting' | 'depends on cause';

const PROSPECTS: Readonly<Record<RoundTripErrorCode, Prospect>> = {
  'dial-failed': 'transient',
  'dial-timeout': 'transient',
  'tls-timeout': 'transient',
  'proxy-failed': 'transient',
  'proxy-timeout': 'transient',
  'pool-timeout': 'transient',
  'stale-connection': 'transient',
  'connection-closed': 'transient',
  'connection-reset': 'transient',
  'ping-timeout': 'transient',
  'stream-reset': 'transient',
  'stream-refused': 'transient',
  'server-goaway': 'transient',
  'header-timeout': 'transient',
  'body-timeout': 'transient',
  'truncated': 'transient',
  // A name that does not exist and a certificate that is not trusted stay so; a resolver that is busy and a handshake that was cut off do not.
  'dns-failed': 'depends on cause',
  'tls-failed': 'depends on cause',
  // Somebody decided that there is too much of this already, that it is over, or that it is not to be.
  'queue-full': 'lasting',
  'transport-closed': 'lasting',
  'address-refused': 'lasting',
  'proxy-refused': 'lasting',
  // The server would say the same again.
  'malformed-response': 'lasting',
  'response-limit': 'lasting',
  'not-supported': 'lasting',
  // The caller's own.
  'request-body-failed': 'lasting',
  'request-body-length': 'lasting',
  'body-disposed': 'lasting',
};

const TRANSIENT_CAUSES: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ESERVFAIL',
  'ETIMEOUT',
  'ETIMEDOUT',
  'ECONNRESET',
  'ECONNABORTED',
  'ECONNREFUSED',
  'EPIPE',
]);

function systemCode(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}
