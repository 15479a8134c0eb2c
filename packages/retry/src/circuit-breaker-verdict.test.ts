import { HttpResponse, RoundTripError, type RoundTripErrorCode } from '@roundtripper/core';
import { expect, test } from 'vitest';

import type { CircuitVerdict } from './circuit-breaker-state.ts';
import { verdictOf } from './circuit-breaker-verdict.ts';
import { RetryError, type RetryErrorCode } from './retry-error.ts';

const statuses = new Set([500, 503]);

test.for<[number, CircuitVerdict]>([
  [200, 'success'],
  [404, 'success'],
  [429, 'success'],
  [501, 'success'],
  [500, 'failure'],
  [503, 'failure'],
])('an answer of %i is a %s', ([status, verdict]) => {
  expect(verdictOf({ kind: 'response', response: new HttpResponse(null, { status }) }, statuses)).toBe(verdict);
});

test.for<[RoundTripErrorCode, CircuitVerdict]>([
  ['dns-failed', 'failure'],
  ['dial-failed', 'failure'],
  ['connection-reset', 'failure'],
  ['header-timeout', 'failure'],
  ['malformed-response', 'failure'],
  ['stream-refused', 'failure'],
  ['queue-full', 'ignored'],
  ['pool-timeout', 'ignored'],
  ['address-refused', 'ignored'],
  ['transport-closed', 'ignored'],
  ['not-supported', 'ignored'],
  ['request-body-failed', 'ignored'],
  ['request-body-length', 'ignored'],
  ['body-disposed', 'ignored'],
  ['response-dropped', 'ignored'],
])('%s counts as %s', ([code, verdict]) => {
  const error = new RoundTripError('failed', { code, phase: 'request', sent: 'all' });
  expect(verdictOf({ kind: 'error', error }, statuses)).toBe(verdict);
});

test.for<[RetryErrorCode, CircuitVerdict]>([
  ['try-timeout', 'failure'],
  ['total-timeout', 'failure'],
  ['circuit-open', 'ignored'],
  ['rate-limited', 'ignored'],
  ['origin-on-hold', 'ignored'],
])('%s of this package counts as %s', ([code, verdict]) => {
  const error = new RetryError('failed', { code, phase: 'queue', sent: 'nothing' });
  expect(verdictOf({ kind: 'error', error }, statuses)).toBe(verdict);
});

test.for<[string, unknown, CircuitVerdict]>([
  ['the end of an AbortSignal.timeout', new DOMException('too late', 'TimeoutError'), 'failure'],
  ['a cancelled request', new DOMException('enough', 'AbortError'), 'ignored'],
  ['a mistake of the caller’s', new TypeError('no'), 'ignored'],
  ['what is no error at all', 'enough', 'ignored'],
])('%s is counted right', ([, error, verdict]) => expect(verdictOf({ kind: 'error', error }, statuses)).toBe(verdict));
