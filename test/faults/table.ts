import type { ClientName } from './flags.ts';
import type { Verdict } from './verdict.ts';

type Row = readonly [name: string, cell: (verdict: Verdict) => string];

const ROWS: readonly Row[] = [
  ['POSTs done twice', ({ duplicates }) => String(duplicates)],
  ['answered, never done', ({ phantoms }) => String(phantoms)],
  ['"nothing sent", but seen', ({ denied }) => String(denied)],
  ['wrong or cut answers', ({ wrong }) => String(wrong)],
  ['never settled', ({ unsettled }) => String(unsettled)],
  ['failed GETs', ({ failedGets, gets }) => share(failedGets, gets)],
  ['failed POSTs', ({ failedPosts, posts }) => share(failedPosts, posts)],
  ['… known to be unsent', ({ unsentPosts, posts }) => share(unsentPosts, posts)],
  ['413 or 408 received', ({ refused }) => String(refused)],
  ['requests/s', ({ gets, posts, elapsedMs }) => String(Math.round((1_000 * (gets + posts)) / elapsedMs))],
];

/** One column for each client. */
export function table(verdicts: ReadonlyMap<ClientName, Verdict>): string {
  const lines = [['', ...verdicts.keys()], ...ROWS.map(([name, cell]) => [name].concat([...verdicts.values()].map(cell)))];
  const widths = lines[0]?.map((_cell, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0))) ?? [];
  const text = lines.map((line) =>
    line.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  '),
  );
  const errors = [...verdicts].map(([client, verdict]) => `${client}: ${errorList(verdict)}`);
  return [...text, ...errors].join('\n');
}

function share(part: number, whole: number): string {
  return `${part} (${((100 * part) / Math.max(1, whole)).toFixed(3)} %)`;
}

function errorList({ errors }: Verdict): string {
  const counted = Object.entries(errors).toSorted(([, one], [, other]) => other - one);
  return counted.length === 0 ? 'no errors' : counted.map(([code, times]) => `${times} × ${code}`).join(', ');
}
