import type { Http2Options } from './http2-options.ts';

/** Counts the interim responses of one request (RFC 9110 §15.2), of which a peer could send any number. */
export class InterimBudget {
  #count = 0;
  #bytes = 0;

  /** One more came, of so many bytes. @returns whether that is too much. */
  spend(bytes: number, { maxInterimResponses, maxHeadBytes }: Pick<Http2Options, 'maxInterimResponses' | 'maxHeadBytes'>): boolean {
    this.#count += 1;
    this.#bytes += bytes;
    return this.#count > maxInterimResponses || this.#bytes > maxHeadBytes;
  }
}
