/** A table for a reader. The first column is text and stands left, the others are figures and stand right. */
export interface Table {
  readonly title: string;
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** For a terminal. */
export function textTable({ title, headings, rows }: Table): string {
  const cells = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) => row.map((cell, column) => aligned(cell, widths[column] ?? 0, column)).join('  '));
  return [title, ...lines].join('\n');
}

/** For docs/performance.md. */
export function markdownTable({ title, headings, rows }: Table): string {
  const widths = headings.map((heading, column) => Math.max(3, heading.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => aligned(cell, widths[column] ?? 0, column)).join(' | ')} |`;
  return [`### ${title}`, '', line(headings), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n');
}

function aligned(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}
