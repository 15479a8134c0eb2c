import { CLOSE_REASONS } from './close-reasons.ts';
import type { ReasonCounts, ReuseCounts, ReuseReport } from './reuse-report.ts';

/** A newer core may have a reason that is not in the table. */
const NOTES: Readonly<Record<string, string>> = CLOSE_REASONS;

/** A name, a number and what it means. */
type Row = readonly [name: string, value: string, note: string];

/** The report as lines of text in columns, for a terminal or a log: what was counted, why connections were closed, and a line for each origin where there are several. */
export function formatReuseReport(report: ReuseReport): string {
  const rows: Row[] = [...countRows(report), ...reasonRows(report.closeReasons), ...originRows(report.origins)];
  const nameWidth = Math.max(...rows.map(([name]) => name.length));
  const valueWidth = Math.max(...rows.map(([, value]) => value.length));
  return rows.map(([name, value, note]) => `${name.padEnd(nameWidth)}  ${value.padStart(valueWidth)}  ${note}`.trimEnd()).join('\n');
}

function countRows(counts: ReuseCounts): readonly Row[] {
  return [
    ['requests', String(counts.requests), counts.failed === 0 ? '' : `${counts.failed} without an answer`],
    ['exchanges', String(counts.exchanges), counts.resends === 0 ? '' : `${counts.resends} of them again, on a fresh connection`],
    ['  on a reused connection', String(counts.reused), percent(counts.reuseRate)],
    [
      '  from the idle pool',
      String(counts.fromIdle),
      counts.fromIdle === 0 ? '' : `idle for ${counts.meanIdleTime.toFixed(1)} ms on average`,
    ],
    ['  handed over', String(counts.handedOver), ''],
    ['  after a wait', String(counts.waited), counts.waitedForRoom === 0 ? '' : `${counts.waitedForRoom} because of maxConnsPerHost`],
    ['connections opened', String(counts.connectionsOpened), ''],
    ['connections closed', String(counts.connectionsClosed), counts.closedUnused === 0 ? '' : `${counts.closedUnused} never used`],
  ];
}

/** The most frequent first. */
function reasonRows(reasons: ReasonCounts): readonly Row[] {
  return Object.entries(reasons)
    .toSorted(([, a], [, b]) => b - a)
    .map(([reason, count]) => [`  ${reason}`, String(count), NOTES[reason] ?? '']);
}

function originRows(origins: ReuseReport['origins']): readonly Row[] {
  const entries = Object.entries(origins);
  if (entries.length < 2) return [];
  return entries.map(([origin, counts]) => [
    origin,
    String(counts.exchanges),
    `exchanges on ${counts.connectionsOpened} new connections, ${percent(counts.reuseRate)} reused`,
  ]);
}

function percent(rate: number): string {
  return `${(rate * 100).toFixed(1)} %`;
}
