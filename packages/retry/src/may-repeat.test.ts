import { HttpRequest, HttpResponse, RoundTripError, type HttpRequestInit, type RoundTripErrorCode, type Sent } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { mayRepeat, type RepeatRules } from './may-repeat.ts';
import { RetryError, type RetryErrorCode } from './retry-error.ts';
import type { Attempt, Outcome } from './retry-policy.ts';

const rules: RepeatRules = {
  statuses: new Set([408, 421, 425, 429, 500, 502, 503, 504]),
  methods: new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'QUERY']),
};
const first: Attempt = { number: 1, waitedMs: 0, remainingMs: Number.POSITIVE_INFINITY, random: 0, isOnFreshConnection: false };
const request = (init: HttpRequestInit = {}): HttpRequest => new HttpRequest('http://example.com/', init);
const stream = (): AsyncIterable<string> => ReadableStream.from(['x']);
const answer = (status: number): Outcome => ({ kind: 'response', response: new HttpResponse(null, { status }) });

/** The verdict's reason, with a plus where the request is repeated. */
function verdict(one: HttpRequest, outcome: Outcome, attempt: Attempt = first, by: RepeatRules = rules): string {
  const { kind, reason } = mayRepeat(attempt, one, outcome, by);
  return kind === 'repeat' ? `+${reason}` : reason;
}

function failure(code: RoundTripErrorCode, sent: Sent = 'all', cause?: string): RoundTripError {
  const init = { code, phase: 'response-head', sent } as const;
  return new RoundTripError('failed', cause === undefined ? init : { ...init, cause: Object.assign(new Error(cause), { code: cause }) });
}

test.for([
  [200, 'answered', 'answered'],
  [206, 'answered', 'answered'],
  [304, 'answered', 'answered'],
  [400, 'other-status', 'other-status'],
  [404, 'other-status', 'other-status'],
  [501, 'other-status', 'other-status'],
  [599, 'other-status', 'other-status'],
  [408, '+status', 'not-idempotent'],
  [429, '+status', 'not-idempotent'],
  [500, '+status', 'not-idempotent'],
  [502, '+status', 'not-idempotent'],
  [503, '+status', 'not-idempotent'],
  [504, '+status', 'not-idempotent'],
  [421, '+misdirected', '+misdirected'],
  [425, '+too-early', '+too-early'],
] as const)('status %i: a GET is %s, a POST %s', ([status, get, post]) => {
  expect(verdict(request(), answer(status))).toBe(get);
  expect(verdict(request({ method: 'POST', body: 'x' }), answer(status))).toBe(post);
});

test('a 421 is repeated on a fresh connection, and not after that', () => {
  expect(mayRepeat(first, request(), answer(421), rules)).toMatchObject({ onFreshConnection: true });
  expect(mayRepeat(first, request(), answer(503), rules)).toMatchObject({ onFreshConnection: false });
  expect(verdict(request(), answer(421), { ...first, isOnFreshConnection: true })).toBe('misdirected-again');
});

const key = { 'Idempotency-Key': '"8e03978e"' };

test.for<[string, HttpRequestInit, 'yes' | 'not-idempotent' | 'body-not-replayable' | 'cancelled', boolean]>([
  ['GET', {}, 'yes', true],
  ['HEAD', { method: 'HEAD' }, 'yes', true],
  ['OPTIONS', { method: 'OPTIONS' }, 'yes', true],
  ['TRACE', { method: 'TRACE' }, 'yes', true],
  ['PUT', { method: 'PUT', body: 'x' }, 'yes', true],
  ['DELETE', { method: 'DELETE' }, 'yes', true],
  ['QUERY', { method: 'QUERY', body: 'x' }, 'yes', true],
  ['POST', { method: 'POST', body: 'x' }, 'not-idempotent', true],
  ['PATCH', { method: 'PATCH', body: 'x' }, 'not-idempotent', true],
  ['a method of nobody’s', { method: 'FROBNICATE' }, 'not-idempotent', true],
  ['a method in another case', { method: 'query' }, 'not-idempotent', true],
  ['POST with Idempotency-Key', { method: 'POST', body: 'x', headers: key }, 'yes', true],
  ['POST with X-Idempotency-Key', { method: 'POST', body: 'x', headers: { 'X-Idempotency-Key': 'k' } }, 'yes', true],
  ['PUT of a stream', { method: 'PUT', body: stream() }, 'body-not-replayable', false],
  ['POST of a stream with Idempotency-Key', { method: 'POST', body: stream(), headers: key }, 'body-not-replayable', false],
  ['PUT of a function', { method: 'PUT', body: stream }, 'yes', true],
  ['a cancelled GET', { signal: AbortSignal.abort() }, 'cancelled', false],
])('%s', ([, init, afterSending, afterNothing]) => {
  const one = request(init);
  const transient = afterSending === 'yes' ? '+transient-error' : afterSending;
  expect(verdict(one, answer(503))).toBe(afterSending === 'yes' ? '+status' : afterSending);
  expect(verdict(one, { kind: 'error', error: failure('connection-reset', 'all') })).toBe(transient);
  expect(verdict(one, { kind: 'error', error: failure('connection-reset', 'partial') })).toBe(transient);
  expect(verdict(one, { kind: 'error', error: failure('dial-failed', 'nothing') })).toBe(afterNothing ? '+nothing-sent' : afterSending);
  one.body?.release();
});

test.for<[RoundTripErrorCode, string | undefined, boolean]>([
  ['dial-failed', 'ECONNREFUSED', true],
  ['dial-timeout', undefined, true],
  ['tls-timeout', undefined, true],
  ['stale-connection', undefined, true],
  ['connection-closed', undefined, true],
  ['connection-reset', undefined, true],
  ['stream-refused', undefined, true],
  ['server-goaway', undefined, true],
  ['header-timeout', undefined, true],
  ['truncated', undefined, true],
  ['dns-failed', 'EAI_AGAIN', true],
  ['dns-failed', 'ENOTFOUND', false],
  ['dns-failed', undefined, false],
  ['tls-failed', 'ECONNRESET', true],
  ['tls-failed', 'CERT_HAS_EXPIRED', false],
  ['tls-failed', 'ERR_TLS_CERT_ALTNAME_INVALID', false],
  ['queue-full', undefined, false],
  ['transport-closed', undefined, false],
  ['malformed-response', undefined, false],
  ['response-limit', undefined, false],
  ['request-body-failed', undefined, false],
  ['request-body-length', undefined, false],
  ['body-disposed', undefined, false],
  ['response-dropped', undefined, false],
])('%s (%s): %s', ([code, cause, expected]) => {
  const of = (sent: Sent): string => verdict(request(), { kind: 'error', error: failure(code, sent, cause) });
  expect([of('nothing'), of('all')]).toEqual(expected ? ['+nothing-sent', '+transient-error'] : ['lasting-error', 'lasting-error']);
});

test.for<[RetryErrorCode, string, string]>([
  ['try-timeout', '+transient-error', 'not-idempotent'],
  ['total-timeout', 'out-of-time', 'out-of-time'],
  ['origin-on-hold', 'origin-on-hold', 'origin-on-hold'],
  ['resume-changed', 'lasting-error', 'lasting-error'],
])('our own %s: a GET is %s, a POST %s', ([code, get, post]) => {
  const outcome: Outcome = { kind: 'error', error: new RetryError('failed', { code, phase: 'response-head', sent: 'all' }) };
  expect([verdict(request(), outcome), verdict(request({ method: 'POST' }), outcome)]).toEqual([get, post]);
});

test.for([
  new TypeError('a mistake'),
  new TypeError('fetch failed'),
  new Error('something'),
  new DOMException('aborted', 'AbortError'),
  'a string',
  undefined,
  { code: 'connection-reset', sent: 'nothing' },
])('%o is no error of ours, and not repeated', (error) => expect(verdict(request(), { kind: 'error', error })).toBe('unknown-error'));

test('other methods and statuses can be chosen', () => {
  const chosen: RepeatRules = { methods: new Set(['POST']), statuses: new Set([500]) };
  expect(verdict(request({ method: 'POST' }), answer(500), first, chosen)).toBe('+status');
  expect(verdict(request({ method: 'POST' }), answer(503), first, chosen)).toBe('other-status');
  expect(verdict(request(), answer(500), first, chosen)).toBe('not-idempotent');
});
