import type { Judgement, Sample } from './judge.ts';
import type { Random } from './random.ts';

/** A reader of ours that is fuzzed: what it starts from, how that is changed, and what must hold of whatever comes of it. */
export interface FuzzTarget {
  /** As `npm run fuzz -- --target` calls it. */
  readonly name: string;
  /** The folder of samples that are kept. */
  readonly corpus: URL;
  /** Whether a sample with this first line is one of its own. */
  readonly owns: (method: string) => boolean;
  /** What was written by hand. */
  readonly seeds: () => readonly Sample[];
  /** Another sample. `others`: bytes to take pieces from. */
  readonly mutate: (sample: Sample, random: Random, others: readonly string[]) => Sample;
  readonly judge: (sample: Sample, random: Random) => Judgement | Promise<Judgement>;
  /** What becomes of a sample, to be looked at. */
  readonly show: (sample: Sample) => unknown;
}
