import { getHeapStatistics } from 'node:v8';
import type { Sample } from './messages.ts';

/** How much of a window's requests goes before it, unmeasured: connections that idled away are opened again, and caches are warm. */
const LEAD_IN = 0.1;
const FIRST_BATCH = 200;
const BATCH_SECONDS = 0.1;

/** Keeps a client busy with a fixed number of requests in flight. */
export class Workload {
  readonly #exchange: () => Promise<void>;
  readonly #concurrency: number;

  constructor(exchange: () => Promise<void>, concurrency: number) {
    this.#exchange = exchange;
    this.#concurrency = concurrency;
  }

  /** @returns requests per second at the end of it. */
  async warmUp(forMs: number): Promise<number> {
    const untilMs = performance.now() + forMs;
    // One at a time is what large bodies are: 200 of them would take minutes.
    let perSecond = await this.#rate(this.#concurrency === 1 ? 1 : FIRST_BATCH);
    while (performance.now() < untilMs) perSecond = await this.#rate(Math.ceil(perSecond * BATCH_SECONDS));
    return perSecond;
  }

  async measure(requests: number): Promise<Sample> {
    await this.run(leadInOf(requests, this.#concurrency));
    const startedMs = performance.now();
    const allocatedBefore = allocatedBytes();
    const cpuBefore = process.cpuUsage();
    await this.run(requests);
    const cpu = process.cpuUsage(cpuBefore);
    return {
      requests,
      wallMs: performance.now() - startedMs,
      cpuMicros: cpu.user + cpu.system,
      peakRssBytes: process.resourceUsage().maxRSS * 1_024,
      allocatedBytes: allocatedBytes() - allocatedBefore,
    };
  }

  async run(requests: number): Promise<void> {
    let left = requests;
    const keepGoing = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await this.#exchange();
      }
    };
    await Promise.all(Array.from({ length: this.#concurrency }, keepGoing));
  }

  async #rate(requests: number): Promise<number> {
    const startedMs = performance.now();
    await this.run(requests);
    return requests / ((performance.now() - startedMs) / 1_000);
  }
}

function allocatedBytes(): number {
  return getHeapStatistics().total_allocated_bytes;
}

function leadInOf(requests: number, concurrency: number): number {
  return concurrency === 1 ? Math.floor(requests * LEAD_IN) : Math.max(Math.ceil(requests * LEAD_IN), 2 * concurrency);
}
