import type { ReuseReport, RouteCounts } from './reuse-report.ts';

/** How a table is to look. */
export interface ReuseTableOptions {
  /** How wide a line is at most, in characters. Default 80; at least 40. A name that does not fit has a line of its own. */
  readonly columns?: number | undefined;
  /** How many routes have a line of their own, those with the most exchanges. Default 20. */
  readonly rows?: number | undefined;
}

/** A column of numbers. */
interface Column {
  readonly title: string;
  readonly value: (counts: Counts) => string;
}

type Counts = Pick<
  RouteCounts,
  'exchanges' | 'reused' | 'connectionsOpened' | 'connectionsClosed' | 'connectionsOpen' | 'connectionsIdle' | 'waited' | 'failed'
>;

const COLUMNS: readonly Column[] = [
  { title: 'exch.', value: ({ exchanges }) => String(exchanges) },
  { title: 'reused', value: ({ exchanges, reused }) => formatShare(reused, exchanges) },
  { title: 'opened', value: ({ connectionsOpened }) => String(connectionsOpened) },
  { title: 'closed', value: ({ connectionsClosed }) => String(connectionsClosed) },
  { title: 'open', value: ({ connectionsOpen }) => String(connectionsOpen) },
  { title: 'idle', value: ({ connectionsIdle }) => String(connectionsIdle) },
  { title: 'waited', value: ({ waited }) => String(waited) },
  { title: 'failed', value: ({ failed }) => String(failed) },
];

/**
 * The routes of a report as a table for a terminal or a log: a line for each, the busiest first, and one for all of them.
 * @throws RangeError when `columns` is less than 40, or `rows` less than 0.
 */
export function formatReuseTable(report: ReuseReport, { columns = 80, rows = 20 }: ReuseTableOptions = {}): string {
  if (!(columns >= 40)) throw new RangeError(`columns is ${columns}: expected at least 40`);
  if (!(rows >= 0)) throw new RangeError(`rows is ${rows}: expected at least 0`);
  const routes = report.routes.toSorted((a, b) => b.exchanges - a.exchanges);
  const shown = routes.slice(0, rows);
  const rest = routes.slice(rows);
  const lines = shown.map((route): Line => ({ names: namesOf(route), values: valuesOf(route) }));
  if (rest.length > 0) lines.push({ names: [`${rest.length} more`], values: valuesOf(sumOf(rest)) });
  lines.push({ names: ['all'], values: valuesOf(report) });
  return layOut([{ names: ['route'], values: COLUMNS.map(({ title }) => title) }, ...lines], columns);
}

/** A name, in several lines where it has several parts, and its numbers. */
interface Line {
  readonly names: readonly string[];
  readonly values: readonly string[];
}

/** In columns: names to the left, numbers to the right, as wide as they have to be. */
function layOut(lines: readonly Line[], columns: number): string {
  const widths = COLUMNS.map((_, at) => Math.max(...lines.map(({ values }) => values[at]?.length ?? 0)));
  const room = columns - widths.reduce((sum, width) => sum + width + 1, 0);
  const fitting = lines.flatMap(({ names }) => names.filter(({ length }) => length <= room));
  const nameWidth = Math.max(0, ...fitting.map(({ length }) => length));
  return lines.flatMap((line) => linesOf(line, nameWidth, widths)).join('\n');
}

/** The numbers are beside the last name, or below it where that is too long. */
function linesOf({ names, values }: Line, nameWidth: number, widths: readonly number[]): readonly string[] {
  const last = names.at(-1) ?? '';
  const doesFit = last.length <= nameWidth;
  const numbers = values.map((value, at) => value.padStart(widths[at] ?? 0)).join(' ');
  const above = doesFit ? names.slice(0, -1) : names;
  return [...above, `${(doesFit ? last : '').padEnd(nameWidth)} ${numbers}`.trimEnd()];
}

function namesOf({ origin, proxy }: RouteCounts): readonly string[] {
  return proxy === undefined ? [origin] : [origin, `  via ${proxy}`];
}

function valuesOf(counts: Counts): readonly string[] {
  return COLUMNS.map(({ value }) => value(counts));
}

function sumOf(routes: readonly RouteCounts[]): Counts {
  const sum = (valueOf: (route: RouteCounts) => number): number => routes.reduce((total, route) => total + valueOf(route), 0);
  return {
    exchanges: sum(({ exchanges }) => exchanges),
    reused: sum(({ reused }) => reused),
    connectionsOpened: sum(({ connectionsOpened }) => connectionsOpened),
    connectionsClosed: sum(({ connectionsClosed }) => connectionsClosed),
    connectionsOpen: sum(({ connectionsOpen }) => connectionsOpen),
    connectionsIdle: sum(({ connectionsIdle }) => connectionsIdle),
    waited: sum(({ waited }) => waited),
    failed: sum(({ failed }) => failed),
  };
}

/** Like `98.0 %`; `-` of nothing. */
export function formatShare(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((part / whole) * 100).toFixed(1)} %`;
}
