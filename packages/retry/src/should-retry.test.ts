import { HttpRequest, HttpResponse, RoundTripError, type HttpRequestInit, type RoundTripErrorCode, type Sent } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { resolveOptions } from './retry-options.ts';
import { shouldRetry } from './should-retry.ts';

const rules = resolveOptions({});
const request = (init: HttpRequestInit = {}): HttpRequest => new HttpRequest('http://example.com/', init);
const stream = (): AsyncIterable<string> => ReadableStream.from(['x']);

function failure(code: RoundTripErrorCode, sent: Sent = 'all', cause?: string): RoundTripError {
  const init = { code, phase: 'response-head', sent } as const;
  return new RoundTripError('failed', cause === undefined ? init : { ...init, cause: Object.assign(new Error(cause), { code: cause }) });
}

test.for([
  [200, false],
  [304, false],
  [400, false],
  [404, false],
  [408, true],
  [425, false],
  [429, true],
  [500, false],
  [501, false],
  [502, true],
  [503, true],
  [504, true],
  [599, false],
] as const)('status %i: %s', ([status, expected]) => {
  expect(shouldRetry(request(), { kind: 'response', response: new HttpResponse(null, { status }) }, rules)).toBe(expected);
});

const key = { 'Idempotency-Key': '"8e03978e"' };

test.for<[string, HttpRequestInit, boolean, boolean]>([
  ['GET', {}, true, true],
  ['HEAD', { method: 'HEAD' }, true, true],
  ['OPTIONS', { method: 'OPTIONS' }, true, true],
  ['TRACE', { method: 'TRACE' }, true, true],
  ['PUT', { method: 'PUT', body: 'x' }, true, true],
  ['DELETE', { method: 'DELETE' }, true, true],
  ['QUERY', { method: 'QUERY', body: 'x' }, true, true],
  ['POST', { method: 'POST', body: 'x' }, false, true],
  ['PATCH', { method: 'PATCH', body: 'x' }, false, true],
  ['a method of nobody’s', { method: 'FROBNICATE' }, false, true],
  ['a method in another case', { method: 'query' }, false, true],
  ['POST with Idempotency-Key', { method: 'POST', body: 'x', headers: key }, true, true],
  ['PUT of a stream', { method: 'PUT', body: stream() }, false, false],
  ['POST of a stream with Idempotency-Key', { method: 'POST', body: stream(), headers: key }, false, false],
  ['PUT of a function', { method: 'PUT', body: stream }, true, true],
  ['a cancelled GET', { signal: AbortSignal.abort() }, false, false],
])('%s', ([, init, afterSending, afterNothing]) => {
  const one = request(init);
  const response = { kind: 'response', response: new HttpResponse(null, { status: 503 }) } as const;
  expect(shouldRetry(one, response, rules)).toBe(afterSending);
  expect(shouldRetry(one, { kind: 'error', error: failure('connection-reset', 'all') }, rules)).toBe(afterSending);
  expect(shouldRetry(one, { kind: 'error', error: failure('connection-reset', 'partial') }, rules)).toBe(afterSending);
  expect(shouldRetry(one, { kind: 'error', error: failure('dial-failed', 'nothing') }, rules)).toBe(afterNothing);
  one.body?.release();
});

test.for<[RoundTripErrorCode, string | undefined, boolean]>([
  ['dial-failed', 'ECONNREFUSED', true],
  ['dial-timeout', undefined, true],
  ['tls-timeout', undefined, true],
  ['stale-connection', undefined, true],
  ['connection-closed', undefined, true],
  ['connection-reset', undefined, true],
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
])('%s (%s): %s', ([code, cause, expected]) => {
  for (const sent of ['nothing', 'all'] as const) {
    expect(shouldRetry(request(), { kind: 'error', error: failure(code, sent, cause) }, rules)).toBe(expected);
  }
});

test.for([
  new TypeError('a mistake'),
  new TypeError('fetch failed'),
  new Error('something'),
  new DOMException('aborted', 'AbortError'),
  'a string',
  undefined,
  { code: 'connection-reset', sent: 'nothing' },
])('%o is no error of ours, and not repeated', (error) => expect(shouldRetry(request(), { kind: 'error', error }, rules)).toBe(false));

test('other methods and statuses can be chosen', () => {
  const chosen = resolveOptions({ methods: ['POST'], statuses: [500] });
  const of = (status: number) => ({ kind: 'response', response: new HttpResponse(null, { status }) }) as const;
  expect(shouldRetry(request({ method: 'POST' }), of(500), chosen)).toBe(true);
  expect(shouldRetry(request({ method: 'POST' }), of(503), chosen)).toBe(false);
  expect(shouldRetry(request(), of(500), chosen)).toBe(false);
});
