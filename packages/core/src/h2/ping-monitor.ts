import type { Clock, Timer } from '../contract/clock.ts';
import { deadline } from '../contract/deadline.ts';

/** What the monitor has done. */
export interface PingEvents {
  sendPing(): void;
  /** It was not answered, and nothing else came. */
  onLost(): void;
}

/** Durations in milliseconds; 0 for never. */
export interface PingLimits {
  readonly clock: Clock;
  readonly pingAfterMs: number;
  readonly pingTimeoutMs: number;
}

/**
 * Finds out that a peer is gone: a connection that has fallen silent while requests are under way, or was silent before one came, is asked (Go's ReadIdleTimeout).
 * One that nobody uses is not asked: its timer runs out, and no other is set.
 */
export class PingMonitor {
  readonly #limits: PingLimits;
  readonly #events: PingEvents;
  #heardAtMs: number;
  #timer: Timer | undefined;
  #isWatching = false;
  #isAsking = false;

  constructor(limits: PingLimits, events: PingEvents) {
    this.#limits = limits;
    this.#events = events;
    this.#heardAtMs = limits.clock.monotonicMs();
  }

  /** Something came from the peer. */
  heard(): void {
    if (this.#limits.pingAfterMs > 0 || this.#isAsking) this.#heardAtMs = this.#limits.clock.monotonicMs();
  }

  /** A request is under way where there was none. */
  watch(): void {
    const { clock, pingAfterMs } = this.#limits;
    if (pingAfterMs === 0) return;
    this.#isWatching = true;
    if (this.#isAsking) return;
    if (clock.monotonicMs() - this.#heardAtMs >= pingAfterMs) this.ask();
    else this.#timer ??= this.#after(pingAfterMs);
  }

  /** None is under way any more. The timer runs out by itself: most connections have their next request before that. */
  rest(): void {
    this.#isWatching = false;
  }

  /** Asks now, unless it has. */
  ask(): void {
    if (this.#isAsking) return;
    this.#isAsking = true;
    this.stop();
    const { pingTimeoutMs } = this.#limits;
    if (pingTimeoutMs > 0) this.#timer = this.#after(pingTimeoutMs);
    this.#events.sendPing();
  }

  /** It has answered. @returns whether it was asked. */
  answered(): boolean {
    if (!this.#isAsking) return false;
    this.#isAsking = false;
    this.stop();
    if (this.#isWatching && this.#limits.pingAfterMs > 0) this.#timer = this.#after(this.#limits.pingAfterMs);
    return true;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #after(delayMs: number): Timer {
    const timer = deadline(this.#limits.clock, delayMs, () => this.#onDue());
    // While a request is under way its wire keeps the process alive.
    timer.unref();
    return timer;
  }

  #onDue(): void {
    this.#timer = undefined;
    const { clock, pingAfterMs, pingTimeoutMs } = this.#limits;
    const limitMs = this.#isAsking ? pingTimeoutMs : pingAfterMs;
    const leftMs = this.#heardAtMs + limitMs - clock.monotonicMs();
    if (!this.#isAsking && !this.#isWatching) return;
    if (leftMs > 0) this.#timer = this.#after(leftMs);
    else if (this.#isAsking) this.#events.onLost();
    else this.ask();
  }
}
