import type { Verdict } from './bars.ts';
import { decimal } from './figures.ts';
import type { Table } from './table.ts';

/** What came out of one part of a run. */
export interface Result {
  readonly table: Table;
  readonly verdicts: readonly Verdict[];
}

/** How many bars are met, and those that are not. */
export function missedBars(results: readonly Result[]): Table {
  const verdicts = results.flatMap((result) => result.verdicts);
  const missed = verdicts.filter(({ isMet }) => !isMet);
  return {
    title: `Bars: ${verdicts.length - missed.length} of ${verdicts.length} met${missed.length === 0 ? '.' : '. Not met:'}`,
    headings: ['bar', 'is', 'found'],
    rows: missed.map(({ title, bar, found }) => [title, bar, decimal(found, 2)]),
  };
}
