import type { Conversation } from '../conversation.ts';

/** So many bytes of a connection at the most go out one by one; each takes a turn of the event loop. */
const MOST_BYTES = 8_192;

/** Writes to a connection so that its other side is told of each byte on its own. */
export class OneByteAtATime {
  readonly #conversation: Conversation;
  #left = MOST_BYTES;
  #last: Promise<boolean> = Promise.resolve(true);

  constructor(conversation: Conversation) {
    this.#conversation = conversation;
  }

  /** Goes behind what is still to be written. */
  write(bytes: Uint8Array): Promise<boolean> {
    this.#last = this.#after(this.#last, bytes);
    return this.#last;
  }

  /** Resolves when all is written. */
  async written(): Promise<void> {
    await this.#last;
  }

  async #after(before: Promise<boolean>, bytes: Uint8Array): Promise<boolean> {
    let isWritten = await before;
    let at = 0;
    for (; at < bytes.length && this.#left > 0 && isWritten; at++) {
      this.#left -= 1;
      isWritten = await this.#conversation.write(bytes.subarray(at, at + 1));
      // A turn of the event loop, in which the other side of the loopback can read it.
      await new Promise(setImmediate);
    }
    return at === bytes.length ? isWritten : this.#conversation.write(bytes.subarray(at));
  }
}
