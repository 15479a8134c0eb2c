import type { HttpResponse } from '@roundtripper/core';

type Chunks = AsyncIterableIterator<Uint8Array<ArrayBuffer>, undefined>;
type Result = IteratorResult<Uint8Array<ArrayBuffer>, undefined>;

/** The beginning of a body, and how long the whole of it is. */
export interface KeptBytes {
  readonly bytes: Uint8Array;
  readonly totalBytes: number;
}

/**
 * A response's body of which the beginning is kept as its reader reads it: no chunk is asked for that the reader did not ask for, and what becomes of the
 * reader becomes of the source. The source is not touched before: a response that nobody reads is given up by itself only as long as nobody has claimed its body.
 */
export class RecordedBody implements Chunks {
  readonly #response: HttpResponse;
  readonly #maxBytes: number;
  readonly #onEnd: () => void;
  #source: Chunks | undefined;
  readonly #kept: Uint8Array[] = [];
  #keptBytes = 0;
  #totalBytes = 0;
  #isOver = false;

  /** @param onEnd Called once: the body was read to its end, has failed, or was given up. */
  constructor(response: HttpResponse, maxBytes: number, onEnd: () => void) {
    this.#response = response;
    this.#maxBytes = maxBytes;
    this.#onEnd = onEnd;
  }

  get kept(): KeptBytes {
    return { bytes: Buffer.concat(this.#kept), totalBytes: this.#totalBytes };
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  async next(): Promise<Result> {
    this.#source ??= this.#response.chunks();
    let result: Result;
    try {
      result = await this.#source.next();
    } catch (error) {
      this.#end();
      throw error;
    }
    if (result.done === true) this.#end();
    else this.#keep(result.value);
    return result;
  }

  async return(): Promise<Result> {
    this.#end();
    await (this.#source === undefined ? this.#response.dispose() : this.#source.return?.());
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** In memory of its own: the chunk is the reader's, who may change it. */
  #keep(chunk: Uint8Array): void {
    this.#totalBytes += chunk.byteLength;
    const room = this.#maxBytes - this.#keptBytes;
    if (room === 0 || this.#isOver) return;
    const part = chunk.slice(0, room);
    this.#kept.push(part);
    this.#keptBytes += part.byteLength;
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onEnd();
  }
}
