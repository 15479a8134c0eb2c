import { decimal, microsEach, ratio } from './figures.ts';
import type { SamplePair } from './measure-pairs.ts';
import { medianRatio, spreadOf } from './statistics.ts';

/** What something costs against the same without it. */
export interface PairFigures {
  /** Of the one with it by the one without. */
  readonly found: number;
  /** In µs of CPU time for each request. */
  readonly added: number;
  /** As {@link PAIR_HEADINGS} names them. */
  readonly cells: readonly string[];
}

export const PAIR_HEADINGS = ['CPU µs/request', 'without', 'more by', 'with ÷ without'] as const;

export function pairFigures(pairs: readonly SamplePair[]): PairFigures {
  const plain = pairs.map((pair) => microsEach(pair.plain));
  const cpu = pairs.map((pair) => microsEach(pair.variant));
  const found = medianRatio(cpu, plain);
  const added = spreadOf(cpu.map((micros, round) => micros - (plain[round] ?? Number.NaN))).median;
  return { found, added, cells: [decimal(spreadOf(cpu).median), decimal(spreadOf(plain).median), signed(added), ratio(found)] };
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;
}
