import type { Clock } from '@roundtripper/core';

/** How long something may take that nobody waits for. */
const TIMEOUT_MS = 60_000;

/** What a cache does that no request waits for: each thing once at a time, bounded in time, and over when the cache is closed. */
export class Background {
  readonly #clock: Clock;
  readonly #tasks = new Map<string, Promise<void>>();
  readonly #controllers = new Set<AbortController>();
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Begins a task, unless one of that name is under way.
   * @param run Ends when its signal is aborted; what it throws concerns nobody.
   */
  start(name: string, run: (signal: AbortSignal) => Promise<void>): void {
    if (this.#isClosed || this.#tasks.has(name)) return;
    const controller = new AbortController();
    this.#controllers.add(controller);
    const timer = this.#clock.after(TIMEOUT_MS, () => controller.abort(new Error(`not done within ${TIMEOUT_MS} ms`)));
    timer.unref();
    this.#tasks.set(
      name,
      this.#settle(run, controller.signal).finally(() => {
        timer.cancel();
        this.#controllers.delete(controller);
        this.#tasks.delete(name);
      }),
    );
  }

  /** Ends all there is, and waits for the end. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const controller of this.#controllers) controller.abort(new Error('the cache was closed'));
    await Promise.all(this.#tasks.values());
  }

  async #settle(run: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    try {
      await run(signal);
    } catch {
      // The next request that needs it asks again, and is told what is wrong.
    }
  }
}
