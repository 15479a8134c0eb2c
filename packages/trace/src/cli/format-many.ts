import { CLOSE_REASONS } from '../close-reasons.ts';
import { formatReuseTable } from '../reuse-table.ts';
import type { ReuseReport } from '../reuse-report.ts';
import { wrapped } from '../wrapped.ts';
import { bar } from './bar.ts';
import type { Look } from './format-single.ts';
import { joined, labelledLines, paintedStatus } from './labelled-lines.ts';
import type { Paint } from './paint.ts';
import { PHASE_LOOK, PHASE_NAME_WIDTH, phaseName } from './phase-look.ts';
import { printable } from './printable.ts';
import { counted, formatBytes, formatCount, formatMs, formatRate } from './quantities.ts';
import type { RunReport } from './run-report.ts';
import type { RunTally } from './run-tally.ts';
import { shownUrl } from './shown-parts.ts';

/** The report of several requests: what came of them, latencies, where the time went, and what became of connections. */
export function formatMany(report: RunReport, look: Look): string {
  const { paint } = look;
  const sections = [
    [
      `${paint('bold', report.request.method)} ${printable(shownUrl(report.request), 2_000)}`,
      '',
      ...labelledLines(summaryRows(report, paint), paint),
    ],
    latencyLines(report.tally, look),
    phaseLines(report, look),
    connectionLines(report.reuse, look),
    warningLines(report.reuse, look),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function summaryRows({ plan, tally, durationMs, stoppedBy, reuse }: RunReport, paint: Paint): readonly (readonly [string, string])[] {
  const { answered, failed, interrupted, bodyBytes } = tally;
  const perSecond = (amount: number): number => (durationMs > 0 ? (amount * 1_000) / durationMs : 0);
  const addresses = tally.addresses().map(([address]) => printable(address));
  return [
    [
      'requests',
      joined([
        `${formatCount(answered)}${answered < plan.requests ? ` of ${formatCount(plan.requests)}` : ''} answered`,
        failed === 0 ? undefined : paint('red', `${formatCount(failed)} failed`),
        interrupted === 0 ? undefined : `${formatCount(interrupted)} cut off`,
        `${plan.concurrency} at a time`,
      ]),
    ],
    [
      'time',
      joined([
        formatMs(durationMs),
        answered === 0 ? undefined : formatRate(perSecond(answered)),
        stoppedBy === undefined ? undefined : paint('yellow', `stopped by ${stoppedBy}`),
      ]),
    ],
    [
      'status',
      tally
        .statuses()
        .map(([status, count]) => `${paintedStatus(status, paint)} × ${formatCount(count)}`)
        .join(' · '),
    ],
    ['bodies', bodyBytes === 0 ? '' : joined([formatBytes(bodyBytes), `${formatBytes(perSecond(bodyBytes))}/s`])],
    ['protocol', joined([withCounts(tally.protocols()), plan.keepsAlive ? undefined : 'no keep-alive'])],
    ['address', plan.unixPath === undefined ? shortList(addresses) : printable(plan.unixPath)],
    ['proxy', shortList([...new Set(reuse.routes.flatMap(({ proxy }) => (proxy === undefined ? [] : [proxy])))])],
  ];
}

/** The counts only where there are several. */
function withCounts(kinds: readonly (readonly [string, number])[]): string {
  const [only] = kinds;
  if (kinds.length === 1 && only !== undefined) return printable(only[0], 20);
  return kinds.map(([kind, count]) => `${printable(kind, 20)} × ${formatCount(count)}`).join(' · ');
}

function shortList(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

/** A column of numbers, with the two spaces before it. */
const NUMBER_WIDTH = 9;

function latencyLines({ latency }: RunTally, { paint, columns }: Look): readonly string[] {
  const summary = latency.summary();
  if (summary === undefined) return [];
  const { min, p50, p90, p99, p999, max, mean } = summary;
  const rows: readonly (readonly [name: string, ms: number, least: number])[] = [
    ['min', min, 1],
    ['p50', p50, 3],
    ['p90', p90, 10],
    ['p99', p99, 100],
    ['p99.9', p999, 1_000],
    ['max', max, 1],
  ];
  // Of ten requests the slowest is p99 and p99.9 too, and says no more by that.
  const told = rows.filter(([, , least]) => latency.count >= least);
  const width = Math.max(10, columns - 4 - PHASE_NAME_WIDTH - NUMBER_WIDTH - 2);
  const lines = told.map(([name, ms]) => row(name, [formatMs(ms)], paint('green', bar(0, ms / max, width))));
  return [paint('bold', 'Latency'), ...lines, row('mean', [formatMs(mean)], '')];
}

function phaseLines({ tally, plan }: RunReport, { paint, columns }: Look): readonly string[] {
  const phases = tally.phases();
  if (phases.length === 0) return [];
  const columnsOf = ['requests', 'mean', 'p50', 'p99', 'max'];
  const sum = phases.reduce((total, [, { sum: ms }]) => total + ms, 0);
  // In less than 80 columns there is no room for it.
  const width = columns - 2 - PHASE_NAME_WIDTH - columnsOf.length * (NUMBER_WIDTH + 1) - 2;
  const share = (part: number): string => (width < 8 ? '' : bar(0, part, width));
  const lines = phases.map(([phase, times]) => {
    const { count, mean, p50, p99, max } = times.summary() ?? { count: 0, mean: 0, p50: 0, p99: 0, max: 0 };
    const numbers = [formatCount(count), formatMs(mean), formatMs(p50), formatMs(p99), formatMs(max)];
    return row(phaseName(phase, plan.unixPath !== undefined), numbers, paint(PHASE_LOOK[phase].style, share(times.sum / sum)));
  });
  const heading = row('', columnsOf, width < 8 ? '' : 'share').slice('Phases'.length);
  return [`${paint('bold', 'Phases')}${paint('dim', heading)}`, ...lines];
}

function row(name: string, numbers: readonly string[], drawn: string): string {
  const cells = numbers.map((number) => number.padStart(NUMBER_WIDTH + 1)).join('');
  return `  ${name.padEnd(PHASE_NAME_WIDTH)}${cells}  ${drawn}`.trimEnd();
}

function connectionLines(reuse: ReuseReport, { paint, columns }: Look): readonly string[] {
  const { connectionsOpened, exchanges, mostOpen, closeReasons, dialsFailed, resends, closedUnused } = reuse;
  if (exchanges + reuse.dials === 0) return [];
  const [titles = '', ...lines] = formatReuseTable(reuse, { columns: columns - 2 }).split('\n');
  // Of a single route the last line says the same again.
  const shown = reuse.routes.length === 1 ? lines.slice(0, -1) : lines;
  const facts = joined([
    `${counted(connectionsOpened, 'connection')} opened, at most ${formatCount(mostOpen)} at once`,
    connectionsOpened === 0 ? undefined : `${(exchanges / connectionsOpened).toFixed(1)} requests each`,
    dialsFailed === 0 ? undefined : `${counted(dialsFailed, 'dial')} failed or given up`,
    closedUnused === 0 ? undefined : `${formatCount(closedUnused)} never used`,
    resends === 0 ? undefined : `${formatCount(resends)} sent again`,
  ]);
  return [
    paint('bold', 'Connections'),
    paint('dim', `  ${titles}`),
    ...shown.map((line) => `  ${line}`),
    ...wrapped(facts, columns - 2).map((line) => `  ${line}`),
    ...closeReasonLines(closeReasons, { paint, columns }),
  ];
}

/** A newer core may have a reason that is not in the table. */
const NOTES: Readonly<Record<string, string>> = CLOSE_REASONS;

function closeReasonLines(reasons: ReuseReport['closeReasons'], { paint, columns }: Look): readonly string[] {
  const rows = Object.entries(reasons).toSorted(([, a], [, b]) => b - a);
  if (rows.length === 0) return [];
  const nameWidth = Math.max(...rows.map(([reason]) => reason.length));
  const countWidth = Math.max(...rows.map(([, count]) => formatCount(count).length));
  const margin = 4 + nameWidth + 2 + countWidth + 2;
  const lines = rows.flatMap(([reason, count]) => {
    const beside = `    ${reason.padEnd(nameWidth)}  ${formatCount(count).padStart(countWidth)}  `;
    const notes = wrapped(NOTES[reason] ?? '', Math.max(20, columns - margin));
    return notes.map((note, at) => `${at === 0 ? beside : ' '.repeat(margin)}${paint('dim', note)}`.trimEnd());
  });
  return ['  closed', ...lines];
}

function warningLines({ warnings, routes }: ReuseReport, { paint, columns }: Look): readonly string[] {
  return warnings.flatMap(({ origin, text }) => {
    const lines = wrapped(routes.length < 2 ? text : `${origin}: ${text}`, columns - 2);
    return lines.map((line, at) => `${at === 0 ? paint('yellow', '! ') : '  '}${line}`);
  });
}
