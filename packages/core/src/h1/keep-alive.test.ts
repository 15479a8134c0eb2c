import { expect, test } from 'vitest';

import type { ResponseFraming } from './framing.ts';
import { keepAliveHint, NO_HINT, reasonToClose, type ExchangeFacts, type HeadFacts } from './keep-alive.ts';

const LENGTH: ResponseFraming = { kind: 'length', bytes: 1, isTrusted: true };

const KEPT: ExchangeFacts & HeadFacts = {
  isKeepAliveDisabled: false,
  isCloseRequested: false,
  minorVersion: 1,
  connection: undefined,
  hint: NO_HINT,
  framing: LENGTH,
  isMisdirected: false,
  isAuthenticated: false,
};

test.for<{ fact: string; change: Partial<ExchangeFacts & HeadFacts>; reason: string | undefined }>([
  { fact: 'HTTP/1.1 is kept', change: {}, reason: undefined },
  { fact: 'and when it says so', change: { connection: 'keep-alive' }, reason: undefined },
  { fact: 'and with other options', change: { connection: 'foo, closed' }, reason: undefined },
  { fact: 'the server closes', change: { connection: 'close' }, reason: 'response-close' },
  { fact: 'in any case and place', change: { connection: 'foo, CLOSE' }, reason: 'response-close' },
  { fact: 'close wins over keep-alive', change: { connection: 'keep-alive, close' }, reason: 'response-close' },
  { fact: 'we close', change: { isCloseRequested: true }, reason: 'request-close' },
  { fact: 'the server takes no more requests', change: { hint: { ...NO_HINT, remainingRequests: 0 } }, reason: 'server-max-requests' },
  { fact: 'keep-alive is off', change: { isKeepAliveDisabled: true }, reason: 'keep-alives-disabled' },
  {
    fact: 'the end of the body is the end of the connection',
    change: { framing: { kind: 'until-close', isTrusted: true } },
    reason: 'until-close',
  },
  { fact: 'the framing is not trusted', change: { framing: { ...LENGTH, isTrusted: false } }, reason: 'doubtful-framing' },
  { fact: 'the server does not want the origin on it', change: { isMisdirected: true }, reason: 'misdirected' },
  { fact: 'whoever comes next is taken for this user', change: { isAuthenticated: true }, reason: 'authenticated' },
  { fact: 'HTTP/1.0', change: { minorVersion: 0 }, reason: 'http-1.0' },
  { fact: 'HTTP/1.0 with keep-alive and a length', change: { minorVersion: 0, connection: 'Keep-Alive' }, reason: undefined },
  {
    fact: 'HTTP/1.0 with keep-alive, chunked',
    change: { minorVersion: 0, connection: 'keep-alive', framing: { kind: 'chunked', isTrusted: true } },
    reason: 'http-1.0',
  },
  { fact: 'HTTP/1.2', change: { minorVersion: 2, connection: 'keep-alive' }, reason: 'doubtful-framing' },
])('$fact: $reason', ({ change, reason }) => expect(reasonToClose({ ...KEPT, ...change }, { ...KEPT, ...change })).toBe(reason));

test.for([
  { value: undefined, idleTimeoutMs: undefined, remainingRequests: undefined },
  { value: 'timeout=5, max=100', idleTimeoutMs: 4_000, remainingRequests: 100 },
  { value: 'Timeout=60', idleTimeoutMs: 59_000, remainingRequests: undefined },
  { value: 'timeout=1', idleTimeoutMs: 500, remainingRequests: undefined },
  { value: 'timeout=0', idleTimeoutMs: 0, remainingRequests: undefined },
  { value: 'max=0', idleTimeoutMs: undefined, remainingRequests: 0 },
  { value: 'timeout=-1, max=1e3, timeout, max=, x=5', idleTimeoutMs: undefined, remainingRequests: undefined },
])('Keep-Alive: $value', ({ value, idleTimeoutMs, remainingRequests }) => {
  expect(keepAliveHint(value)).toEqual({ idleTimeoutMs, remainingRequests });
});
