/** What is known of a step besides what it runs. */
export interface Scheduled {
  readonly name: string;
  /** Names of steps that must have passed before. */
  readonly after?: readonly string[];
}

export type StepState = 'running' | 'passed' | 'failed' | 'not-run';

export type Decision<S extends Scheduled> =
  | { readonly kind: 'start'; readonly step: S }
  | { readonly kind: 'skip'; readonly step: S; readonly because: string }
  | { readonly kind: 'wait' }
  | { readonly kind: 'done' };

/** Which step is next: the first listed that may run, on condition that fewer than `lanes` are running. */
export function nextStep<S extends Scheduled>(steps: readonly S[], states: ReadonlyMap<string, StepState>, lanes: number): Decision<S> {
  const waiting = steps.filter((step) => !states.has(step.name));
  for (const step of waiting) {
    const because = step.after?.find((name) => states.get(name) === 'failed' || states.get(name) === 'not-run');
    if (because !== undefined) return { kind: 'skip', step, because };
  }
  const running = [...states.values()].filter((state) => state === 'running').length;
  const ready = waiting.find((step) => step.after?.every((name) => states.get(name) === 'passed') ?? true);
  if (ready !== undefined && running < lanes) return { kind: 'start', step: ready };
  if (running > 0) return { kind: 'wait' };
  if (waiting.length === 0) return { kind: 'done' };
  throw new Error(`no step can start: ${waiting.map((step) => step.name).join(', ')} wait for steps that are not listed or for each other`);
}
