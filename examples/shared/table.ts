/** A column of a table: what is at its head, and on which side its cells are aligned. */
export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
}

/** Rows under their columns, each as wide as its widest cell. A row without cells is an empty line. Columns without titles have no head. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const titles = columns.map(({ title }) => title);
  const widths = columns.map(({ title }, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const lineOf = (cells: readonly string[]): string =>
    columns
      .map(({ align }, at) => (align === 'left' ? (cells[at] ?? '').padEnd(widths[at] ?? 0) : (cells[at] ?? '').padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd();
  const head = titles.every((title) => title === '') ? [] : [lineOf(titles), widths.map((width) => '-'.repeat(width)).join('  ')];
  return [...head, ...rows.map(lineOf)].join('\n');
}

/** Like `12 345`. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replaceAll(/\B(?=(\d{3})+$)/g, ' ');
}

/** Like `12.3 %`; a share of nothing is a dash. */
export function formatShare(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((part / whole) * 100).toFixed(1)} %`;
}
