import type { Job, Sample } from '../messages.ts';
import { runH2load, type H2load, type H2loadRun } from './h2load.ts';

const FIRST_BATCH = 200;
const START_LOOKS = 3;

/** h2load at one job. Each run of it is a process, and what it takes to start one is not counted. */
export class Yardstick {
  readonly #h2load: H2load;
  readonly #job: Job;
  readonly #bodyFile: string | undefined;
  #startMicros = 0;

  /** @param bodyFile What is sent, where the job has a body. */
  constructor(h2load: H2load, job: Job, bodyFile: string | undefined) {
    this.#h2load = h2load;
    this.#job = job;
    this.#bodyFile = bodyFile;
  }

  /** @returns requests per second. */
  async warmUp(forMs: number): Promise<number> {
    const starts: number[] = [];
    for (let look = 0; look < START_LOOKS; look++) starts.push((await this.run(1)).cpuMicros);
    this.#startMicros = Math.min(...starts);
    const { wallMs } = await this.run(FIRST_BATCH);
    const requests = Math.ceil((FIRST_BATCH / wallMs) * forMs);
    return requests / ((await this.run(requests)).wallMs / 1_000);
  }

  async measure(requests: number): Promise<Sample> {
    const { cpuMicros, wallMs } = await this.run(requests);
    // What it had resident is not known: Node does not say it of a child.
    return { requests, wallMs, cpuMicros: cpuMicros - this.#startMicros, peakRssBytes: 0 };
  }

  /** @throws Error when an answer is not what it should be. */
  async run(requests: number): Promise<H2loadRun> {
    const { url, concurrency, answerBytes } = this.#job;
    const run = await runH2load(this.#h2load, { url, requests, concurrency, bodyFile: this.#bodyFile });
    if (run.succeeded === requests && run.dataBytes === requests * answerBytes) return run;
    throw new Error(`wrong answers: ${run.succeeded} of ${requests} have status 200, with ${run.dataBytes} bytes`);
  }
}
