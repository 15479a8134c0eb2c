/** Who hears of a body that is not what it should be, and who bounds the wait for its chunks. */
export interface ChunkGuard {
  readonly onCorrupt: (error: Error) => void;
  readonly next: <T>(run: () => Promise<T>) => Promise<T>;
  /** What it fails with that is no stored body. @param missing How many bytes are missing; below 0 how many there are too many. */
  readonly failure?: (missing: number) => Error;
}

/** The chunks of a body, which fail where there are more or fewer bytes than `expected`: a body that is too short must not pass for a whole one. */
export function checkedChunks(source: AsyncIterable<Uint8Array>, expected: number, guard: ChunkGuard): AsyncIterableIterator<Uint8Array> {
  return new CheckedChunks(source, expected, guard);
}

type Result = IteratorResult<Uint8Array, undefined>;

/** Written by hand: a generator that was never started would run no clean-up. */
class CheckedChunks implements AsyncIterableIterator<Uint8Array> {
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #guard: ChunkGuard;
  #rest: number;

  constructor(source: AsyncIterable<Uint8Array>, expected: number, guard: ChunkGuard) {
    this.#iterator = source[Symbol.asyncIterator]();
    this.#guard = guard;
    this.#rest = expected;
  }

  async next(): Promise<Result> {
    const result = await this.#guard.next(() => this.#iterator.next());
    if (result.done !== true) {
      this.#rest -= result.value.byteLength;
      if (this.#rest >= 0) return result;
    }
    if (result.done === true && this.#rest === 0) return { done: true, value: undefined };
    const error =
      this.#guard.failure?.(this.#rest) ??
      new Error(`a stored body is ${Math.abs(this.#rest)} bytes too ${this.#rest < 0 ? 'long' : 'short'}`);
    this.#guard.onCorrupt(error);
    throw error;
  }

  async return(): Promise<Result> {
    await this.#iterator.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
