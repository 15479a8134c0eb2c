import { expect, test } from 'vitest';

import { HttpRequest, type HttpRequestInit } from '../contract/http-request.ts';
import { RoundTripError, type RoundTripErrorCode, type Sent } from '../contract/round-trip-error.ts';
import { delayAfterRefusal, mayResend, type FailedAttempt } from './resend.ts';

const REUSED: FailedAttempt['lease'] = { isReused: true, wasIdle: true };
const HANDED_OVER: FailedAttempt['lease'] = { isReused: true, wasIdle: false };
const DONATED: FailedAttempt['lease'] = { isReused: false, wasIdle: true };
const FRESH: FailedAttempt['lease'] = { isReused: false, wasIdle: false };

interface Row {
  readonly fact: string;
  readonly init?: HttpRequestInit;
  readonly lease?: FailedAttempt['lease'];
  readonly code?: RoundTripErrorCode;
  readonly sent?: Sent;
  readonly may: boolean;
}

function streamed(): ReadableStream<string> {
  return new ReadableStream({ start: (controller) => controller.close() });
}

test.for<Row>([
  { fact: 'a GET on a stale connection', may: true },
  { fact: 'a GET on a connection that was handed over by another request', lease: HANDED_OVER, may: true },
  { fact: 'a GET on a connection that was idle and never used', lease: DONATED, may: true },
  { fact: 'a GET on a fresh connection', lease: FRESH, may: false },
  { fact: 'a GET on a fresh connection of which nothing was sent', lease: FRESH, sent: 'nothing', may: false },
  { fact: 'a HEAD', init: { method: 'HEAD' }, may: true },
  { fact: 'an OPTIONS', init: { method: 'OPTIONS' }, may: true },
  { fact: 'a TRACE', init: { method: 'TRACE' }, may: true },
  { fact: 'a QUERY with a body at hand', init: { method: 'QUERY', body: 'q' }, may: true },
  { fact: 'a method that is not known', init: { method: 'FROB' }, may: false },
  { fact: 'a method in another case, which is another method', init: { method: 'QuerY' }, may: false },
  { fact: 'a POST', init: { method: 'POST' }, may: false },
  { fact: 'a PUT, which is idempotent and may have been overwritten since', init: { method: 'PUT', body: 'x' }, may: false },
  { fact: 'a DELETE', init: { method: 'DELETE' }, may: false },
  { fact: 'a POST with an Idempotency-Key', init: { method: 'POST', body: 'x', headers: { 'Idempotency-Key': 'k' } }, may: true },
  { fact: 'a POST with an X-Idempotency-Key', init: { method: 'POST', headers: { 'x-idempotency-key': 'k' } }, may: true },
  {
    fact: 'a POST with a key and a stream that is gone',
    init: { method: 'POST', body: streamed(), headers: { 'Idempotency-Key': 'k' } },
    may: false,
  },
  {
    fact: 'a POST with a key and a stream that can be opened again',
    init: { method: 'POST', body: () => streamed(), headers: { 'Idempotency-Key': 'k' } },
    may: true,
  },
  { fact: 'a GET with a stream that is gone', init: { body: streamed() }, may: false },
  { fact: 'a POST of which nothing was sent', init: { method: 'POST', body: 'x' }, sent: 'nothing', may: true },
  { fact: 'a stream of which nothing was sent', init: { method: 'POST', body: streamed() }, sent: 'nothing', may: true },
  { fact: 'a GET whose answer had begun', code: 'connection-closed', may: false },
  { fact: 'a GET whose answer was cut off', code: 'truncated', may: false },
  { fact: 'a GET whose answer was no HTTP', code: 'malformed-response', may: false },
  { fact: 'a GET that was not answered in time', code: 'header-timeout', may: false },
  { fact: 'a request whose body failed', code: 'request-body-failed', may: false },
  { fact: 'a request that had no connection yet', lease: undefined, code: 'dial-failed', sent: 'nothing', may: false },
])('$fact: may it be sent again? $may', (row) => {
  const error = new RoundTripError('', { code: row.code ?? 'stale-connection', phase: 'response-head', sent: row.sent ?? 'all' });
  const lease = 'lease' in row ? row.lease : REUSED;
  expect(mayResend({ request: new HttpRequest('http://example.com/', row.init), lease, error })).toBe(row.may);
});

test('what is no failure of the Transport is not met by sending it again', () => {
  const request = new HttpRequest('http://example.com/');
  expect(mayResend({ request, lease: REUSED, error: new Error('cancelled') })).toBe(false);
  expect(mayResend({ request, lease: REUSED, error: undefined })).toBe(false);
});

test.for([
  { refusals: 1, least: 0, most: 0 },
  { refusals: 2, least: 50, most: 100 },
  { refusals: 3, least: 100, most: 200 },
  { refusals: 4, least: 200, most: 400 },
  { refusals: 5, least: 400, most: 800 },
])('after refusal $refusals a request waits $least to $most ms', ({ refusals, least, most }) => {
  expect(delayAfterRefusal(refusals, 0)).toBe(least);
  expect(delayAfterRefusal(refusals, 1)).toBe(most);
});

test('after the sixth refusal it is not sent again', () => {
  expect(delayAfterRefusal(6, 0)).toBeUndefined();
});
