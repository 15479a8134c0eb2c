import { GROWTH_BAR, judge, type Verdict } from '../bars.ts';
import { barCells, mebibytes, ratio } from '../figures.ts';
import type { Result } from '../result.ts';
import type { MeasuredGrowth } from './measure-growth.ts';

/** What stores in memory take, as a table and as verdicts. */
export function growthResult(responses: number, measured: readonly MeasuredGrowth[]): Result {
  const title = `${responses} responses of 1 KiB in \`memoryStore({ maxBytes })\``;
  const rows = measured.map((each) => rowOf(title, each));
  return {
    table: {
      title,
      headings: [
        'maxBytes, MiB',
        'entries',
        'went',
        'stats().bytes, MiB',
        'in use, MiB',
        'RSS grown by, MiB',
        '÷ maxBytes',
        'bar',
        '',
        'at most, MiB',
      ],
      rows: rows.map(({ cells }) => cells),
    },
    verdicts: rows.map(({ verdict }) => verdict),
  };
}

function rowOf(title: string, each: MeasuredGrowth): { readonly cells: readonly string[]; readonly verdict: Verdict } {
  const { entries, bytes, maxBytes, evictions, liveGrownBytes, grownBytes, peakGrownBytes } = each;
  const found = grownBytes / maxBytes;
  const judged = judge(GROWTH_BAR, found);
  const cells = [
    mebibytes(maxBytes, 1),
    String(entries),
    String(evictions),
    mebibytes(bytes, 1),
    mebibytes(liveGrownBytes, 1),
    mebibytes(grownBytes, 1),
    ratio(found),
    ...barCells(judged),
    mebibytes(peakGrownBytes, 1),
  ];
  return {
    cells,
    verdict: { title: `${title}: RSS grown, by maxBytes of ${mebibytes(maxBytes, 1)} MiB, after ${evictions} went`, ...judged },
  };
}
