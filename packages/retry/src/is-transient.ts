import type { RoundTripError, RoundTripErrorCode } from '@roundtripper/core';

/** Whether the next attempt may well end otherwise. */
export function isTransient(error: RoundTripError): boolean {
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
  'response-dropped': 'lasting',
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
