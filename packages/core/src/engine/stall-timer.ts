import type { Clock, Timer } from '../contract/clock.ts';
import { deadline } from '../contract/deadline.ts';

/** Fires when nothing has moved for a time, while it runs. One timer, set anew when it is due and not for each movement. */
class StallTimer {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #onStall: () => void;
  #timer: Timer | undefined;
  #movedAtMs = 0;

  constructor(clock: Clock, timeoutMs: number, onStall: () => void) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#onStall = onStall;
  }

  /** From now on it is the peer's turn. */
  start(): void {
    this.moved();
    this.#timer ??= this.#after(this.#timeoutMs);
  }

  /** Something moved. */
  moved(): void {
    this.#movedAtMs = this.#clock.monotonicMs();
  }

  /** It is not the peer's turn any more. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #after(delayMs: number): Timer {
    return deadline(this.#clock, delayMs, () => this.#onDue());
  }

  #onDue(): void {
    this.#timer = undefined;
    const leftMs = this.#movedAtMs + this.#timeoutMs - this.#clock.monotonicMs();
    if (leftMs > 0) this.#timer = this.#after(leftMs);
    else this.#onStall();
  }
}

/** For both bodies of an exchange: what comes of the one says nothing of the other. */
export class BodyStalls {
  /** Runs while the peer takes nothing of the request. */
  readonly request: StallTimer;
  /** Runs while it is the peer's turn to go on with its response. */
  readonly response: StallTimer;

  constructor(clock: Clock, timeoutMs: number, onStall: (isResponse: boolean) => void) {
    this.request = new StallTimer(clock, timeoutMs, () => onStall(false));
    this.response = new StallTimer(clock, timeoutMs, () => onStall(true));
  }

  stop(): void {
    this.request.stop();
    this.response.stop();
  }
}
