import type { Clock, HttpRequest, Timer } from '@roundtripper/core';

import { ReachedBy, type Reached } from './reached.ts';

/** Ends an attempt when its time is over: by a signal, which the caller's own aborts, too. */
export class TimeLimit {
  /** The attempt's request. Its signal counts to the end of the response's body. */
  readonly request: HttpRequest;
  readonly #controller = new AbortController();
  readonly #timer: Timer;

  /** @param makeError What the attempt is aborted with. */
  constructor(limitMs: number, clock: Clock, request: HttpRequest, makeError: (reached: Reached) => Error) {
    const { signal } = this.#controller;
    const by = new ReachedBy(request.trace);
    this.request = request.with({
      signal: request.signal === undefined ? signal : AbortSignal.any([request.signal, signal]),
      trace: by.trace,
    });
    let timer = clock.after(limitMs, () => {
      // What came in time may not have been looked at yet: a program that was busy for longer finds the timer due first.
      timer = clock.after(0, () => this.#controller.abort(makeError(by.reached)));
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
