import type { HttpResponse, IncomingBody } from '@roundtripper/core';

import type { Flight } from './flights.ts';

/**
 * The way out for who asks first when others may wait for the same answer: its own signal ends its own wait, and the fetch only where nobody is left who wants it.
 */
export class Departure {
  readonly #own: AbortSignal;
  readonly #flight: Flight;
  readonly #fetch = new AbortController();
  #body: IncomingBody | undefined;
  #listener: (() => void) | undefined;

  constructor(own: AbortSignal, flight: Flight) {
    this.#own = own;
    this.#flight = flight;
  }

  /** What ends the fetch. */
  get signal(): AbortSignal {
    return this.#fetch.signal;
  }

  /** Runs the fetch; rejects with the reason of who asked, when that leaves. The response is then given up, which ends it where nobody else reads it. */
  run(fetch: () => Promise<HttpResponse>): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      let hasLeft = false;
      this.#listener = (): void => {
        hasLeft = true;
        this.#leave();
        const reason: unknown = this.#own.reason;
        reject(reason);
      };
      this.#own.addEventListener('abort', this.#listener, { once: true });
      fetch().then(
        (response) => {
          if (hasLeft) void response.dispose();
          resolve(response);
        },
        (error: unknown) => {
          this.end();
          reject(error);
        },
      );
    });
  }

  /** The body that its own signal ends from now on, for this reader alone. */
  reads(body: IncomingBody): void {
    this.#body = body;
  }

  /** Nothing more will come of it: the signal no longer concerns it. Idempotent. */
  end(): void {
    if (this.#listener !== undefined) this.#own.removeEventListener('abort', this.#listener);
    this.#listener = undefined;
  }

  #leave(): void {
    if (this.#body !== undefined) this.#body.cancel(this.#own.reason);
    else this.#flight.leaderLeft(() => this.#fetch.abort(this.#own.reason));
  }
}
