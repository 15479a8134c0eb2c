import type { Next, SharedBody } from './shared-body.ts';

type Result = IteratorResult<Uint8Array, undefined>;

interface Waiter {
  readonly resolve: (result: Result | Promise<Result>) => void;
  readonly reject: (error: unknown) => void;
}

const DONE: Result = { done: true, value: undefined };

/** One reader of a {@link SharedBody}. What it is given is not its own: it copies what it keeps, as a response does. */
export class SharedReader implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #body: SharedBody;
  #offset = 0;
  #waiter: Waiter | undefined;
  /** The rest, where it comes from the store. */
  #stored: Promise<AsyncIterableIterator<Uint8Array>> | undefined;
  #isOver = false;

  constructor(body: SharedBody) {
    this.#body = body;
  }

  /** How far it has read. */
  get offset(): number {
    return this.#offset;
  }

  get isWaiting(): boolean {
    return this.#waiter !== undefined;
  }

  next(): Promise<Result> {
    if (this.#isOver) return Promise.resolve(DONE);
    if (this.#stored !== undefined) return this.#nextStored(this.#stored);
    const found = this.#body.at(this.#offset);
    if (found.kind !== 'not-yet') return this.#take(found);
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
      this.#body.wanted();
    });
  }

  /** There may be something for it now. */
  wake(): void {
    const waiter = this.#waiter;
    if (waiter === undefined) return;
    const found = this.#body.at(this.#offset);
    if (found.kind === 'not-yet') return;
    this.#waiter = undefined;
    waiter.resolve(this.#take(found));
  }

  /** Ends it with an error, as its own request was cancelled. The others do not notice. */
  fail(error: unknown): void {
    if (this.#isOver) return;
    const waiter = this.#waiter;
    this.#waiter = undefined;
    waiter?.reject(error);
    this.#leave();
    if (waiter === undefined) {
      this.#isOver = false;
      this.#stored = Promise.reject(error);
      this.#stored.catch(ignore);
    }
  }

  async return(): Promise<Result> {
    this.#waiter?.resolve(DONE);
    this.#waiter = undefined;
    const stored = this.#stored;
    this.#leave();
    await (await stored)?.return?.();
    return DONE;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(found: Exclude<Next, { readonly kind: 'not-yet' }>): Promise<Result> {
    switch (found.kind) {
      case 'chunk':
        this.#offset += found.chunk.byteLength;
        this.#body.moved();
        return Promise.resolve({ done: false, value: found.chunk });
      case 'complete':
        this.#leave();
        return Promise.resolve(DONE);
      case 'failed':
        this.#leave();
        return Promise.reject(found.error);
      default:
        this.#stored = this.#body.readStored(this.#offset);
        this.#body.left(this);
        return this.#nextStored(this.#stored);
    }
  }

  async #nextStored(stored: Promise<AsyncIterableIterator<Uint8Array>>): Promise<Result> {
    const result = await (await stored).next();
    return result.done === true ? DONE : result;
  }

  #leave(): void {
    this.#isOver = true;
    this.#body.left(this);
  }
}

function ignore(): void {
  // It is told to who reads on.
}
