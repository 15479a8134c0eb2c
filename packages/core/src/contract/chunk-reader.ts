import { giveBackBuffer, takeBuffer } from './buffer-pool.ts';
import type { BodySink, IncomingBody } from './incoming-body.ts';

/** What a queued chunk counts besides its bytes: a peer that sends them one by one would otherwise have half a million objects made. */
const CHUNK_BYTES = 256;

interface Waiter {
  readonly resolve: (result: IteratorResult<Uint8Array<ArrayBuffer>, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

/** Whose memory a chunk is in: the reader's for good, or ours again as soon as the next one is asked for. */
export type ChunkMemory = 'own' | 'lent';

type Ending = { readonly kind: 'end' } | { readonly kind: 'failed'; readonly error: unknown };

/**
 * A body as an async iterator. Written by hand because an async generator costs a microsecond a chunk more and, when it was never started, runs
 * no clean-up. It attaches to the body at the first `next()`.
 */
export class ChunkReader implements BodySink, AsyncIterableIterator<Uint8Array<ArrayBuffer>, undefined> {
  readonly #body: IncomingBody;
  readonly #cancelReason: () => unknown;
  readonly #memory: ChunkMemory;
  /** The memory of what the reader has now; its next call gives it back. */
  #lent: ArrayBuffer | undefined;
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];
  readonly #waiters: Waiter[] = [];
  /** Where the next one is: a `shift()` of a long array moves it all, and a peer can make it long. */
  #nextChunk = 0;
  #queuedBytes = 0;
  #isPaused = false;
  #isAttached = false;
  #ending: Ending | undefined;

  /** @param cancelReason Makes what a pending read fails with when the reader gives up. */
  constructor(body: IncomingBody, cancelReason: () => unknown, memory: ChunkMemory = 'own') {
    this.#body = body;
    this.#memory = memory;
    this.#cancelReason = cancelReason;
  }

  next(): Promise<IteratorResult<Uint8Array<ArrayBuffer>, undefined>> {
    if (!this.#isAttached) {
      this.#isAttached = true;
      this.#body.pipe(this);
    }
    this.#takeBack();
    const chunk = this.#takeQueued();
    if (chunk !== undefined) {
      this.#lend(chunk);
      this.#queuedBytes -= chunk.byteLength + CHUNK_BYTES;
      this.#resumeIfRoom();
      return Promise.resolve({ done: false, value: chunk });
    }
    if (this.#ending?.kind === 'failed') return this.#failOnce(this.#ending.error);
    if (this.#ending !== undefined) return Promise.resolve(DONE);
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  /** The reader leaves: what it did not read is given up. */
  return(): Promise<IteratorResult<Uint8Array<ArrayBuffer>, undefined>> {
    this.abandon(this.#cancelReason());
    this.#ending = END;
    return Promise.resolve(DONE);
  }

  /** The body is given up by somebody else: the read that is pending, or else the next one, fails with `reason`. */
  abandon(reason: unknown): void {
    const isUnread = !this.#isAttached || this.#chunks.length > this.#nextChunk;
    this.#isAttached = true;
    this.#chunks.length = 0;
    this.#nextChunk = 0;
    this.#queuedBytes = 0;
    this.#body.cancel(reason);
    // Of a body that has wholly arrived, what was not read must not pass for its end.
    if (isUnread) this.#ending = { kind: 'failed', error: reason };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  write(bytes: Uint8Array): boolean {
    // The next read of any socket overwrites them.
    const chunk = this.#memory === 'own' ? ownCopy(bytes) : pooledCopy(bytes);
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) {
      this.#lend(chunk);
      waiter.resolve({ done: false, value: chunk });
    } else {
      this.#chunks.push(chunk);
      this.#queuedBytes += chunk.byteLength + CHUNK_BYTES;
    }
    this.#isPaused = this.#queuedBytes >= this.#body.limits.maxReadAheadBytes;
    return !this.#isPaused;
  }

  end(): void {
    this.#ending = END;
    for (const waiter of this.#waiters.splice(0)) waiter.resolve(DONE);
  }

  fail(error: unknown): void {
    const [first, ...others] = this.#waiters.splice(0);
    this.#ending = first === undefined ? { kind: 'failed', error } : END;
    first?.reject(error);
    for (const waiter of others) waiter.resolve(DONE);
  }

  #lend(chunk: Uint8Array<ArrayBuffer>): void {
    if (this.#memory === 'lent') this.#lent = chunk.buffer;
  }

  #takeBack(): void {
    const lent = this.#lent;
    this.#lent = undefined;
    // The reader may have transferred it.
    if (lent !== undefined && lent.byteLength > 0) giveBackBuffer(Buffer.from(lent));
  }

  #takeQueued(): Uint8Array<ArrayBuffer> | undefined {
    const chunk = this.#chunks[this.#nextChunk];
    if (chunk === undefined) return undefined;
    this.#nextChunk += 1;
    if (this.#nextChunk === this.#chunks.length) {
      this.#chunks.length = 0;
      this.#nextChunk = 0;
    }
    return chunk;
  }

  /** An iterator fails once and is then done. */
  #failOnce(error: unknown): Promise<never> {
    this.#ending = END;
    return Promise.reject(error);
  }

  #resumeIfRoom(): void {
    if (!this.#isPaused || this.#queuedBytes > this.#body.limits.maxReadAheadBytes / 2) return;
    this.#isPaused = false;
    this.#body.resume();
  }
}

const END: Ending = { kind: 'end' };
const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

function pooledCopy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = takeBuffer(bytes.byteLength);
  const copy = new Uint8Array(buffer, 0, bytes.byteLength);
  copy.set(bytes);
  return copy;
}

/** In memory that belongs to nobody else, since a stream may transfer it, and was not filled with zeros first: a third of the CPU time of a large download. */
function ownCopy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = Buffer.allocUnsafeSlow(bytes.byteLength);
  const copy = new Uint8Array(buffer);
  copy.set(bytes);
  return copy;
}
