import { expect, test } from 'vitest';
import { nextStep, type Scheduled, type StepState } from './schedule-steps.ts';

const build: Scheduled = { name: 'build' };
const pack: Scheduled = { name: 'pack', after: ['build'] };
const lint: Scheduled = { name: 'lint' };
const steps = [build, pack, lint];

test.for<{ fact: string; states: Record<string, StepState>; decision: object }>([
  { fact: 'the first listed starts first', states: {}, decision: { kind: 'start', step: build } },
  { fact: 'a step that waits for another lets the next one pass', states: { build: 'running' }, decision: { kind: 'start', step: lint } },
  { fact: 'no more run than there are lanes', states: { build: 'running', lint: 'running' }, decision: { kind: 'wait' } },
  { fact: 'a step starts once the one before it has passed', states: { build: 'passed' }, decision: { kind: 'start', step: pack } },
  {
    fact: 'a step is skipped where the one before it has failed',
    states: { build: 'failed' },
    decision: { kind: 'skip', step: pack, because: 'build' },
  },
  {
    fact: 'a step is skipped at once, though all lanes are in use',
    states: { build: 'not-run', lint: 'running' },
    decision: { kind: 'skip', step: pack, because: 'build' },
  },
  {
    fact: 'a failed step holds up none that does not need it',
    states: { build: 'failed', pack: 'not-run' },
    decision: { kind: 'start', step: lint },
  },
  {
    fact: 'all is done when every step has its result',
    states: { build: 'passed', pack: 'failed', lint: 'passed' },
    decision: { kind: 'done' },
  },
])('$fact', ({ states, decision }) => {
  expect(nextStep(steps, new Map(Object.entries(states)), 2)).toEqual(decision);
});

test('a step that waits for one that is not listed is a mistake that is named', () => {
  expect(() => nextStep([{ name: 'pack', after: ['biuld'] }], new Map(), 2)).toThrow('no step can start: pack');
});
