import type { CloseReason } from '@roundtripper/core';

/** What became of connections: whether they were reused and, if not, why not. A snapshot. */
export interface ReuseReport {
  /** Requests that came in. */
  readonly requests: number;
  /** Requests that were given a connection, each resend and retry counted. */
  readonly exchanges: number;
  /** Of those, on a connection that had carried another before. */
  readonly reused: number;
  /** `reused / exchanges`; 0 where there was no exchange. */
  readonly reuseRate: number;
  /** Exchanges whose connection had been idle, and for how long on average, in milliseconds. */
  readonly fromIdle: number;
  readonly meanIdleTime: number;
  /** Exchanges whose connection was handed over by another request that was just done with it. */
  readonly handedOver: number;
  /** Requests that found no connection at hand and waited for one. */
  readonly waited: number;
  readonly resends: number;
  /** Requests that ended without an answer. */
  readonly failed: number;
  readonly connectionsOpened: number;
  readonly connectionsClosed: number;
  /** Why connections were closed, and how many of each. */
  readonly closeReasons: Readonly<Partial<Record<CloseReason, number>>>;
  /** The same for each origin that was called; beyond 1 000 of them the rest together, as `others`. */
  readonly origins: Readonly<Record<string, OriginReuse>>;
}

/** What became of the connections to one origin. */
export interface OriginReuse {
  readonly exchanges: number;
  readonly reused: number;
  readonly connectionsOpened: number;
  readonly connectionsClosed: number;
  readonly closeReasons: Readonly<Partial<Record<CloseReason, number>>>;
}

/** The report as aligned lines of text. */
export function formatReuseReport(report: ReuseReport): string {
  const rows: [string, string][] = [
    ['requests', String(report.requests)],
    ['exchanges', String(report.exchanges)],
    ['reused', `${report.reused} (${percent(report.reuseRate)})`],
    ['  from the idle pool', `${report.fromIdle}, idle for ${report.meanIdleTime.toFixed(1)} ms on average`],
    ['  handed over', String(report.handedOver)],
    ['waited for a connection', String(report.waited)],
    ['resent on a fresh one', String(report.resends)],
    ['failed', String(report.failed)],
    ['connections opened', String(report.connectionsOpened)],
    ['connections closed', String(report.connectionsClosed)],
    ...closeRows(report.closeReasons),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

/** The most frequent first. */
function closeRows(reasons: ReuseReport['closeReasons']): [string, string][] {
  return Object.entries(reasons)
    .toSorted(([, a], [, b]) => b - a)
    .map(([reason, count]) => [`  ${reason}`, String(count)]);
}

function percent(rate: number): string {
  return `${(rate * 100).toFixed(1)} %`;
}
