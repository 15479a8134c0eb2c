import type { Clock, Timer } from '../contract/clock.ts';
import type { PooledConnection } from './slot.ts';

/**
 * The idle connections of all routes, the longest idle first, and the one timer that ends them. A timer for each connection would cost 2 µs
 * an exchange; this one is set for the first that is due, and set again when it fires.
 */
export class IdleList {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #connections = new Set<PooledConnection>();
  #timer: Timer | undefined;

  /** @param timeoutMs 0 for none. */
  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  get connections(): ReadonlySet<PooledConnection> {
    return this.#connections;
  }

  /** It is idle from now on. */
  add(pooled: PooledConnection): void {
    pooled.idleSinceMs = this.#clock.nowMs();
    pooled.idleSinceMonotonicMs = this.#clock.monotonicMs();
    this.#connections.add(pooled);
    if (this.#timer === undefined && this.#timeoutMs > 0) this.#setTimer(this.#timeoutMs);
  }

  /** It is in use, or closed. @returns whether it was idle. */
  delete(pooled: PooledConnection): boolean {
    return this.#connections.delete(pooled);
  }

  /** No connection will be added any more. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #setTimer(delayMs: number): void {
    this.#timer = this.#clock.after(delayMs, () => this.#closeDue());
    this.#timer.unref();
  }

  #closeDue(): void {
    this.#timer = undefined;
    const nowMs = this.#clock.monotonicMs();
    // Closing one removes it from the set, which a loop over a set allows.
    for (const pooled of this.#connections) {
      const dueInMs = pooled.idleSinceMonotonicMs + this.#timeoutMs - nowMs;
      if (dueInMs > 0) {
        // A listener of what was just closed may have made another connection idle, and that set a timer.
        this.stop();
        this.#setTimer(Math.ceil(dueInMs));
        return;
      }
      pooled.connection.close('idle-timeout');
    }
  }
}
