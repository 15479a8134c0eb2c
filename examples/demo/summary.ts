import type { RouteStats } from '@roundtripper/core';
import type { ReuseReport } from '@roundtripper/trace';

import { formatCount, formatShare, formatTable } from '../shared/table.ts';
import { totalOf, type Results } from './results.ts';

/** What the demo knows when it is over, or at any time before. */
export interface Facts {
  readonly results: Results;
  readonly report: ReuseReport;
  readonly stats: readonly RouteStats[];
  readonly elapsedMs: number;
}

/** One line, while it runs: not wider than a terminal. */
export function progressLine({ results, report, stats, elapsedMs }: Facts, requests: number): string {
  return [
    `${formatCount(results.done)}/${formatCount(requests)}`,
    `${formatCount(perSecond(results.done, elapsedMs))}/s`,
    `cache ${formatShare(results.cacheHits, results.done)}`,
    `reuse ${formatShare(report.reused, report.exchanges)}`,
    `${openNow(stats)} open`,
    `${results.failed} failed`,
  ].join('  ');
}

/** The table at the end. */
export function summaryTable({ results, report, stats, elapsedMs }: Facts): string {
  const { network, cached } = results.latencies();
  const { done, succeeded, failed, cacheHits, retries } = results;
  const rows: (readonly string[])[] = [
    ['requests', formatCount(done), `${formatCount(perSecond(done, elapsedMs))} a second for ${(elapsedMs / 1_000).toFixed(1)} s`],
    ['  succeeded', formatCount(succeeded), formatShare(succeeded, done)],
    ['  failed', formatCount(failed), listOf(results.failures)],
    ['  answered by the cache', formatCount(cacheHits), formatShare(cacheHits, done)],
    ['retries', formatCount(totalOf(retries)), listOf(retries)],
    [],
    ['latency, network', formatMs(network.p50), `p50; p99 is ${formatMs(network.p99)}, waits and retries included`],
    ['latency, cache', formatMs(cached.p50), `p50; p99 is ${formatMs(cached.p99)}`],
    [],
    ['exchanges', formatCount(report.exchanges), 'on the network, retries and resends included'],
    ['  on a reused connection', formatCount(report.reused), formatShare(report.reused, report.exchanges)],
    ['  resent', formatCount(report.resends), 'the connection was stale'],
    ['connections opened', formatCount(report.connectionsOpened), ''],
    ['connections closed', formatCount(report.connectionsClosed), report.connectionsClosed === 0 ? '' : 'because of'],
    ...reasonRows(report),
    ['connections open now', formatCount(openNow(stats)), `of which ${sum(stats, ({ idle }) => idle)} are idle`],
  ];
  const blank = { title: '', align: 'left' } as const;
  return formatTable([blank, { title: '', align: 'right' }, blank], rows);
}

/** Like `12 x 503, 1 x connection-reset`. */
function listOf(causes: ReadonlyMap<string, number>): string {
  return [...causes].map(([cause, count]) => `${formatCount(count)} x ${cause}`).join(', ');
}

/** The most frequent first. */
function reasonRows({ closeReasons }: ReuseReport): readonly (readonly string[])[] {
  return Object.entries(closeReasons)
    .toSorted(([, a], [, b]) => b - a)
    .map(([reason, count]) => ['', formatCount(count), reason]);
}

function openNow(stats: readonly RouteStats[]): number {
  return sum(stats, ({ open }) => open);
}

function sum(stats: readonly RouteStats[], valueOf: (route: RouteStats) => number): number {
  return stats.reduce((total, route) => total + valueOf(route), 0);
}

function perSecond(count: number, elapsedMs: number): number {
  return elapsedMs === 0 ? 0 : (count / elapsedMs) * 1_000;
}

function formatMs(ms: number): string {
  if (Number.isNaN(ms)) return '-';
  return ms < 1 ? `${(ms * 1_000).toFixed(0)} µs` : `${ms.toFixed(1)} ms`;
}
