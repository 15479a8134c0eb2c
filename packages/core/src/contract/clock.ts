/** A pending call of {@link Clock.after}. */
export interface Timer {
  /** Forgets the call. Idempotent, and harmless after the call was made. */
  cancel(): void;
  /** Lets the process end although the call is still pending. */
  unref(): void;
}

/** Where every part of the library takes its time from, so that a test can move time by hand. */
export interface Clock {
  /**
   * Wall-clock time in milliseconds since 1970. It jumps when the machine's clock is set or the machine wakes from
   * sleep, which is what an age check wants: a connection that slept for an hour is an hour old.
   */
  nowMs(): number;
  /** Milliseconds with fractions from an arbitrary start; never goes back. For durations. */
  monotonicMs(): number;
  /** Calls `callback` once, `delayMs` milliseconds from now. */
  after(delayMs: number, callback: () => void): Timer;
}

/** The longest that a timer of Node waits, 24.8 days: with more it would fire at once. */
const LONGEST_MS = 2_147_483_647;

/** The machine's own time. A call that is due in more than 24.8 days comes after 24.8 days. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (delayMs, callback) => {
    const handle = setTimeout(callback, Math.min(delayMs, LONGEST_MS));
    return { cancel: () => clearTimeout(handle), unref: () => void handle.unref() };
  },
};
