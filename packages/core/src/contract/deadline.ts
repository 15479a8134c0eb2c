import type { Clock, Timer } from './clock.ts';

/**
 * Calls `callback` when `delayMs` milliseconds are over and what had arrived by then was looked at: a program that was busy for longer than a time
 * limit finds the timer due before it has read the answer that came in time.
 */
export function deadline(clock: Clock, delayMs: number, callback: () => void): Timer {
  let timer = clock.after(delayMs, () => {
    timer = clock.after(0, callback);
  });
  return { cancel: () => timer.cancel(), unref: () => timer.unref() };
}
