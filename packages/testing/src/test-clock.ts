import type { Clock, Timer } from '@roundtripper/core';

/** A call that is due at a time of the monotonic clock. */
interface PendingCall {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** Where the wall clock starts: a time that is easy to read in a failure. */
const START_MS = Date.UTC(2026, 0, 1);

/** So many calls in one {@link TestClock.advance} are a timer that starts itself anew without a delay. */
const MAX_CALLS = 100_000;

const TICKS_DEEP = 8;

/**
 * A {@link Clock} whose time moves only when the test says so.
 *
 * `advance` moves it; what was asked for by `after` is called on the way, in the order in which it is due. `jumpWallClock` models a machine
 * that slept, or whose clock was set: the wall clock jumps, and nothing else notices.
 */
export class TestClock implements Clock {
  readonly #pending = new Set<PendingCall>();
  #monotonicMs = 0;
  #wallMs: number;
  #isAdvancing = false;

  /** @param startMs Where the wall clock starts, in milliseconds since 1970; default the first moment of 2026. */
  constructor(startMs: number = START_MS) {
    this.#wallMs = startMs;
  }

  nowMs(): number {
    return this.#wallMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  after(delayMs: number, callback: () => void): Timer {
    const call: PendingCall = { dueMs: this.#monotonicMs + Math.max(0, delayMs), callback };
    this.#pending.add(call);
    return { cancel: () => void this.#pending.delete(call), unref: () => {} };
  }

  /** How many calls of `after` are neither made nor cancelled. A test's last question to what it tests: zero, once it is closed. */
  get pendingTimers(): number {
    return this.#pending.size;
  }

  /**
   * Moves time forward by `ms` milliseconds. Whatever becomes due is called at its own time; before the first call and after each one, promise reactions
   * run until there are none left, and `process.nextTick` callbacks with them (a chain of ticks is followed eight deep). Turns of the event loop are
   * not waited for: I/O comes when it comes.
   * @throws RangeError when `ms` is not a finite number of at least 0; what a callback throws (the rest stays pending).
   */
  async advance(ms: number): Promise<void> {
    if (!Number.isFinite(ms) || ms < 0) throw new RangeError(`cannot advance by ${ms} ms: expected a finite number of at least 0`);
    if (this.#isAdvancing) throw new Error('advance() was called while another was under way: await the first');
    this.#isAdvancing = true;
    try {
      await this.#runUntil(this.#monotonicMs + ms);
    } finally {
      this.#isAdvancing = false;
    }
  }

  /** Moves the wall clock by `ms` milliseconds, backwards where negative. The monotonic clock and the pending calls stay where they are. */
  jumpWallClock(ms: number): void {
    this.#wallMs += ms;
  }

  async #runUntil(endMs: number): Promise<void> {
    await settle();
    for (let calls = 0; ; calls++) {
      const call = this.#nextDue(endMs);
      if (call === undefined) break;
      if (calls === MAX_CALLS) throw new Error(`${MAX_CALLS} calls in one advance(): a timer starts itself anew without a delay`);
      this.#moveTo(call.dueMs);
      this.#pending.delete(call);
      call.callback();
      await settle();
    }
    this.#moveTo(endMs);
  }

  /** Of two that are due at once the one that was asked for first. */
  #nextDue(endMs: number): PendingCall | undefined {
    let next: PendingCall | undefined;
    for (const call of this.#pending) {
      if (call.dueMs <= endMs && (next === undefined || call.dueMs < next.dueMs)) next = call;
    }
    return next;
  }

  #moveTo(monotonicMs: number): void {
    this.#wallMs += monotonicMs - this.#monotonicMs;
    this.#monotonicMs = monotonicMs;
  }
}

/**
 * Node starts on its ticks once the microtasks have run out, so a tick asked for here comes after all of these; and a tick that one of them
 * asked for comes after ours, hence the rounds.
 */
async function settle(): Promise<void> {
  for (let round = 0; round < TICKS_DEEP; round++) {
    await new Promise<void>((resolve) => {
      process.nextTick(resolve);
    });
  }
}
