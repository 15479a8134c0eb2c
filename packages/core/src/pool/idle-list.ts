import type { Clock, Timer } from '../contract/clock.ts';
import type { CloseReason } from '../contract/trace-event.ts';
import { idleReason, idleTimeoutMs, reasonToRetire } from './retire.ts';
import type { PooledConnection } from './slot.ts';

/** Those that are due soon after one another are closed together: looking through 10 000 idle ones takes 0.1 ms. */
const TICK_MS = 20;

/**
 * The idle connections of all routes, the longest idle first, and the one timer that ends them. A timer for each connection would cost 2 µs
 * an exchange; this one is set for the first that is due, and set again when it fires.
 */
export class IdleList {
  readonly #clock: Clock;
  readonly #connections = new Set<PooledConnection>();
  #timer: Timer | undefined;
  /** When the timer fires; infinite where there is none. */
  #dueMs = Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get connections(): ReadonlySet<PooledConnection> {
    return this.#connections;
  }

  /** It is idle from now on. */
  add(pooled: PooledConnection): void {
    const monotonicMs = this.#clock.monotonicMs();
    pooled.idleSinceMs = this.#clock.nowMs();
    pooled.idleSinceMonotonicMs = monotonicMs;
    if (!this.#connections.has(pooled)) pooled.slot.idle += 1;
    this.#connections.add(pooled);
    const dueMs = dueAt(pooled);
    if (dueMs < this.#dueMs) this.#setTimer(dueMs, dueMs - monotonicMs);
  }

  /** It is in use, or closed. @returns whether it was idle. */
  delete(pooled: PooledConnection): boolean {
    if (!this.#connections.delete(pooled)) return false;
    pooled.slot.idle -= 1;
    pooled.idleSinceMs = Infinity;
    return true;
  }

  /** No connection will be added any more. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#dueMs = Infinity;
  }

  #setTimer(dueMs: number, delayMs: number): void {
    this.#timer?.cancel();
    this.#dueMs = dueMs;
    this.#timer = this.#clock.after(Math.max(0, Math.ceil(delayMs)), () => this.#closeDue());
    this.#timer.unref();
  }

  #closeDue(): void {
    this.stop();
    const nowMs = this.#clock.monotonicMs();
    let nextMs = Infinity;
    // Closing one removes it from the set, which a loop over a set allows; a listener that hears of it may add others, and they set the timer.
    for (const pooled of this.#connections) {
      const dueMs = dueAt(pooled);
      if (dueMs <= nowMs) pooled.connection.close(dueReason(pooled, nowMs));
      else nextMs = Math.min(nextMs, dueMs);
    }
    if (nextMs < this.#dueMs) this.#setTimer(nextMs, Math.max(nextMs - nowMs, TICK_MS));
  }
}

function dueAt(pooled: PooledConnection): number {
  return Math.min(pooled.idleSinceMonotonicMs + idleTimeoutMs(pooled), pooled.retireAtMonotonicMs);
}

function dueReason(pooled: PooledConnection, monotonicMs: number): CloseReason {
  return reasonToRetire(pooled, monotonicMs) ?? idleReason(pooled);
}
