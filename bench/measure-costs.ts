import { testCertificate } from '@roundtripper/testing';
import { Child, nodeProgram } from './child.ts';
import { COST_NAMES, type CostName } from './cost-variants.ts';
import { jobFor, type Effort } from './measure.ts';
import type { CostSample, Job, Sample } from './messages.ts';
import type { Place, RunningServer } from './place.ts';
import { WORKS } from './works.ts';

/** The windows of one variant, one a round. */
export interface MeasuredCost {
  readonly variant: CostName;
  readonly samples: readonly Sample[];
}

/**
 * Measures what a GET of 1 KiB costs more with a signal, a limit of time, a listener or middleware. All in one process: two processes that run the very same
 * code differ by more than what is looked for here.
 */
export async function measureCosts(effort: Effort, server: RunningServer, place: Place): Promise<readonly MeasuredCost[]> {
  const found: CostSample[] = [];
  for (let launch = 1; launch <= effort.launches; launch++) {
    place.onProgress(`costs, launch ${launch} of ${effort.launches}`);
    const text = JSON.stringify({ ...jobFor('transport', WORKS['get-1k'], server), ca: testCertificate.ca } satisfies Job);
    await using child = new Child(place.pinning.client, nodeProgram('costs', new URL('./cost-process.ts', import.meta.url), text));
    await child.first('ready');
    const { requestsPerSecond } = await child.ask({ kind: 'warm-up', forMs: effort.warmUpMs }, 'warmed-up');
    const requests = Math.ceil((requestsPerSecond * effort.windowMs) / 1_000);
    for (let round = 0; round < effort.rounds; round++) {
      found.push(...(await child.ask({ kind: 'measure-costs', requests, round }, 'measured-costs')).samples);
    }
  }
  return COST_NAMES.map((name) => ({ variant: name, samples: found.filter(({ variant }) => variant === name) }));
}
