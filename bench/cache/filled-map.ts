import { bodyOf } from '../answers.ts';
import { checkFor } from '../client.ts';
import { Random } from '../../packages/core/test/hostile/fuzz/random.ts';
import type { Sample } from '../messages.ts';
import { Workload } from '../workload.ts';
import type { Filled, FilledStore } from './filled-store.ts';
import { FIRST_NUMBER, SEED, type StoreJob } from './store-job.ts';

/** What no cache can be cheaper than: a `Map` of bodies by URL, asked as a {@link FilledCache} is. How much slower it is with many is the processor's affair. */
export class FilledMap implements FilledStore {
  readonly #bodies = new Map<string, Buffer>();
  readonly #job: StoreJob;
  readonly #workload: Workload;

  constructor(job: StoreJob) {
    const random = new Random(SEED);
    const check = checkFor(job.answerBytes);
    this.#job = job;
    this.#workload = new Workload(async () => {
      const body = this.#bodies.get(this.#urlOf(random.below(job.entries)));
      check(200, body?.toString() ?? '');
    }, job.concurrency);
  }

  async fill(responses: number): Promise<Filled> {
    const before = this.#bodies.size;
    for (let made = 0; made < responses; made++) this.#bodies.set(this.#urlOf(before + made), bodyOf(this.#job.answerBytes));
    const bytes = this.#bodies.size * this.#job.answerBytes;
    return { kind: 'filled', entries: this.#bodies.size, bytes, maxBytes: bytes, evictions: 0 };
  }

  warmUp(forMs: number): Promise<number> {
    return this.#workload.warmUp(forMs);
  }

  measure(requests: number): Promise<Sample> {
    return this.#workload.measure(requests);
  }

  async clear(): Promise<void> {
    this.#bodies.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#bodies.clear();
  }

  #urlOf(number: number): string {
    return `${this.#job.url}?${FIRST_NUMBER + number}`;
  }
}
