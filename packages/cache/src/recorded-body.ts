import type { Recording } from './recording.ts';

type Chunks = AsyncIterableIterator<Uint8Array<ArrayBuffer>, undefined>;
type Result = IteratorResult<Uint8Array<ArrayBuffer>, undefined>;

/**
 * A body that is written down as its reader reads it: no chunk is asked for that the reader did not ask for, and what becomes of the reader becomes of
 * the source. Written by hand: a generator that was never started would run no clean-up.
 */
export class RecordedBody implements Chunks {
  readonly #source: Chunks;
  readonly #recording: Recording;
  readonly #onComplete: () => void;

  /** @param onComplete Called before the reader sees the end. */
  constructor(source: Chunks, recording: Recording, onComplete: () => void) {
    this.#source = source;
    this.#recording = recording;
    this.#onComplete = onComplete;
  }

  async next(): Promise<Result> {
    const result = await this.#read();
    if (result.done === true) this.#onComplete();
    else this.#recording.append(result.value);
    return result;
  }

  async return(): Promise<Result> {
    this.#recording.giveUp('body-not-read');
    await this.#source.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #read(): Promise<Result> {
    try {
      return await this.#source.next();
    } catch (error) {
      this.#recording.giveUp('body-failed');
      throw error;
    }
  }
}
