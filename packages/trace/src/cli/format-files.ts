import type { Look } from './format-single.ts';
import { printable } from './printable.ts';
import { counted, formatCount } from './quantities.ts';
import type { RunReport, WrittenFile } from './run-report.ts';

/** Which files were written, and what is missing in them. Empty where there is none. */
export function formatFiles({ har, html }: Pick<RunReport, 'har' | 'html'>, { paint }: Look): string {
  const lines = [har, html].flatMap((written) => (written === undefined || written.error !== undefined ? [] : [lineOf(written)]));
  return lines.length === 0 ? '' : `\n${lines.map((line) => `${paint('dim', 'written')}  ${line}\n`).join('')}`;
}

function lineOf({ file, requests, missing }: WrittenFile): string {
  return `${printable(file)}, ${counted(requests, 'request')}${missing === 0 ? '' : `; ${formatCount(missing)} left out, see --help`}`;
}
