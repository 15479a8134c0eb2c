import { costBar, judge, type Verdict } from './bars.ts';
import { COST_TITLES } from './cost-variants.ts';
import { barCells, decimal, ratio } from './figures.ts';
import type { MeasuredCost } from './measure-costs.ts';
import type { Sample } from './messages.ts';
import type { Result } from './result.ts';
import { medianRatio, spreadOf } from './statistics.ts';

export function costResult(measured: readonly MeasuredCost[]): Result {
  const plain = cpuOf(measured.find(({ variant }) => variant === 'plain')?.samples ?? []);
  const rows = measured.map(({ variant, samples }) => {
    const cpu = cpuOf(samples);
    const found = medianRatio(cpu, plain);
    const bar = costBar(variant);
    const verdict: Verdict | undefined = bar === undefined ? undefined : { title: `Cost of: ${variant}`, ...judge(bar, found) };
    const added = spreadOf(cpu.map((micros, round) => micros - (plain[round] ?? Number.NaN))).median;
    return {
      cells: [COST_TITLES[variant], decimal(spreadOf(cpu).median), signed(added), ratio(found), ...barCells(verdict)],
      verdict,
    };
  });
  return {
    table: {
      title: 'What a request costs more with …',
      headings: ['with', 'CPU µs/request', 'more by', '÷ plain', 'bar', ''],
      rows: rows.map(({ cells }) => cells),
    },
    verdicts: rows.flatMap(({ verdict }) => verdict ?? []),
  };
}

function cpuOf(samples: readonly Sample[]): readonly number[] {
  return samples.map(({ cpuMicros, requests }) => cpuMicros / requests);
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;
}
