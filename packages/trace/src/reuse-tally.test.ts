import type { ConnectionInfo, TraceEvent } from '@roundtripper/core';
import { expect, test } from 'vitest';

import type { ReuseCounts } from './reuse-report.ts';
import { countEvent, countsOf, emptyTally, sumOf } from './reuse-tally.ts';

const connection: ConnectionInfo = {
  id: 1,
  origin: 'http://example.com',
  protocol: 'http/1.1',
  remoteAddress: '127.0.0.1',
  remotePort: 80,
  localAddress: '127.0.0.1',
  localPort: 40_000,
  tls: undefined,
};

const nothing: ReuseCounts = {
  requests: 0,
  failed: 0,
  exchanges: 0,
  reused: 0,
  reuseRate: 0,
  fromIdle: 0,
  meanIdleTime: 0,
  handedOver: 0,
  waited: 0,
  waitedForRoom: 0,
  resends: 0,
  connectionsOpened: 0,
  connectionsClosed: 0,
  closedUnused: 0,
  closeReasons: {},
  notKept: {},
};

function gotConn(reused: boolean, idleTimeMs?: number): TraceEvent {
  return { kind: 'gotConn', connection, reused, wasIdle: idleTimeMs !== undefined, idleTimeMs: idleTimeMs ?? 0, dialledByAnother: false };
}

function counted(...events: TraceEvent[]): ReuseCounts {
  const tally = emptyTally();
  for (const event of events) countEvent(tally, event);
  return countsOf(tally);
}

const closed = { kind: 'connClosed', connection, lifetimeMs: 1 } as const;

test.for<{ fact: string; events: TraceEvent[]; counts: Partial<ReuseCounts> }>([
  { fact: 'nothing happened: no division by nothing', events: [], counts: {} },
  { fact: 'a fresh connection is no reuse', events: [gotConn(false)], counts: { exchanges: 1 } },
  {
    fact: 'one that was idle',
    events: [gotConn(true, 10), gotConn(true, 20)],
    counts: { exchanges: 2, reused: 2, reuseRate: 1, fromIdle: 2, meanIdleTime: 15 },
  },
  {
    fact: 'one that was handed over was not idle',
    events: [gotConn(true)],
    counts: { exchanges: 1, reused: 1, reuseRate: 1, handedOver: 1 },
  },
  {
    fact: 'one that nobody had used yet was idle and is not reused',
    events: [gotConn(false, 4)],
    counts: { exchanges: 1, fromIdle: 1, meanIdleTime: 4 },
  },
  {
    fact: 'a rate is a share',
    events: [gotConn(false), gotConn(true), gotConn(true), gotConn(true)],
    counts: { exchanges: 4, reused: 3, reuseRate: 0.75, handedOver: 3 },
  },
  {
    fact: 'a wait for a dial and a wait for room',
    events: [
      { kind: 'queueStart', willDial: true, waitsFor: 'own-dial' },
      { kind: 'queueStart', willDial: false, waitsFor: 'room' },
    ],
    counts: { waited: 2, waitedForRoom: 1 },
  },
  {
    fact: 'connections closed, by reason; one was never used',
    events: [
      { kind: 'connOpened', connection },
      { kind: 'connOpened', connection },
      { ...closed, reason: 'idle-timeout', exchanges: 3 },
      { ...closed, reason: 'idle-timeout', exchanges: 0 },
      { ...closed, reason: 'response-close', exchanges: 1 },
    ],
    counts: { connectionsOpened: 2, connectionsClosed: 3, closedUnused: 1, closeReasons: { 'idle-timeout': 2, 'response-close': 1 } },
  },
  {
    fact: 'kept and not kept',
    events: [
      { kind: 'putIdleConn', connection },
      { kind: 'putIdleConn', connection, reason: 'max-idle-conns-per-host' },
    ],
    counts: { notKept: { 'max-idle-conns-per-host': 1 } },
  },
  {
    fact: 'sent again, and failed',
    events: [
      { kind: 'resend', attempt: 2, error: 1 },
      { kind: 'requestFailed', error: 1 },
    ],
    counts: { resends: 1, failed: 1 },
  },
  {
    fact: 'the rest does not matter',
    events: [
      { kind: 'wroteHeaders', fieldNames: () => [] },
      { kind: 'bodyEnd', bodyBytes: 1 },
    ],
    counts: {},
  },
])('$fact', ({ events, counts }) => expect(counted(...events)).toEqual({ ...nothing, ...counts }));

test('a sum is what one tally of everything would have counted', () => {
  const first: TraceEvent[] = [
    gotConn(true, 10),
    { ...closed, reason: 'timeout', exchanges: 0 },
    { kind: 'queueStart', willDial: false, waitsFor: 'room' },
  ];
  const second: TraceEvent[] = [
    gotConn(true),
    gotConn(true, 40),
    { ...closed, reason: 'timeout', exchanges: 1 },
    { kind: 'putIdleConn', connection, reason: 'timeout' },
    { kind: 'connOpened', connection },
    { kind: 'resend', attempt: 2, error: 1 },
    { kind: 'requestFailed', error: 1 },
  ];
  const tallies = [first, second].map((events) => {
    const tally = emptyTally();
    for (const event of events) countEvent(tally, event);
    tally.requests += 1;
    return tally;
  });
  expect(countsOf(sumOf(tallies))).toEqual({ ...counted(...first, ...second), requests: 2 });
});
