import { expect, test } from 'vitest';

import type { Framing } from './framing.ts';
import { reasonToClose, type ExchangeFacts } from './keep-alive.ts';

const LENGTH: Framing = { kind: 'length', bytes: 1 };

const KEPT: ExchangeFacts = {
  isKeepAliveDisabled: false,
  isCloseRequested: false,
  minorVersion: 1,
  connection: undefined,
  framing: LENGTH,
  isFramingTrusted: true,
};

test.for<{ fact: string; change: Partial<ExchangeFacts>; reason: string | undefined }>([
  { fact: 'HTTP/1.1 is kept', change: {}, reason: undefined },
  { fact: 'and when it says so', change: { connection: 'keep-alive' }, reason: undefined },
  { fact: 'and with other options', change: { connection: 'foo, closed' }, reason: undefined },
  { fact: 'the server closes', change: { connection: 'close' }, reason: 'response-close' },
  { fact: 'in any case and place', change: { connection: 'foo, CLOSE' }, reason: 'response-close' },
  { fact: 'close wins over keep-alive', change: { connection: 'keep-alive, close' }, reason: 'response-close' },
  { fact: 'we close', change: { isCloseRequested: true }, reason: 'request-close' },
  { fact: 'keep-alive is off', change: { isKeepAliveDisabled: true }, reason: 'keep-alives-disabled' },
  { fact: 'the end of the body is the end of the connection', change: { framing: { kind: 'until-close' } }, reason: 'until-close' },
  { fact: 'the framing is not trusted', change: { isFramingTrusted: false }, reason: 'doubtful-framing' },
  { fact: 'HTTP/1.0', change: { minorVersion: 0 }, reason: 'http-1.0' },
  { fact: 'HTTP/1.0 with keep-alive and a length', change: { minorVersion: 0, connection: 'Keep-Alive' }, reason: undefined },
  {
    fact: 'HTTP/1.0 with keep-alive, chunked',
    change: { minorVersion: 0, connection: 'keep-alive', framing: { kind: 'chunked' } },
    reason: 'http-1.0',
  },
  { fact: 'HTTP/1.2', change: { minorVersion: 2, connection: 'keep-alive' }, reason: 'http-1.0' },
])('$fact: $reason', ({ change, reason }) => expect(reasonToClose({ ...KEPT, ...change })).toBe(reason));
