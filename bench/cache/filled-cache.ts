import { join } from 'node:path';
import { cache, memoryStore, type CacheStore, type HttpCache } from '@roundtripper/cache';
import { sqliteStore } from '@roundtripper/cache/sqlite';
import { compose, HttpRequest, Transport, type RoundTripper } from '@roundtripper/core';
import { Random } from '../../packages/core/test/hostile/fuzz/random.ts';
import { checkFor, type Target } from '../client.ts';
import type { Sample } from '../messages.ts';
import { Workload } from '../workload.ts';
import type { Filled, FilledStore } from './filled-store.ts';
import { FIRST_NUMBER, SEED, type StoreJob } from './store-job.ts';

/** What a store on a busy machine may take: one that is late would be passed by. */
const PATIENCE_MS = 10_000;

/** A cache over a Transport that is filled with answers to URLs of their own, and then asked for those, or for more. */
export class FilledCache implements FilledStore {
  readonly #workload: Workload;
  readonly #filling: Workload;
  readonly #job: StoreJob;
  readonly #maxBytes: number;
  readonly #store: CacheStore;
  readonly #cache: HttpCache;
  readonly #transport: Transport;
  readonly #client: RoundTripper;
  readonly #check: Target['check'];
  readonly #random = new Random(SEED);
  #asked = 0;

  private constructor(job: StoreJob, maxBytes: number) {
    this.#job = job;
    this.#maxBytes = maxBytes;
    this.#store = job.store === 'memory' ? memoryStore({ maxBytes }) : sqliteStore({ path: join(job.folder, 'cache.sqlite'), maxBytes });
    this.#cache = cache({ store: this.#store, storeTimeout: PATIENCE_MS });
    this.#transport = new Transport({ maxConnsPerHost: job.concurrency });
    this.#client = compose(this.#cache, this.#transport);
    this.#check = checkFor(job.answerBytes);
    this.#filling = new Workload(() => this.#getNew(), job.concurrency);
    this.#workload = job.exchange === 'miss' ? this.#filling : new Workload(() => this.#getStored(), job.concurrency);
  }

  static async open(job: StoreJob): Promise<FilledCache> {
    return new FilledCache(job, job.maxBytes ?? job.entries * (await bytesOfOne(job)));
  }

  async fill(responses: number): Promise<Filled> {
    await this.#filling.run(responses);
    const { entries, bytes, evictions } = await this.#cache.stats();
    return { kind: 'filled', entries, bytes, evictions, maxBytes: this.#maxBytes };
  }

  async warmUp(forMs: number): Promise<number> {
    return this.#verified(() => this.#workload.warmUp(forMs));
  }

  async measure(requests: number): Promise<Sample> {
    return this.#verified(() => this.#workload.measure(requests));
  }

  clear(): Promise<void> {
    return this.#cache.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cache.close();
    await this.#store[Symbol.asyncDispose]?.();
    await this.#transport.close({ graceful: false });
  }

  /** @throws Error where hits were misses, or misses were not stored in place of others. */
  async #verified<T>(run: () => Promise<T>): Promise<T> {
    const before = await this.#cache.stats();
    const result = await run();
    const after = await this.#cache.stats();
    const missed = after.misses - before.misses;
    const isMiss = this.#job.exchange === 'miss';
    const isRight = isMiss ? missed > 0 && after.evictions - before.evictions === missed : missed === 0;
    if (isRight && after.entries === this.#job.entries) return result;
    throw new Error(`${missed} misses, ${after.evictions - before.evictions} evictions, ${after.entries} entries`);
  }

  #getNew(): Promise<void> {
    this.#asked += 1;
    return this.#get(this.#asked - 1);
  }

  #getStored(): Promise<void> {
    return this.#get(this.#random.below(this.#job.entries));
  }

  async #get(number: number): Promise<void> {
    const response = await this.#client.roundTrip(new HttpRequest(`${this.#job.url}?${FIRST_NUMBER + number}`));
    this.#check(response.status, await response.text());
  }
}

/** More than one response takes. */
const ROOM_FOR_ONE = 1_048_576;

/** What one response takes in memory, as the store counts it. */
async function bytesOfOne(job: StoreJob): Promise<number> {
  await using one = await FilledCache.open({ ...job, store: 'memory', maxBytes: ROOM_FOR_ONE });
  return (await one.fill(1)).bytes;
}
