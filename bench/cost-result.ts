import { costBar, judge, judgeAdded, type Verdict } from './bars.ts';
import { COST_TITLES } from './cost-variants.ts';
import { barCells, decimal, ratio } from './figures.ts';
import type { MeasuredCost } from './measure-costs.ts';
import type { Sample } from './messages.ts';
import type { Result } from './result.ts';
import { medianRatio, spreadOf } from './statistics.ts';

export function costResult(measured: readonly MeasuredCost[]): Result {
  const rows = measured.map(rowOf);
  return {
    table: {
      title: 'What a GET of 1 KiB costs more with …',
      headings: ['with', 'CPU µs/request', 'without', 'more by', 'with ÷ without', 'bar', ''],
      rows: rows.map(({ cells }) => cells),
    },
    verdicts: rows.flatMap(({ verdict }) => verdict ?? []),
  };
}

function rowOf({ variant, pairs }: MeasuredCost): { readonly cells: readonly string[]; readonly verdict: Verdict | undefined } {
  const plain = cpuOf(pairs.map((pair) => pair.plain));
  const cpu = cpuOf(pairs.map((pair) => pair.variant));
  const found = medianRatio(cpu, plain);
  const added = spreadOf(cpu.map((micros, round) => micros - (plain[round] ?? Number.NaN))).median;
  const bar = costBar(variant);
  const judged = bar === undefined ? judgeAdded(variant, added) : judge(bar, found);
  const verdict = judged && { title: `GET of 1 KiB with ${COST_TITLES[variant]}, against one without`, ...judged };
  const cells = [
    COST_TITLES[variant],
    decimal(spreadOf(cpu).median),
    decimal(spreadOf(plain).median),
    signed(added),
    ratio(found),
    ...barCells(verdict),
  ];
  return { cells, verdict };
}

function cpuOf(samples: readonly Sample[]): readonly number[] {
  return samples.map(({ cpuMicros, requests }) => cpuMicros / requests);
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;
}
