import { RoundTripError, type RoundTripErrorCode } from '@roundtripper/core';

import type { HarResponse } from './har-format.ts';

/**
 * What a request failed with, in Chrome's words and in our own. Of errors that are not ours only their kind is told: their messages may say anything.
 * @param signal The request's: what it was aborted with is the error.
 */
export function harError(
  error: unknown,
  signal?: AbortSignal,
): Pick<HarResponse, '_error' | '_errorCode' | '_errorPhase' | '_errorMessage'> {
  if (!(error instanceof RoundTripError)) return { _error: `net::${foreignError(error, signal)}` };
  return { _error: `net::${chromeError(error)}`, _errorCode: error.code, _errorPhase: error.phase, _errorMessage: error.message };
}

function foreignError(error: unknown, signal: AbortSignal | undefined): string {
  const name = error instanceof Error ? error.name : '';
  if (name === 'TimeoutError') return 'ERR_TIMED_OUT';
  const isAborted = signal?.aborted === true && Object.is(error, signal.reason);
  return isAborted || name === 'AbortError' ? 'ERR_ABORTED' : 'ERR_FAILED';
}

function chromeError(error: RoundTripError): string {
  const { code } = error;
  if (code === 'dial-failed' || code === 'tls-failed') return CAUSES[systemCode(error.cause)] ?? CODES[code];
  if (code === 'response-limit' && error.phase === 'response-head') return 'ERR_RESPONSE_HEADERS_TOO_BIG';
  return CODES[code];
}

/** Of the error itself or, where several addresses were tried, of the last. */
function systemCode(cause: unknown): string {
  if (cause instanceof AggregateError) return systemCode(cause.errors.at(-1));
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return cause instanceof Error && cause.cause !== undefined ? systemCode(cause.cause) : '';
}

/** Chromium's net/base/net_error_list.h: the nearest there is. */
const CODES: Readonly<Record<RoundTripErrorCode, string>> = {
  'queue-full': 'ERR_INSUFFICIENT_RESOURCES',
  'pool-timeout': 'ERR_TIMED_OUT',
  'dns-failed': 'ERR_NAME_NOT_RESOLVED',
  'address-refused': 'ERR_BLOCKED_BY_CLIENT',
  'dial-failed': 'ERR_CONNECTION_FAILED',
  'dial-timeout': 'ERR_CONNECTION_TIMED_OUT',
  'tls-failed': 'ERR_SSL_PROTOCOL_ERROR',
  'tls-timeout': 'ERR_TIMED_OUT',
  'proxy-refused': 'ERR_TUNNEL_CONNECTION_FAILED',
  'proxy-failed': 'ERR_PROXY_CONNECTION_FAILED',
  'proxy-timeout': 'ERR_TIMED_OUT',
  'transport-closed': 'ERR_CONTEXT_SHUT_DOWN',
  'stale-connection': 'ERR_CONNECTION_CLOSED',
  'connection-closed': 'ERR_CONNECTION_CLOSED',
  'connection-reset': 'ERR_CONNECTION_RESET',
  'ping-timeout': 'ERR_HTTP2_PING_FAILED',
  'stream-reset': 'ERR_HTTP2_PROTOCOL_ERROR',
  'stream-refused': 'ERR_HTTP2_SERVER_REFUSED_STREAM',
  'server-goaway': 'ERR_CONNECTION_CLOSED',
  'not-supported': 'ERR_FAILED',
  'header-timeout': 'ERR_TIMED_OUT',
  'malformed-response': 'ERR_INVALID_HTTP_RESPONSE',
  'response-limit': 'ERR_FAILED',
  'request-body-failed': 'ERR_FAILED',
  'request-body-length': 'ERR_FAILED',
  'body-timeout': 'ERR_TIMED_OUT',
  'truncated': 'ERR_CONNECTION_CLOSED',
  'body-disposed': 'ERR_ABORTED',
  'response-dropped': 'ERR_ABORTED',
};

/** By the `code` of what Node failed with. */
const CAUSES: Readonly<Partial<Record<string, string>>> = {
  ECONNREFUSED: 'ERR_CONNECTION_REFUSED',
  ECONNRESET: 'ERR_CONNECTION_RESET',
  ETIMEDOUT: 'ERR_CONNECTION_TIMED_OUT',
  EHOSTUNREACH: 'ERR_ADDRESS_UNREACHABLE',
  ENETUNREACH: 'ERR_ADDRESS_UNREACHABLE',
  CERT_HAS_EXPIRED: 'ERR_CERT_DATE_INVALID',
  CERT_NOT_YET_VALID: 'ERR_CERT_DATE_INVALID',
  CERT_REVOKED: 'ERR_CERT_REVOKED',
  ERR_TLS_CERT_ALTNAME_INVALID: 'ERR_CERT_COMMON_NAME_INVALID',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'ERR_CERT_AUTHORITY_INVALID',
  SELF_SIGNED_CERT_IN_CHAIN: 'ERR_CERT_AUTHORITY_INVALID',
  UNABLE_TO_GET_ISSUER_CERT: 'ERR_CERT_AUTHORITY_INVALID',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'ERR_CERT_AUTHORITY_INVALID',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'ERR_CERT_AUTHORITY_INVALID',
};
