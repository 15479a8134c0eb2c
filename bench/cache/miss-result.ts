import { judge, MISS_BAR, type Verdict } from '../bars.ts';
import { barCells } from '../figures.ts';
import { PAIR_HEADINGS, pairFigures } from '../pair-figures.ts';
import type { Result } from '../result.ts';
import type { MeasuredMiss } from './measure-misses.ts';
import { missTitle } from './misses.ts';

/** What came out of misses, as a table and as verdicts. */
export function missResult(measured: readonly MeasuredMiss[]): Result {
  const rows = measured.map(rowOf);
  return {
    table: {
      title: 'What a cache that has no answer adds to a GET of a new URL',
      headings: ['with', ...PAIR_HEADINGS, 'bar', ''],
      rows: rows.map(({ cells }) => cells),
    },
    verdicts: rows.flatMap(({ verdict }) => verdict ?? []),
  };
}

function rowOf({ miss, pairs }: MeasuredMiss): { readonly cells: readonly string[]; readonly verdict: Verdict | undefined } {
  const { found, cells } = pairFigures(pairs);
  const title = missTitle(miss);
  const verdict = miss.cache === 'ours' ? { title: `A miss, ${title}, against no cache`, ...judge(MISS_BAR, found) } : undefined;
  return { cells: [title, ...cells, ...barCells(verdict)], verdict };
}
