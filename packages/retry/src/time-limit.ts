import type { Clock, HttpRequest, HttpResponse, Timer } from '@roundtripper/core';

import { LinkedSignal } from './linked-signal.ts';
import { ReachedBy, type Reached } from './reached.ts';

/** Ends an attempt when its time is over: by a signal, which the caller's own aborts, too. */
export class TimeLimit {
  /** The attempt's request. Its signal counts to the end of the response's body. */
  readonly request: HttpRequest;
  readonly #link: LinkedSignal;
  readonly #timer: Timer;
  #reason: Error | undefined;

  /** @param makeError What the attempt is aborted with. */
  constructor(limitMs: number, clock: Clock, request: HttpRequest, makeError: (reached: Reached) => Error) {
    const by = new ReachedBy(request.trace);
    this.#link = new LinkedSignal(request.signal);
    this.request = request.with({ signal: this.#link.signal, trace: by.trace });
    let timer = clock.after(limitMs, () => {
      // What came in time may not have been looked at yet: a program that was busy for longer finds the timer due first.
      timer = clock.after(0, () => this.#end(makeError(by.reached)));
    });
    this.#timer = { cancel: () => timer.cancel(), unref: () => timer.unref() };
  }

  /** What the time was ended with; undefined where it was not. */
  get reason(): Error | undefined {
    return this.#reason;
  }

  /**
   * There is an answer: from here on only the caller's signal counts.
   * @returns the response to hand on; the one given must not be used any more.
   */
  answered(response: HttpResponse): HttpResponse {
    this.#timer.cancel();
    return this.#link.untilBodyEnds(response, this.request);
  }

  /** There is no answer. */
  failed(): void {
    this.#timer.cancel();
    this.#link.unlink();
  }

  #end(reason: Error): void {
    this.#reason = reason;
    this.#link.abort(reason);
  }
}
