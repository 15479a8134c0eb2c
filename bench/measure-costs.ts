import { testCertificate } from '@roundtripper/testing';
import type { BenchServer } from './bench-server.ts';
import { Child, nodeProgram } from './child.ts';
import { COST_NAMES, type CostName } from './cost-variants.ts';
import { jobFor, type Effort } from './measure.ts';
import type { Job, Sample } from './messages.ts';
import type { Place } from './place.ts';
import { WORKS } from './works.ts';

/** The windows of one variant, and of a plain GET beside each. */
export interface MeasuredCost {
  readonly variant: CostName;
  readonly pairs: readonly { readonly plain: Sample; readonly variant: Sample }[];
}

/**
 * Measures what a GET of 1 KiB costs more with a signal, a limit of time, a listener or middleware. Each takes turns with a plain one, both in the same process:
 * two processes that run the very same code differ by more than what is looked for here.
 */
export async function measureCosts(effort: Effort, server: BenchServer, place: Place): Promise<readonly MeasuredCost[]> {
  const measured: MeasuredCost[] = [];
  for (const variant of COST_NAMES) {
    const pairs: MeasuredCost['pairs'][] = [];
    for (let launch = 1; launch <= effort.launches; launch++) {
      place.onProgress(`cost, launch ${launch} of ${effort.launches}: ${variant}`);
      pairs.push(await measurePairs(variant, effort, server, place));
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

async function measurePairs(variant: CostName, effort: Effort, server: BenchServer, place: Place): Promise<MeasuredCost['pairs']> {
  const text = JSON.stringify({ ...jobFor('transport', WORKS['get-1k'], server), ca: testCertificate.ca } satisfies Job);
  await using child = new Child(place.pinning.client, nodeProgram(variant, new URL('./cost-process.ts', import.meta.url), text, variant));
  await child.first('ready');
  const { requestsPerSecond } = await child.ask({ kind: 'warm-up', forMs: warmUpMsFor(variant, effort) }, 'warmed-up');
  const requests = Math.ceil((requestsPerSecond * effort.windowMs) / 1_000);
  const pairs: { readonly plain: Sample; readonly variant: Sample }[] = [];
  for (let round = 0; round < effort.rounds; round++) {
    const isPlainFirst = round % 2 === 0;
    const { plain, variant: other } = await child.ask({ kind: 'measure-cost', requests, isPlainFirst }, 'measured-cost');
    pairs.push({ plain, variant: other });
  }
  return pairs;
}
