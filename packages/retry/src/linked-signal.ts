import type { HttpRequest, HttpResponse } from '@roundtripper/core';

import { whenBodyEnds } from './body-end.ts';

/**
 * A signal of one attempt, which the caller's aborts too, with the same reason, for as long as anything is to come of the attempt. `AbortSignal.any` would go on for ever: a caller's
 * signal that lives as long as the process keeps something of every signal that was made of it (180 bytes in Node 22), and has to look through all of it.
 *
 * Whoever makes one ends it: by {@link abort}, {@link unlink}, or {@link untilBodyEnds}. It must not know of the response: the caller's signal holds it.
 */
export class LinkedSignal {
  readonly #controller: AbortController;
  readonly #outer: AbortSignal | undefined;
  readonly #onAbort = (): void => this.abort(this.#outer?.reason);

  /** @param controller The attempt's, where it has one already. */
  constructor(outer: AbortSignal | undefined, controller: AbortController = new AbortController()) {
    this.#outer = outer;
    this.#controller = controller;
    // Of a signal that was aborted before nobody hears any more.
    if (outer?.aborted === true) controller.abort(outer.reason);
    else outer?.addEventListener('abort', this.#onAbort);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends what is under way. The first reason counts. */
  abort(reason: unknown): void {
    this.unlink();
    this.#controller.abort(reason);
  }

  /** There is no answer: the caller's signal has nothing to end any more. Idempotent. */
  unlink(): void {
    this.#outer?.removeEventListener('abort', this.#onAbort);
  }

  /**
   * There is an answer: the caller's signal counts to the end of its body.
   * @returns the response to hand on; the one given must not be used any more.
   */
  untilBodyEnds(response: HttpResponse, { method }: HttpRequest): HttpResponse {
    // It knows by itself when the caller's signal is aborted.
    return this.#outer === undefined ? response : whenBodyEnds(response, { method, signal: undefined }, () => this.unlink());
  }
}
