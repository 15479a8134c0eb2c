import { keptSamples } from './corpus-file.ts';
import type { Sample } from './judge.ts';
import { Random } from './random.ts';
import type { FuzzTarget } from './target.ts';

/** A sample that shows a fault. */
export interface Finding {
  readonly sample: Sample;
  readonly fault: string;
}

const SEED_BYTES = 2_048;

/** Changes samples at random, and keeps those that come to an end that no other came to. With the same seed it does the same. */
export class Fuzzer {
  readonly #target: FuzzTarget;
  readonly #random: Random;
  readonly #samples: Sample[];
  readonly #untried: Sample[];
  readonly #seeds: number;
  /** Their bytes, to take pieces from. */
  readonly #texts: string[];
  readonly #signatures = new Set<string>();
  /** Samples that came to a new end, beyond those it started with. */
  readonly kept: Sample[] = [];
  #inputs = 0;

  constructor(target: FuzzTarget, seed: number) {
    this.#target = target;
    this.#random = new Random(seed);
    this.#samples = seedSamples(target);
    this.#untried = this.#samples.toReversed();
    this.#seeds = this.#samples.length;
    this.#texts = this.#samples.map(({ bytes }) => bytes);
  }

  get inputs(): number {
    return this.#inputs;
  }

  get corpusSize(): number {
    return this.#samples.length;
  }

  /** Of inputs that come to different ends. */
  get signatures(): number {
    return this.#signatures.size;
  }

  /** The next sample: first those it starts with, then ones that nobody wrote. */
  next(): Sample {
    const seed = this.#untried.pop();
    if (seed !== undefined) return seed;
    return this.#target.mutate(this.#random.pick(this.#samples), this.#random, this.#texts);
  }

  async try(sample: Sample): Promise<Finding | undefined> {
    this.#inputs += 1;
    const { fault, signature } = await this.#target.judge(sample, this.#random);
    if (fault !== undefined) return { sample, fault };
    if (this.#signatures.has(signature)) return undefined;
    this.#signatures.add(signature);
    if (this.#inputs <= this.#seeds) return undefined;
    this.#samples.push(sample);
    this.#texts.push(sample.bytes);
    this.kept.push(sample);
    return undefined;
  }
}

function seedSamples({ corpus, seeds }: FuzzTarget): Sample[] {
  return [...keptSamples(corpus), ...seeds()].filter(({ bytes }) => bytes.length <= SEED_BYTES);
}

/** A sample that shows a fault too, with as little in it as can be. */
export async function smallest(target: FuzzTarget, { sample, fault }: Finding): Promise<Finding> {
  let found: Finding = { sample, fault };
  for (let length = Math.ceil(sample.bytes.length / 2); length >= 1; length = length === 1 ? 0 : Math.ceil(length / 2)) {
    for (let at = 0; at < found.sample.bytes.length;) {
      const bytes = found.sample.bytes.slice(0, at) + found.sample.bytes.slice(at + length);
      const smaller = { ...sample, bytes };
      const { fault: again } = await target.judge(smaller, new Random(0));
      if (again === undefined) at += length;
      else found = { sample: smaller, fault: again };
    }
  }
  return found;
}
