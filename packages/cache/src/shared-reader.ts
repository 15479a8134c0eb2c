import { HttpResponse, IncomingBody, type BodyProducer } from '@roundtripper/core';

import type { SharedBody } from './shared-body.ts';

/** One reader's way through a {@link SharedBody}: pushes into a body of the reader's own what it wants, as fast as it wants it. */
export class SharedReader implements BodyProducer {
  readonly body: IncomingBody;
  readonly #shared: SharedBody;
  readonly #source: IncomingBody;
  #offset = 0;
  #isWanting = false;
  /** The rest, where it comes from the store. */
  #rest: IncomingBody | undefined;
  #isOver = false;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: (() => void) | undefined;

  /** @param source Whose trailers these are, and whose limits. @param signal Ends the body. */
  constructor(shared: SharedBody, source: IncomingBody, signal: AbortSignal | undefined) {
    this.#shared = shared;
    this.#source = source;
    this.body = new IncomingBody(this, undefined, source.limits);
    this.#signal = signal;
    if (signal === undefined) return;
    this.#onAbort = (): void => this.body.cancel(signal.reason);
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** How far it was given the body. */
  get offset(): number {
    return this.#offset;
  }

  /** Whether it would take more than there is. */
  get isWaiting(): boolean {
    return this.#isWanting;
  }

  /** Whether it waits for what comes at `offset`. */
  wantsAt(offset: number): boolean {
    return this.#isWanting && this.#offset === offset;
  }

  /** The next bytes, lent. */
  give(bytes: Uint8Array): void {
    this.#offset += bytes.byteLength;
    // It may ask for more while it is given this.
    this.#isWanting = false;
    if (this.body.push(bytes)) this.#isWanting = true;
  }

  /** There may be something for it now: bytes where it wants them, and the end also where it does not. */
  advance(): void {
    while (!this.#isOver && this.#rest === undefined) {
      const found = this.#shared.at(this.#offset);
      if (found.kind === 'not-yet') return;
      if (found.kind === 'complete') this.#end();
      else if (found.kind === 'failed') this.#fail(found.error);
      else if (!this.#isWanting) return;
      else if (found.kind === 'chunk') this.give(found.chunk);
      else this.#readStored();
    }
  }

  resumeBody(): void {
    this.#isWanting = true;
    if (this.#rest !== undefined) {
      this.#rest.resume();
      return;
    }
    this.advance();
    if (this.#isOver) return;
    this.#shared.moved();
    if (this.#isWanting) this.#shared.wanted();
  }

  cancelBody(reason: unknown): void {
    this.#leave(reason);
    this.#rest?.cancel(reason);
  }

  #end(): void {
    this.#leave(undefined);
    this.body.end(this.#source.trailers);
  }

  #fail(error: unknown): void {
    this.#leave(error);
    this.body.fail(error);
  }

  #readStored(): void {
    const rest = new HttpResponse(storedFrom(this.#shared, this.#offset)).takeBody() ?? IncomingBody.of(new Uint8Array(0));
    this.#rest = rest;
    this.#shared.left(this, undefined);
    rest.pipe({
      write: (bytes) => this.body.push(bytes),
      end: () => this.#end(),
      fail: (error) => this.#fail(error),
    });
  }

  #leave(reason: unknown): void {
    this.#isOver = true;
    this.#isWanting = false;
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#shared.left(this, reason);
  }
}

async function* storedFrom(shared: SharedBody, start: number): AsyncGenerator<Uint8Array, undefined> {
  yield* await shared.readStored(start);
  return undefined;
}
