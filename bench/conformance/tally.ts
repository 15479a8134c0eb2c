import type { Results } from './run-subject.ts';
import { cases, type Case, type CaseGroup, type CaseKind } from './suite.ts';

/** How a case came out, as the suite says it: `set-up` where it did not get as far as what it is about. For a `check` they are answers, and none of them is wrong. */
export type Verdict = 'passed' | 'failed' | 'set-up';

export interface Outcome {
  readonly tried: Case;
  readonly verdict: Verdict;
  /** What went wrong, in the suite's words. */
  readonly message: string;
}

/** How many cases of a kind came out how. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly setUp: number;
  readonly total: number;
}

/** @throws Error when a case was not run. */
export function outcomesOf(results: Results): readonly Outcome[] {
  return cases.map((tried) => {
    const result = results[tried.id];
    if (result === undefined) throw new Error(`${tried.id} was not run`);
    if (result === true) return { tried, verdict: 'passed', message: '' };
    const [name, message] = result;
    return { tried, verdict: name === 'Setup' ? 'set-up' : 'failed', message };
  });
}

/** Each case by itself: one that builds on another counts by what it did, whatever became of that one. */
export function tally(outcomes: readonly Outcome[], kind: CaseKind, groups: readonly CaseGroup[]): Tally {
  const chosen = outcomes.filter(({ tried }) => tried.kind === kind && groups.includes(tried.group));
  const count = (verdict: Verdict): number => chosen.filter((outcome) => outcome.verdict === verdict).length;
  return { passed: count('passed'), failed: count('failed'), setUp: count('set-up'), total: chosen.length };
}

/** What is required, or good to have, and was not passed. */
export function missesOf(outcomes: readonly Outcome[]): readonly Outcome[] {
  return outcomes.filter(({ tried, verdict }) => tried.kind !== 'check' && verdict !== 'passed');
}
