import { CLOSE_REASONS } from './close-reasons.ts';
import type { Distribution, ReasonCounts, ReuseCounts, ReuseReport } from './reuse-report.ts';
import { formatTime } from './format-time.ts';
import { formatReuseTable, formatShare } from './reuse-table.ts';
import { wrapped } from './wrapped.ts';

/** A newer core may have a reason that is not in the table. */
const NOTES: Readonly<Record<string, string>> = CLOSE_REASONS;

/** A name, a number and what it means. */
type Row = readonly [name: string, value: string, note: string];

/** How wide a line is: what a terminal shows. */
const COLUMNS = 80;

/**
 * The report as text for a terminal or a log, in lines of no more than 80 characters where names allow it: what was counted, why connections were closed,
 * a table of the routes where there are several, and the warnings.
 */
export function formatReuseReport(report: ReuseReport): string {
  const rows: Row[] = [...countRows(report), ...reasonRows(report.closeReasons)];
  const nameWidth = Math.max(...rows.map(([name]) => name.length));
  const valueWidth = Math.max(...rows.map(([, value]) => value.length));
  const margin = nameWidth + valueWidth + 4;
  const lines = rows.map(([name, value, note]) => {
    const notes = wrapped(note, COLUMNS - margin).join(`\n${' '.repeat(margin)}`);
    return `${name.padEnd(nameWidth)}  ${value.padStart(valueWidth)}  ${notes}`.trimEnd();
  });
  const table = report.routes.length < 2 ? [] : ['', formatReuseTable(report, { columns: COLUMNS })];
  return [...lines, ...table, ...warningLines(report)].join('\n');
}

function countRows(counts: ReuseCounts): readonly Row[] {
  const { requests, failed, exchanges, reused, resends, fromIdle, idleTime, handedOver, dialledByAnother } = counts;
  const { waited, waiting, mostWaiting, connectionsOpened, connectionsFound, connectionsClosed, connectionsOpen } = counts;
  const { closedUnused, connectionsIdle, mostOpen, lifetime, exchangesPerConnection } = counts;
  const perConnection = `after ${oneDigit(exchangesPerConnection.mean)} exchanges and ${formatTime(lifetime.mean)} on average`;
  return [
    ['requests', String(requests), some(failed, 'without an answer')],
    ['exchanges', String(exchanges), some(resends, 'of them again')],
    ['  on a reused connection', String(reused), formatShare(reused, exchanges)],
    ['  from the idle pool', String(fromIdle), fromIdle === 0 ? '' : `idle for ${meanAndMax(idleTime)}`],
    ['  handed over', String(handedOver), ''],
    ['  late bound', String(dialledByAnother), dialledByAnother === 0 ? '' : 'on a new connection that another request had dialled'],
    ['  after a wait', String(waited), mostWaiting === 0 ? '' : `${waiting} wait now, at most ${mostWaiting} at once`],
    ...waitRows(counts),
    ['connections opened', String(connectionsOpened), some(connectionsFound, 'besides that were there before')],
    ['connections open now', String(connectionsOpen), mostOpen === 0 ? '' : `${connectionsIdle} idle; at most ${mostOpen} at once`],
    ['connections closed', String(connectionsClosed), connectionsClosed === 0 ? '' : perConnection],
    ['  never used', String(closedUnused), ''],
  ];
}

const WAITS: readonly (readonly [keyof ReuseCounts['waitTime'], string])[] = [
  ['own-dial', 'for its own dial'],
  ['another-dial', 'for the dial of another'],
  ['room', 'for room (maxConnsPerHost)'],
  ['capacity', 'for an HTTP/2 stream'],
  ['calm', 'for a pause (the server asked for calm, or took nothing)'],
];

function waitRows({ waitTime }: ReuseCounts): readonly Row[] {
  return WAITS.flatMap(([waitsFor, name]): Row[] => {
    const time = waitTime[waitsFor];
    return time === undefined ? [] : [[`    ${name}`, String(time.count), meanAndMax(time)]];
  });
}

/** The most frequent first. */
function reasonRows(reasons: ReasonCounts): readonly Row[] {
  return Object.entries(reasons)
    .toSorted(([, a], [, b]) => b - a)
    .map(([reason, count]) => [`  ${reason}`, String(count), NOTES[reason] ?? '']);
}

function warningLines({ routes, warnings }: ReuseReport): readonly string[] {
  if (warnings.length === 0) return [];
  const lines = warnings.flatMap(({ origin, proxy, text }) => {
    const where = routes.length < 2 ? '' : `${origin}${proxy === undefined ? '' : ` via ${proxy}`}: `;
    return wrapped(`${where}${text}`, COLUMNS - 2).map((line, at) => `${at === 0 ? '! ' : '  '}${line}`);
  });
  return ['', ...lines];
}

function some(count: number, what: string): string {
  return count === 0 ? '' : `${count} ${what}`;
}

function meanAndMax({ mean, max }: Distribution): string {
  return `${formatTime(mean)} on average, at most ${formatTime(max)}`;
}

function oneDigit(value: number): string {
  return value.toFixed(1);
}
