import { availableParallelism } from 'node:os';
import { LiveLine } from './live-line.ts';
import { runCommand } from './run-command.ts';
import { nextStep, type Scheduled, type StepState } from './schedule-steps.ts';

/** One check: a command that passes by exiting with 0. */
export interface Step extends Scheduled {
  readonly command: readonly string[];
}

export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/** Runs the steps, as many at a time as there are cores. One line each; a failing one's output is shown whole. */
export async function runSteps(steps: readonly Step[]): Promise<Tally> {
  const run = new StepRun();
  await run.all(steps);
  const results = [...run.states.values()];
  const passed = results.filter((state) => state === 'passed').length;
  return { passed, failed: results.length - passed };
}

class StepRun {
  readonly states = new Map<string, StepState>();
  readonly #startedMs = new Map<string, number>();
  readonly #running = new Set<Promise<void>>();

  async all(steps: readonly Step[]): Promise<void> {
    using line = new LiveLine(() => this.#progress());
    for (;;) {
      const decision = nextStep(steps, this.states, availableParallelism());
      switch (decision.kind) {
        case 'start':
          this.#start(decision.step, line);
          break;
        case 'skip':
          this.states.set(decision.step.name, 'not-run');
          line.print(`✗ ${decision.step.name}: not run, because ${decision.because} failed`);
          break;
        case 'wait':
          await Promise.race(this.#running);
          break;
        case 'done':
          return;
      }
    }
  }

  #start(step: Step, line: LiveLine): void {
    this.states.set(step.name, 'running');
    this.#startedMs.set(step.name, performance.now());
    const running = this.#runOne(step, line).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #runOne(step: Step, line: LiveLine): Promise<void> {
    const { exitCode, output } = await runCommand(step.command);
    const passed = exitCode === 0;
    this.states.set(step.name, passed ? 'passed' : 'failed');
    const summary = `${passed ? '✓' : '✗'} ${step.name} ${this.#seconds(step.name).toFixed(1)} s`;
    line.print(passed ? summary : `${summary} (exit code ${exitCode})\n${output.trimEnd().replaceAll(/^/gm, '    ')}`);
  }

  #progress(): string {
    const running = [...this.states].filter(([, state]) => state === 'running');
    return running.map(([name]) => `… ${name} ${this.#seconds(name).toFixed(0)} s`).join('   ');
  }

  #seconds(name: string): number {
    return (performance.now() - (this.#startedMs.get(name) ?? 0)) / 1000;
  }
}
