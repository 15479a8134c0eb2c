import { costBar, judge, judgeAdded, type Verdict } from './bars.ts';
import { COST_TITLES } from './cost-variants.ts';
import { barCells } from './figures.ts';
import type { MeasuredCost } from './measure-costs.ts';
import { PAIR_HEADINGS, pairFigures } from './pair-figures.ts';
import type { Result } from './result.ts';

export function costResult(measured: readonly MeasuredCost[]): Result {
  const rows = measured.map(rowOf);
  return {
    table: {
      title: 'What a GET of 1 KiB costs more with …',
      headings: ['with', ...PAIR_HEADINGS, 'bar', ''],
      rows: rows.map(({ cells }) => cells),
    },
    verdicts: rows.flatMap(({ verdict }) => verdict ?? []),
  };
}

function rowOf({ variant, pairs }: MeasuredCost): { readonly cells: readonly string[]; readonly verdict: Verdict | undefined } {
  const { found, added, cells } = pairFigures(pairs);
  const bar = costBar(variant);
  const judged = bar === undefined ? judgeAdded(variant, added) : judge(bar, found);
  const verdict = judged && { title: `GET of 1 KiB with ${COST_TITLES[variant]}, against one without`, ...judged };
  return { cells: [COST_TITLES[variant], ...cells, ...barCells(verdict)], verdict };
}
