import { judge, MANY_BAR, type Bar, type Verdict } from '../bars.ts';
import { barCells, decimal, microsEach, range, ratio } from '../figures.ts';
import type { Result } from '../result.ts';
import { medianRatio, spreadOf } from '../statistics.ts';
import type { Counts, ManyCase, MeasuredMany } from './measure-many.ts';

const TITLES: Readonly<Record<ManyCase, string>> = {
  'hit, memory': 'answered from `memoryStore()`',
  'hit, Map': 'no cache, and no request: the body out of a `Map` by URL, as text',
  'miss, memory': 'asked of the server and stored in `memoryStore()`, which is full: another goes',
  'hit, SQLite': 'answered from `sqliteStore()`',
};

/** What came of few and many entries, as a table and as verdicts. */
export function manyResult({ few, many }: Counts, measured: readonly MeasuredMany[]): Result {
  const title = `With ${few} and with ${many} responses of 1 KiB stored, in random order`;
  const rows = measured.map((each) => rowOf(title, each, barFor(each, measured)));
  return {
    table: {
      title,
      headings: ['a GET that is …', `µs with ${few}`, 'min–max', `with ${many}`, 'min–max', 'many ÷ few', 'bar', ''],
      rows: rows.map(({ cells }) => cells),
    },
    verdicts: rows.flatMap(({ verdict }) => verdict ?? []),
  };
}

/** A hit may become dearer as a look-up in a `Map` of as many does: that is the processor's caches, and no cache's. */
function barFor({ name }: MeasuredMany, measured: readonly MeasuredMany[]): Bar | undefined {
  if (name === 'miss, memory') return MANY_BAR;
  const least = measured.find((each) => each.name === 'hit, Map');
  if (name !== 'hit, memory' || least === undefined) return undefined;
  return { ratio: medianRatio(least.many.map(microsEach), least.few.map(microsEach)), sense: 'at most' };
}

function rowOf(
  title: string,
  { name, few, many }: MeasuredMany,
  bar: Bar | undefined,
): { readonly cells: readonly string[]; readonly verdict: Verdict | undefined } {
  const fewMicros = few.map(microsEach);
  const manyMicros = many.map(microsEach);
  const found = medianRatio(manyMicros, fewMicros);
  const verdict = bar === undefined ? undefined : { title: `${title}: ${TITLES[name]}`, ...judge(bar, found) };
  const cells = [fewMicros, manyMicros].flatMap((micros) => [decimal(spreadOf(micros).median), range(spreadOf(micros))]);
  return { cells: [TITLES[name], ...cells, ratio(found), ...barCells(verdict)], verdict };
}
