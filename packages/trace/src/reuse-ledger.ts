import { RoundTripError, type Clock, type CloseReason, type ConnectionInfo, type TraceEvent, type WaitsFor } from '@roundtripper/core';

import type { ChurnAlarm } from './churn-alarm.ts';
import type { ChurnLimits } from './churn-limits.ts';
import { findChurn } from './churn-rules.ts';
import type { ChurnWarning } from './churn-warning.ts';
import { record } from './reuse-histogram.ts';
import type { ReuseReport, RouteCounts } from './reuse-report.ts';
import { RouteRows, type RouteRow } from './reuse-routes.ts';
import { rememberIdleClose, takeMissed } from './reuse-missed.ts';
import { addTally, countsOf, emptyTally, increment, waitTimeOf } from './reuse-tally.ts';

/** A request that waits for a connection. */
export interface Wait {
  readonly row: RouteRow;
  readonly waitsFor: WaitsFor;
  readonly sinceMs: number;
}

/** A connection, and the row it was opened in: it is closed in the same. */
interface KnownConnection {
  readonly home: RouteRow;
  isOpen: boolean;
  /** By the clock that never jumps; undefined while it is not idle. */
  idleSinceMs: number | undefined;
}

type GotConn = Extract<TraceEvent, { readonly kind: 'gotConn' }>;
type ConnClosed = Extract<TraceEvent, { readonly kind: 'connClosed' }>;

/** What a ledger goes by. */
interface LedgerOptions {
  readonly maxRoutes: number;
  readonly clock: Clock;
  readonly limitsOf: (origin: string) => ChurnLimits;
  /** Undefined where nobody wants to be warned. */
  readonly alarm: ChurnAlarm | undefined;
}

/** Who keeps the counters of all routes: it is told what happens by the {@link RequestWatch} of each request. */
export class ReuseLedger {
  readonly #clock: Clock;
  readonly #rows: RouteRows;
  readonly #alarm: ChurnAlarm | undefined;
  readonly #limitsOf: (origin: string) => ChurnLimits;
  /** Weak, since the end of a connection that a request beyond the meter has used last is not told here. */
  readonly #connections = new WeakMap<ConnectionInfo, KnownConnection>();
  /** Of all routes together: what came without one, and how many there were of each at once. */
  #total = emptyTally();

  constructor({ maxRoutes, clock, limitsOf, alarm }: LedgerOptions) {
    this.#rows = new RouteRows(maxRoutes);
    this.#clock = clock;
    this.#limitsOf = limitsOf;
    this.#alarm = alarm;
  }

  /** A request. */
  came(): void {
    this.#total.requests += 1;
  }

  /** A request looks for a connection. */
  sought(origin: string, proxy: string | undefined, isFirst: boolean): RouteRow {
    const row = this.#rows.use(origin, proxy);
    if (isFirst) row.tally.requests += 1;
    return row;
  }

  failed(row: RouteRow | undefined): void {
    (row === undefined ? this.#total : this.#rows.tallyOf(row)).failed += 1;
  }

  /** @param error What the attempt before met. */
  resent(row: RouteRow, error: unknown): void {
    const tally = this.#rows.tallyOf(row);
    const code = error instanceof RoundTripError ? error.code : undefined;
    tally.resends += 1;
    if (code === 'stale-connection') tally.staleConnections += 1;
    if (code === 'stream-refused') tally.refusedStreams += 1;
    this.#check(row);
  }

  waitBegan(row: RouteRow, waitsFor: WaitsFor): Wait {
    for (const tally of [this.#rows.tallyOf(row), this.#total]) {
      tally.waiting += 1;
      tally.mostWaiting = Math.max(tally.mostWaiting, tally.waiting);
    }
    this.#rows.tallyOf(row).waited += 1;
    return { row, waitsFor, sinceMs: this.#clock.monotonicMs() };
  }

  waitEnded({ row, waitsFor, sinceMs }: Wait): void {
    const tally = this.#rows.tallyOf(row);
    tally.waiting -= 1;
    this.#total.waiting -= 1;
    record(waitTimeOf(tally, waitsFor), this.#clock.monotonicMs() - sinceMs);
    if (waitsFor === 'room' || waitsFor === 'capacity') this.#check(row);
  }

  dialBegan(row: RouteRow): void {
    const tally = this.#rows.tallyOf(row);
    tally.dials += 1;
    tally.dialing += 1;
  }

  dialEnded(row: RouteRow, hasFailed: boolean): void {
    const tally = this.#rows.tallyOf(row);
    tally.dialing -= 1;
    if (hasFailed) tally.dialsFailed += 1;
  }

  donated(connection: ConnectionInfo, to: 'request' | 'pool'): void {
    const tally = this.#rows.tallyOf(this.#homeOf(connection));
    if (to === 'request') tally.donatedToRequest += 1;
    else {
      tally.donatedToPool += 1;
      this.#beginIdle(connection);
    }
  }

  opened(connection: ConnectionInfo): void {
    const isKnown = this.#connections.has(connection);
    const { home } = this.#know(connection);
    const tally = this.#rows.tallyOf(home);
    tally.connectionsOpened += 1;
    // It may have ended before it was told of.
    if (isKnown) tally.connectionsFound -= 1;
    const missed = takeMissed(home.idleCloses);
    if (missed !== undefined) record(tally.missedReuse[missed.by], this.#clock.monotonicMs() - missed.sinceMs);
  }

  got({ connection, reused, wasIdle, idleTimeMs, dialledByAnother }: GotConn): void {
    this.#endIdle(this.#knowOrFind(connection));
    const { tally } = this.#rows.use(connection.origin, connection.proxy);
    tally.exchanges += 1;
    if (reused) tally.reused += 1;
    else if (dialledByAnother) tally.dialledByAnother += 1;
    if (wasIdle) record(tally.idleTime, idleTimeMs);
    else if (reused) tally.handedOver += 1;
  }

  /** A connection was given back; with a reason it is not kept. */
  putBack(connection: ConnectionInfo, reason: CloseReason | undefined): void {
    if (reason === undefined) {
      this.#beginIdle(connection);
      return;
    }
    const tally = this.#rows.tallyOf(this.#homeOf(connection));
    increment(tally.notKept, reason);
    if (reason === 'max-idle-conns-per-host') tally.idleWhenFull = Math.min(tally.idleWhenFull, tally.connectionsIdle);
  }

  closed({ connection, reason, exchanges, lifetimeMs }: ConnClosed): void {
    const known = this.#knowOrFind(connection);
    const { home, idleSinceMs } = known;
    this.#endIdle(known);
    known.isOpen = false;
    const tally = this.#rows.tallyOf(home);
    tally.connectionsClosed += 1;
    tally.connectionsOpen -= 1;
    this.#total.connectionsOpen -= 1;
    increment(tally.closeReasons, reason);
    if (exchanges === 0) tally.closedUnused += 1;
    record(tally.lifetime, lifetimeMs);
    record(tally.exchangesPerConnection, exchanges);
    if (idleSinceMs !== undefined) rememberIdleClose(home.idleCloses, reason, idleSinceMs);
    this.#check(home);
  }

  report(): ReuseReport {
    const sum = emptyTally();
    const routes: RouteCounts[] = [];
    const warnings: ChurnWarning[] = [];
    for (const { origin, proxy, tally } of this.#rows) {
      const route = proxy === undefined ? { origin } : { origin, proxy };
      routes.push({ ...route, ...countsOf(tally) });
      for (const finding of findChurn(tally, this.#limitsOf(origin))) warnings.push({ ...finding, ...route });
      addTally(sum, tally);
    }
    const { requests, failed, mostWaiting, mostOpen } = this.#total;
    const total = { ...sum, requests, failed: sum.failed + failed, mostWaiting, mostOpen };
    return { ...countsOf(total), routes, warnings: warnings.toSorted((a, b) => b.count - a.count) };
  }

  reset(): void {
    this.#rows.reset();
    this.#total = emptyTally(this.#total);
  }

  #know(connection: ConnectionInfo): KnownConnection {
    const known = this.#connections.get(connection);
    if (known !== undefined) return known;
    const home = this.#rows.use(connection.origin, connection.proxy);
    const added: KnownConnection = { home, isOpen: true, idleSinceMs: undefined };
    this.#connections.set(connection, added);
    for (const tally of [home.tally, this.#total]) {
      tally.connectionsOpen += 1;
      tally.mostOpen = Math.max(tally.mostOpen, tally.connectionsOpen);
    }
    return added;
  }

  /** Of a connection that must have been opened, be it unseen. */
  #knowOrFind(connection: ConnectionInfo): KnownConnection {
    const known = this.#connections.get(connection);
    if (known !== undefined) return known;
    const found = this.#know(connection);
    this.#rows.tallyOf(found.home).connectionsFound += 1;
    return found;
  }

  #homeOf(connection: ConnectionInfo): RouteRow {
    return this.#connections.get(connection)?.home ?? this.#rows.use(connection.origin, connection.proxy);
  }

  #beginIdle(connection: ConnectionInfo): void {
    const known = this.#connections.get(connection);
    if (known === undefined || !known.isOpen || known.idleSinceMs !== undefined) return;
    known.idleSinceMs = this.#clock.monotonicMs();
    this.#rows.tallyOf(known.home).connectionsIdle += 1;
  }

  #endIdle(known: KnownConnection): void {
    if (known.idleSinceMs === undefined) return;
    known.idleSinceMs = undefined;
    this.#rows.tallyOf(known.home).connectionsIdle -= 1;
  }

  /** Last, when everything is counted: who is told may look at the report. */
  #check(row: RouteRow): void {
    this.#alarm?.check(this.#rows.standingFor(row), this.#limitsOf(row.origin));
  }
}
