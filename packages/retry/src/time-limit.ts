import type { Clock, Timer } from '@roundtripper/core';

/** Ends an attempt when its time is over: by a signal, which the caller's own aborts, too. */
export class TimeLimit {
  /** For the attempt's request, to the end of its response's body. */
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #timer: Timer;

  /** @param makeError What the attempt is aborted with. */
  constructor(limitMs: number, clock: Clock, outer: AbortSignal | undefined, makeError: () => Error) {
    const { signal } = this.#controller;
    this.signal = outer === undefined ? signal : AbortSignal.any([outer, signal]);
    let timer = clock.after(limitMs, () => {
      // What came in time may not have been looked at yet: a program that was busy for longer finds the timer due first.
      timer = clock.after(0, () => this.#controller.abort(makeError()));
    });
    this.#timer = { cancel: () => timer.cancel(), unref: () => timer.unref() };
  }

  /** What the time was ended with; undefined where it was not. */
  get reason(): unknown {
    const reason: unknown = this.#controller.signal.reason;
    return reason;
  }

  /** There is an answer, or none: from here on only the caller's signal counts. */
  stop(): void {
    this.#timer.cancel();
  }
}
