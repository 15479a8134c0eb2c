import type { BodySource } from './store.ts';

/** Iterators one after the other, as one. Who leaves it ends all of them. */
export function joinedChunks(pieces: readonly AsyncIterator<Uint8Array>[]): AsyncIterableIterator<Uint8Array, undefined> {
  return new Joined(pieces);
}

/** The chunks of a body, which is one of its own where it is all there. */
export function chunksOf(body: BodySource): AsyncIterator<Uint8Array> {
  if (!(body instanceof Uint8Array)) return body[Symbol.asyncIterator]();
  let isRead = false;
  return {
    next: async () => {
      if (isRead) return { done: true, value: undefined };
      isRead = true;
      return { done: false, value: body };
    },
  };
}

type Result = IteratorResult<Uint8Array, undefined>;

/** Written by hand: a generator that was never started would end none of them. */
class Joined implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #pieces: AsyncIterator<Uint8Array>[];

  constructor(pieces: readonly AsyncIterator<Uint8Array>[]) {
    this.#pieces = [...pieces];
  }

  async next(): Promise<Result> {
    for (;;) {
      const [first] = this.#pieces;
      if (first === undefined) return { done: true, value: undefined };
      const result = await first.next();
      if (result.done !== true) return result;
      this.#pieces.shift();
    }
  }

  async return(): Promise<Result> {
    // All at once: one that fails, or takes its time, must not leave the others open.
    await Promise.all(this.#pieces.splice(0).map(async (piece) => piece.return?.()));
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
