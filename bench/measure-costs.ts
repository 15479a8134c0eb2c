import { testCertificate } from '@roundtripper/testing';
import type { BenchServer } from './bench-server.ts';
import { nodeProgram } from './child.ts';
import { COST_NAMES, type CostName } from './cost-variants.ts';
import { measurePairs, type SamplePair } from './measure-pairs.ts';
import { jobFor } from './measure.ts';
import type { Job } from './messages.ts';
import type { Place } from './place.ts';
import type { Effort } from './turns.ts';
import { WORKS } from './works.ts';

/** The windows of one variant, and of a plain GET beside each. */
export interface MeasuredCost {
  readonly variant: CostName;
  readonly pairs: readonly SamplePair[];
}

/** Measures what a GET of 1 KiB costs more with a signal, a limit of time, a listener or middleware. */
export async function measureCosts(effort: Effort, server: BenchServer, place: Place): Promise<readonly MeasuredCost[]> {
  const measured: MeasuredCost[] = [];
  const text = JSON.stringify({ ...jobFor('transport', WORKS['get-1k'], server), ca: testCertificate.ca } satisfies Job);
  for (const variant of COST_NAMES) {
    const pairs: (readonly SamplePair[])[] = [];
    const program = nodeProgram(variant, new URL('./cost-process.ts', import.meta.url), text, variant);
    for (let launch = 1; launch <= effort.launches; launch++) {
      place.onProgress(`cost, launch ${launch} of ${effort.launches}: ${variant}`);
      pairs.push(await measurePairs(program, { ...effort, warmUpMs: warmUpMsFor(variant, effort) }, place));
    }
    measured.push({ variant, pairs: pairs.flat() });
  }
  return measured;
}

/** Of what is much code, like OpenTelemetry's SDK, half is not compiled yet after the time that does for the others. */
const SLOW_WARM_UP = 4;

function warmUpMsFor(variant: CostName, { warmUpMs }: Effort): number {
  return variant.startsWith('OpenTelemetry') ? SLOW_WARM_UP * warmUpMs : warmUpMs;
}
