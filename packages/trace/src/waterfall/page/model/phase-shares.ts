import { PHASES } from '../../page-data.ts';
import type { ExchangeFacts } from './exchange-facts.ts';

/** What a group of requests spends its time on, on average. */
export interface PhaseShares {
  readonly requests: number;
  readonly meanMs: number;
  /** The mean of each phase, and last of what is in none. */
  readonly phaseMs: readonly number[];
}

/** The middle half beside the slowest hundredth: where a bad p99 comes from is where they differ. Both undefined where no request is over. */
export interface SharesCompared {
  readonly typical: PhaseShares | undefined;
  readonly slowest: PhaseShares | undefined;
}

export function comparedShares(shown: readonly ExchangeFacts[]): SharesCompared {
  const over = shown.filter(({ outcome }) => outcome !== 'under-way').toSorted((a, b) => a.durationMs - b.durationMs);
  const quarter = Math.floor(over.length / 4);
  return { typical: sharesOf(over.slice(quarter, over.length - quarter)), slowest: sharesOf(over.slice(-Math.ceil(over.length / 100))) };
}

/** From how long on a request is among the slowest hundredth. */
export function slowFromMs(facts: readonly ExchangeFacts[]): number {
  const durations = facts
    .filter(({ outcome }) => outcome !== 'under-way')
    .map(({ durationMs }) => durationMs)
    .toSorted((a, b) => a - b);
  return durations.at(-Math.ceil(durations.length / 100)) ?? Infinity;
}

function sharesOf(group: readonly ExchangeFacts[]): PhaseShares | undefined {
  if (group.length === 0) return undefined;
  const mean = (value: (facts: ExchangeFacts) => number): number => group.reduce((sum, facts) => sum + value(facts), 0) / group.length;
  return {
    requests: group.length,
    meanMs: mean(({ durationMs }) => durationMs),
    phaseMs: [...PHASES.map((_, phase) => mean(({ phaseMs }) => phaseMs[phase] ?? 0)), mean(({ outsideMs }) => outsideMs)],
  };
}
