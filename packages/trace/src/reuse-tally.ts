import type { CloseReason, TraceEvent } from '@roundtripper/core';

import type { ReuseCounts } from './reuse-report.ts';

/** Counters as they run. {@link countsOf} makes a report of them. */
export interface ReuseTally {
  requests: number;
  failed: number;
  exchanges: number;
  reused: number;
  fromIdle: number;
  idleTimeMs: number;
  handedOver: number;
  waited: number;
  waitedForRoom: number;
  resends: number;
  connectionsOpened: number;
  closedUnused: number;
  readonly closeReasons: Map<CloseReason, number>;
  readonly notKept: Map<CloseReason, number>;
}

export function emptyTally(): ReuseTally {
  return {
    requests: 0,
    failed: 0,
    exchanges: 0,
    reused: 0,
    fromIdle: 0,
    idleTimeMs: 0,
    handedOver: 0,
    waited: 0,
    waitedForRoom: 0,
    resends: 0,
    connectionsOpened: 0,
    closedUnused: 0,
    closeReasons: new Map(),
    notKept: new Map(),
  };
}

/** Counts an event, where it says something about connections. */
export function countEvent(tally: ReuseTally, event: TraceEvent): void {
  switch (event.kind) {
    case 'queueStart':
      tally.waited += 1;
      if (!event.willDial) tally.waitedForRoom += 1;
      break;
    case 'connOpened':
      tally.connectionsOpened += 1;
      break;
    case 'gotConn':
      countExchange(tally, event);
      break;
    case 'putIdleConn':
      if (event.reason !== undefined) increment(tally.notKept, event.reason, 1);
      break;
    case 'connClosed':
      increment(tally.closeReasons, event.reason, 1);
      if (event.exchanges === 0) tally.closedUnused += 1;
      break;
    case 'resend':
      tally.resends += 1;
      break;
    case 'requestFailed':
      tally.failed += 1;
      break;
    default:
  }
}

function countExchange(tally: ReuseTally, event: Extract<TraceEvent, { readonly kind: 'gotConn' }>): void {
  tally.exchanges += 1;
  if (event.reused) tally.reused += 1;
  if (event.wasIdle) {
    tally.fromIdle += 1;
    tally.idleTimeMs += event.idleTimeMs;
  } else if (event.reused) tally.handedOver += 1;
}

/** Everything that several tallies have counted. */
export function sumOf(tallies: Iterable<ReuseTally>): ReuseTally {
  const sum = emptyTally();
  for (const tally of tallies) {
    sum.requests += tally.requests;
    sum.failed += tally.failed;
    sum.exchanges += tally.exchanges;
    sum.reused += tally.reused;
    sum.fromIdle += tally.fromIdle;
    sum.idleTimeMs += tally.idleTimeMs;
    sum.handedOver += tally.handedOver;
    sum.waited += tally.waited;
    sum.waitedForRoom += tally.waitedForRoom;
    sum.resends += tally.resends;
    sum.connectionsOpened += tally.connectionsOpened;
    sum.closedUnused += tally.closedUnused;
    for (const [reason, count] of tally.closeReasons) increment(sum.closeReasons, reason, count);
    for (const [reason, count] of tally.notKept) increment(sum.notKept, reason, count);
  }
  return sum;
}

function increment(counts: Map<CloseReason, number>, reason: CloseReason, by: number): void {
  counts.set(reason, (counts.get(reason) ?? 0) + by);
}

/** What has been counted up to now. */
export function countsOf(tally: ReuseTally): ReuseCounts {
  const { idleTimeMs, closeReasons, notKept, ...counts } = tally;
  return {
    ...counts,
    reuseRate: tally.exchanges === 0 ? 0 : tally.reused / tally.exchanges,
    meanIdleTime: tally.fromIdle === 0 ? 0 : idleTimeMs / tally.fromIdle,
    connectionsClosed: closeReasons.values().reduce((sum, count) => sum + count, 0),
    closeReasons: Object.fromEntries(closeReasons),
    notKept: Object.fromEntries(notKept),
  };
}
