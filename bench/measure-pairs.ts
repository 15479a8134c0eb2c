import { Child, type Program } from './child.ts';
import type { Sample } from './messages.ts';
import type { Place } from './place.ts';
import type { Effort } from './turns.ts';

/** One window of something, and one of the same without what is measured. */
export interface SamplePair {
  readonly plain: Sample;
  readonly variant: Sample;
}

/**
 * Measures what something costs against the same without it: one launch of a process in which the two take turns.
 * Two processes that run the very same code differ by more than what is looked for here.
 * @param program Calls `servePair`.
 */
export async function measurePairs(
  program: Program,
  effort: Omit<Effort, 'launches'>,
  place: Pick<Place, 'pinning'>,
): Promise<readonly SamplePair[]> {
  await using child = new Child(place.pinning.client, program);
  await child.first('ready');
  const { requestsPerSecond } = await child.ask({ kind: 'warm-up', forMs: effort.warmUpMs }, 'warmed-up');
  const requests = Math.ceil((requestsPerSecond * effort.windowMs) / 1_000);
  const pairs: SamplePair[] = [];
  for (let round = 0; round < effort.rounds; round++) {
    const isPlainFirst = round % 2 === 0;
    const { plain, variant } = await child.ask({ kind: 'measure-pair', requests, isPlainFirst }, 'measured-pair');
    pairs.push({ plain, variant });
  }
  return pairs;
}
