import type { TraceEvent } from '@roundtripper/core';
import { expect, test } from 'vitest';

import { ReachedBy } from './reached.ts';

const connection = {
  id: 1,
  origin: 'http://a',
  protocol: 'http/1.1',
  remoteAddress: undefined,
  remotePort: undefined,
  localAddress: undefined,
  localPort: undefined,
  tls: undefined,
} as const;
const ASKS: TraceEvent = { kind: 'getConn', hostPort: 'a:80', origin: 'http://a' };
const RESOLVES: TraceEvent = { kind: 'dnsStart', hostname: 'a' };
const CONNECTS: TraceEvent = { kind: 'connectStart', address: '127.0.0.1', port: 80 };
const SHAKES_HANDS: TraceEvent = { kind: 'tlsHandshakeStart', servername: 'a' };
const HAS_ONE: TraceEvent = { kind: 'gotConn', connection, reused: false, wasIdle: false, idleTimeMs: 0, dialledByAnother: false };
const GOES_AGAIN: TraceEvent = { kind: 'resend', attempt: 2, error: undefined };

test.for<{ fact: string; events: TraceEvent[]; phase: string; sent: string }>([
  { fact: 'nobody says anything', events: [], phase: 'response-head', sent: 'all' },
  { fact: 'somebody speaks of other things', events: [GOES_AGAIN], phase: 'response-head', sent: 'all' },
  { fact: 'it waits for a connection', events: [ASKS], phase: 'queue', sent: 'nothing' },
  { fact: 'the name is looked up', events: [ASKS, RESOLVES], phase: 'dns', sent: 'nothing' },
  { fact: 'it is being connected', events: [ASKS, RESOLVES, CONNECTS], phase: 'connect', sent: 'nothing' },
  { fact: 'the handshake is under way', events: [ASKS, CONNECTS, SHAKES_HANDS], phase: 'tls', sent: 'nothing' },
  { fact: 'it has a connection', events: [ASKS, HAS_ONE], phase: 'response-head', sent: 'all' },
  { fact: 'it had one, and waits for another', events: [ASKS, HAS_ONE, GOES_AGAIN, ASKS, CONNECTS], phase: 'response-head', sent: 'all' },
  { fact: 'of two at a time one has a connection', events: [ASKS, HAS_ONE, ASKS, RESOLVES], phase: 'response-head', sent: 'all' },
])('$fact: $phase, $sent', ({ events, phase, sent }) => {
  const heard: TraceEvent[] = [];
  const by = new ReachedBy((event) => heard.push(event));
  for (const event of events) by.trace(event);
  expect([by.reached, heard]).toEqual([{ phase, sent }, events]);
});
