import { HttpRequest, HttpResponse, RoundTripError, type HttpRequestInit, type RoundTripErrorCode, type Sent } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { mayHedge, preferred, stepAfter, withheldBecause, worthOf, type HedgeStep, type Worth } from './hedge-rule.ts';
import { RetryError } from './retry-error.ts';
import type { Outcome } from './retry-policy.ts';

const rules = { statuses: new Set([429, 503]), methods: new Set(['GET', 'QUERY']) };

test.for<[string, HttpRequestInit, boolean]>([
  ['a GET may be', {}, true],
  ['so may a method of which two do no harm, with a body that can be opened again', { method: 'QUERY', body: 'q' }, true],
  ['a body that can be read once may not', { method: 'QUERY', body: new ReadableStream() }, false],
  ['another method may not', { method: 'PUT', body: 'x' }, false],
  ['an Idempotency-Key does not help: two at once are refused', { method: 'POST', headers: { 'Idempotency-Key': '1' } }, false],
  ['what asks for a connection of its own may not', { headers: { Upgrade: 'websocket' } }, false],
  ['what is cancelled may not', { signal: AbortSignal.abort() }, false],
])('%s', ([, init, may]) => expect(mayHedge(new HttpRequest('http://example.com/', init), rules)).toBe(may));

function answer(status: number): Outcome {
  return { kind: 'response', response: new HttpResponse(null, { status }) };
}

function failure(code: RoundTripErrorCode = 'connection-reset', sent: Sent = 'all'): Outcome {
  return { kind: 'error', error: new RoundTripError('failed', { code, phase: 'request', sent }) };
}

test.for<[string, Outcome, Worth]>([
  ['an answer is good', answer(200), 'good'],
  ['so is one that is not found', answer(404), 'good'],
  ['and one of a status that was not named', answer(500), 'good'],
  ['one that was named has failed', answer(503), 'failed'],
  ['a connection that was lost has failed', failure(), 'failed'],
  ['so has a handshake: the other try may have a connection', failure('tls-failed'), 'failed'],
  ['a transport that is closed is hopeless', failure('transport-closed'), 'hopeless'],
  ['so is an address that is not allowed', failure('address-refused'), 'hopeless'],
  ['and a body that is not what was declared', failure('request-body-length'), 'hopeless'],
  ['and the caller’s mistake', { kind: 'error', error: new TypeError('no') }, 'hopeless'],
  [
    'and what a limit further in refuses',
    { kind: 'error', error: new RetryError('no', { code: 'circuit-open', phase: 'queue', sent: 'nothing' }) },
    'hopeless',
  ],
])('%s (worth)', ([, outcome, worth]) => expect(worthOf(outcome, rules)).toBe(worth));

test.for<[Worth, number, HedgeStep]>([
  ['good', 0, 'take'],
  ['good', 1, 'take'],
  ['failed', 0, 'take'],
  ['failed', 1, 'wait'],
  ['failed', 2, 'wait'],
  ['hopeless', 0, 'take'],
  ['hopeless', 1, 'take'],
])('%s with %i others under way: %s', ([worth, others, step]) => expect(stepAfter(worth, others)).toBe(step));

test.for<[string, Outcome, Outcome, 'held' | 'later']>([
  ['an answer before an error', answer(503), failure(), 'held'],
  ['also when it comes later', failure(), answer(503), 'later'],
  ['of two answers the later', answer(503), answer(429), 'later'],
  ['of two errors that of the try that sent more', failure('connection-reset', 'all'), failure('dial-failed', 'nothing'), 'held'],
  ['whichever came first', failure('dial-failed', 'nothing'), failure('connection-reset', 'partial'), 'later'],
])('of two that failed: %s', ([, held, later, kept]) => expect(preferred(held, later)).toBe(kept === 'held' ? held : later));

test('an origin that asks to be left alone is, and nothing is taken out of the budget for it', () => {
  let withdrawn = 0;
  const withdraw = (): boolean => (withdrawn += 1) < 2;
  expect([withheldBecause({ heldMs: 5, withdraw }), withdrawn]).toEqual(['origin-on-hold', 0]);
  expect([withheldBecause({ heldMs: 0, withdraw }), withdrawn]).toEqual([undefined, 1]);
  expect([withheldBecause({ heldMs: 0, withdraw }), withdrawn]).toEqual(['budget-exhausted', 2]);
});
