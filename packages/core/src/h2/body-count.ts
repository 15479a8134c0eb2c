import { bodyTooLarge } from '../engine/exchange-failures.ts';
import { wrongBodyLength, type StreamFault } from './stream-failures.ts';

/** Counts a response body's bytes against what was declared, and what we take. */
export class BodyCount {
  readonly #expectedBytes: number | undefined;
  readonly #maxBytes: number;
  #bytes = 0;

  /** @param expectedBytes Undefined for any number. @param maxBytes Infinite for no limit. */
  constructor(expectedBytes: number | undefined, maxBytes: number) {
    this.#expectedBytes = expectedBytes;
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** What is known to be wrong before anything comes. */
  get declaredFault(): StreamFault | undefined {
    return (this.#expectedBytes ?? 0) > this.#maxBytes ? this.#tooLarge() : undefined;
  }

  /** So many more came. */
  add(bytes: number): StreamFault | undefined {
    const total = this.#bytes + bytes;
    if (total > this.#maxBytes) return this.#tooLarge();
    if (this.#expectedBytes !== undefined && total > this.#expectedBytes) return wrongLength(this.#expectedBytes, total);
    this.#bytes = total;
    return undefined;
  }

  /** That was all. */
  get endFault(): StreamFault | undefined {
    if (this.#expectedBytes === undefined || this.#bytes >= this.#expectedBytes) return undefined;
    return wrongLength(this.#expectedBytes, this.#bytes);
  }

  #tooLarge(): StreamFault {
    return { failure: bodyTooLarge(this.#maxBytes), code: 'CANCEL' };
  }
}

function wrongLength(expectedBytes: number, seenBytes: number): StreamFault {
  return { failure: wrongBodyLength(expectedBytes, seenBytes), code: 'PROTOCOL_ERROR' };
}
