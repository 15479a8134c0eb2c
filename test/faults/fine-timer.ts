import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

/** How often the thread looks whether something is due. */
const TICK_MS = 0.2;

/**
 * Calls back after fractions of a millisecond. Node's own timers fire at whole milliseconds of the machine's clock, in all processes alike: a caller that waits by
 * them would meet what another does by them each time, or never. A thread of its own sleeps, which spares the event loop from spinning.
 */
export class FineTimer {
  readonly #pending: { readonly dueMs: number; readonly callback: () => void }[] = [];
  /** 1 while something is pending. */
  readonly #isNeeded = new Int32Array(new SharedArrayBuffer(4));

  constructor() {
    const worker = new Worker(new URL(import.meta.url), { workerData: this.#isNeeded, execArgv: [...process.execArgv] });
    worker.on('message', () => this.#onTick());
    worker.unref();
  }

  after(ms: number, callback: () => void): void {
    this.#pending.push({ dueMs: performance.now() + ms, callback });
    Atomics.store(this.#isNeeded, 0, 1);
    Atomics.notify(this.#isNeeded, 0);
  }

  #onTick(): void {
    const nowMs = performance.now();
    for (const { dueMs, callback } of this.#pending.splice(0)) {
      if (dueMs <= nowMs) callback();
      else this.#pending.push({ dueMs, callback });
    }
    if (this.#pending.length === 0) Atomics.store(this.#isNeeded, 0, 0);
  }
}

if (!isMainThread && workerData instanceof Int32Array) {
  const never = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    Atomics.wait(workerData, 0, 0);
    Atomics.wait(never, 0, 0, TICK_MS);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    parentPort?.postMessage(undefined);
  }
}
