import { SIZES } from './answers.ts';
import type { Row, SizeResult } from './summary.ts';
import type { Spread } from './statistics.ts';

const HEADINGS = ['client', 'CPU µs/request', 'min–max', '× floor', '× transport', 'requests/s', 'peak RSS, MiB'] as const;

/** For a terminal. */
export function textTable({ size, rows }: SizeResult): string {
  const cells = [HEADINGS, ...rows.map(cellsOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) => row.map((cell, column) => aligned(cell, widths[column] ?? 0, column)).join('  '));
  return [titleOf(size), ...lines].join('\n');
}

/** For docs/performance.md. */
export function markdownTable({ size, rows }: SizeResult): string {
  const rule = HEADINGS.map((_, column) => (column === 0 ? '---' : '--:'));
  const lines = [HEADINGS, rule, ...rows.map(cellsOf)].map((row) => `| ${row.join(' | ')} |`);
  return [`### ${titleOf(size)}`, '', ...lines].join('\n');
}

function titleOf(size: SizeResult['size']): string {
  return `GET, body of ${SIZES[size] / 1_024} KiB`;
}

function cellsOf(row: Row): readonly string[] {
  return [
    row.client,
    micros(row.cpuMicrosPerRequest.median),
    range(row.cpuMicrosPerRequest),
    ratio(row.timesFloor),
    ratio(row.timesTransport),
    String(Math.round(row.requestsPerSecond.median)),
    String(Math.round(row.peakRssBytes / 1_048_576)),
  ];
}

function aligned(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

function micros(value: number): string {
  return value.toFixed(1);
}

function range({ min, max }: Spread): string {
  return `${micros(min)}–${micros(max)}`;
}

function ratio(value: number | undefined): string {
  return value === undefined ? '–' : value.toFixed(2);
}
