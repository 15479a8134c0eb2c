import type { HttpResponse } from '@roundtripper/core';

type Chunks = AsyncIterableIterator<Uint8Array<ArrayBuffer>, undefined>;
type Result = IteratorResult<Uint8Array<ArrayBuffer>, undefined>;

/** The beginning of a body, and how long the whole of it is. */
export interface KeptBytes {
  readonly bytes: Uint8Array;
  readonly totalBytes: number;
}

/** What is kept of a body. It holds nothing of its response: whoever records must not keep that from being collected, or it would never be given up. */
export class KeptBody {
  readonly #maxBytes: number;
  readonly #onEnd: () => void;
  readonly #chunks: Uint8Array[] = [];
  #keptBytes = 0;
  #totalBytes = 0;
  #isOver = false;

  /** @param onEnd Called once: the body was read to its end, has failed, or was given up. */
  constructor(maxBytes: number, onEnd: () => void) {
    this.#maxBytes = maxBytes;
    this.#onEnd = onEnd;
  }

  get kept(): KeptBytes {
    return { bytes: Buffer.concat(this.#chunks), totalBytes: this.#totalBytes };
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** In memory of its own: the chunk is the reader's, who may change it. */
  keep(chunk: Uint8Array): void {
    this.#totalBytes += chunk.byteLength;
    const room = this.#maxBytes - this.#keptBytes;
    if (room === 0 || this.#isOver) return;
    const part = chunk.slice(0, room);
    this.#chunks.push(part);
    this.#keptBytes += part.byteLength;
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onEnd();
  }
}

/**
 * A response's body of which the beginning is kept as its reader reads it: no chunk is asked for that the reader did not ask for, and what becomes of the
 * reader becomes of the source. The source is not touched before: a response that nobody reads is given up by itself only as long as nobody has claimed its body.
 */
export class RecordedBody implements Chunks {
  readonly #response: HttpResponse;
  readonly #kept: KeptBody;
  #source: Chunks | undefined;

  constructor(response: HttpResponse, kept: KeptBody) {
    this.#response = response;
    this.#kept = kept;
  }

  async next(): Promise<Result> {
    this.#source ??= this.#response.chunks();
    let result: Result;
    try {
      result = await this.#source.next();
    } catch (error) {
      this.#kept.end();
      throw error;
    }
    if (result.done === true) this.#kept.end();
    else this.#kept.keep(result.value);
    return result;
  }

  async return(): Promise<Result> {
    this.#kept.end();
    await (this.#source === undefined ? this.#response.dispose() : this.#source.return?.());
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
