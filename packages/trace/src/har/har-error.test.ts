import { RoundTripError, type Phase, type RoundTripErrorCode } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { harError } from './har-error.ts';

function failure(code: RoundTripErrorCode, phase: Phase, cause?: unknown): RoundTripError {
  return new RoundTripError('what was seen', { code, phase, sent: 'nothing', cause });
}

function caused(code: string): Error {
  return Object.assign(new Error(code), { code });
}

test.for([
  [failure('dns-failed', 'dns', caused('ENOTFOUND')), 'net::ERR_NAME_NOT_RESOLVED'],
  [failure('dial-failed', 'connect', caused('ECONNREFUSED')), 'net::ERR_CONNECTION_REFUSED'],
  [failure('dial-failed', 'connect', new AggregateError([caused('ENETUNREACH'), caused('ETIMEDOUT')])), 'net::ERR_CONNECTION_TIMED_OUT'],
  [failure('dial-failed', 'connect', new Error('another', { cause: caused('EHOSTUNREACH') })), 'net::ERR_ADDRESS_UNREACHABLE'],
  [failure('dial-failed', 'connect'), 'net::ERR_CONNECTION_FAILED'],
  [failure('dial-timeout', 'connect'), 'net::ERR_CONNECTION_TIMED_OUT'],
  [failure('tls-failed', 'tls', caused('ERR_TLS_CERT_ALTNAME_INVALID')), 'net::ERR_CERT_COMMON_NAME_INVALID'],
  [failure('tls-failed', 'tls', caused('CERT_HAS_EXPIRED')), 'net::ERR_CERT_DATE_INVALID'],
  [failure('tls-failed', 'tls', caused('EPROTO')), 'net::ERR_SSL_PROTOCOL_ERROR'],
  [failure('connection-reset', 'response-head', caused('ECONNRESET')), 'net::ERR_CONNECTION_RESET'],
  [failure('response-limit', 'response-head'), 'net::ERR_RESPONSE_HEADERS_TOO_BIG'],
  [failure('response-limit', 'response-body'), 'net::ERR_FAILED'],
  [failure('header-timeout', 'response-head'), 'net::ERR_TIMED_OUT'],
  [failure('truncated', 'response-body'), 'net::ERR_CONNECTION_CLOSED'],
] as const)('%o is told as %s', ([error, name]) => {
  expect(harError(error)).toEqual({ _error: name, _errorCode: error.code, _errorPhase: error.phase, _errorMessage: 'what was seen' });
});

test('of errors that are not ours only the kind is told', () => {
  expect(harError(new Error('a secret'))).toEqual({ _error: 'net::ERR_FAILED' });
  expect(harError('a secret')).toEqual({ _error: 'net::ERR_FAILED' });
  expect(harError(new DOMException('a secret', 'AbortError'))).toEqual({ _error: 'net::ERR_ABORTED' });
  expect(harError(new DOMException('a secret', 'TimeoutError'))).toEqual({ _error: 'net::ERR_TIMED_OUT' });
  expect(harError('a secret', AbortSignal.abort('a secret'))).toEqual({ _error: 'net::ERR_ABORTED' });
  expect(harError('another', AbortSignal.abort('a secret'))).toEqual({ _error: 'net::ERR_FAILED' });
});
