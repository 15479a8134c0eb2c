type Result = IteratorResult<Uint8Array, undefined>;

/** The chunks of a body for a request that may be cancelled: they end with its signal's reason, at once where one is waited for, and their source with them. */
export function untilAborted(source: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncIterableIterator<Uint8Array> {
  return new AbortableChunks(source, signal);
}

/** Written by hand: a generator is not left before what it waits for has come. It listens only while it waits, so that a body that nobody reads leaves nothing on the signal. */
class AbortableChunks implements AsyncIterableIterator<Uint8Array> {
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #signal: AbortSignal;
  #hasLeft = false;

  constructor(source: AsyncIterable<Uint8Array>, signal: AbortSignal) {
    this.#iterator = source[Symbol.asyncIterator]();
    this.#signal = signal;
  }

  next(): Promise<Result> {
    const signal = this.#signal;
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#leave();
        const reason: unknown = signal.reason;
        reject(reason);
      };
      if (signal.aborted) {
        leave();
        return;
      }
      signal.addEventListener('abort', leave, { once: true });
      const settled = (): void => signal.removeEventListener('abort', leave);
      this.#iterator.next().then(
        (result) => {
          settled();
          resolve(result.done === true ? { done: true, value: undefined } : result);
        },
        (error: unknown) => {
          settled();
          reject(error);
        },
      );
    });
  }

  return(): Promise<Result> {
    this.#leave();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Once: who reads a body that has failed gives it up besides. How the source ends matters to nobody. */
  #leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    void this.#iterator.return?.().catch(() => {});
  }
}
