import { RoundTripError, type HttpRequest, type HttpResponse, type RoundTripper } from '@roundtripper/core';

import { rememberAttempts } from './attempts.ts';
import { continueWith } from './continue-with.ts';
import { requestForRest, type Download } from './download.ts';
import { Judge } from './judge.ts';
import { LinkedSignal } from './linked-signal.ts';
import { RetryError } from './retry-error.ts';
import type { RepeatSettings } from './retry-options.ts';
import type { Outcome } from './retry-policy.ts';
import { wait } from './wait.ts';

/** An exchange whose body is to be read to its end, come what may. */
export interface Begun {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly download: Download;
}

type Chunk = IteratorResult<Uint8Array, undefined>;

/**
 * The bytes of a download, over as many responses as it takes. It counts each of them: what one response sends beyond what it has announced is given to nobody.
 * Written by hand, since a generator that was never started does not notice that it is given up.
 */
export class ResumedBody implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #begun: Begun;
  readonly #next: RoundTripper;
  readonly #judge: Judge;
  readonly #settings: RepeatSettings;
  /** Ends the wait or the request that is under way, when the caller cancels or the reader leaves. */
  #link: LinkedSignal | undefined;
  #response: HttpResponse;
  #chunks: AsyncIterator<Uint8Array, undefined> | undefined;
  /** The position of the byte that comes next. */
  #offset: number;
  /** The position of the last byte that the response under way is to send. */
  #last: number;
  #isOver = false;

  constructor(begun: Begun, next: RoundTripper, settings: RepeatSettings) {
    this.#begun = begun;
    this.#next = next;
    this.#settings = settings;
    this.#judge = new Judge(begun.request, settings);
    this.#response = begun.response;
    this.#offset = begun.download.first;
    this.#last = begun.download.last;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<Chunk> {
    if (this.#isOver) return DONE;
    try {
      for (;;) {
        const chunk = await this.#read();
        if (chunk !== undefined) return chunk;
      }
    } catch (error) {
      this.#isOver = true;
      await this.#response.dispose();
      throw error;
    }
  }

  async return(): Promise<Chunk> {
    this.#isOver = true;
    this.#link?.abort(new ReaderLeft());
    await this.#response.dispose();
    return DONE;
  }

  /** The next chunk, or the end; undefined where there was neither, and the rest comes from another response now. */
  async #read(): Promise<Chunk | undefined> {
    let chunk: Chunk;
    try {
      this.#chunks ??= this.#response.chunks({ lent: true });
      chunk = await this.#chunks.next();
    } catch (error) {
      // What fails after its last byte lacks nothing.
      if (this.#isComplete() && this.#begun.request.signal?.aborted !== true) return this.#end();
      await this.#resume(error);
      return undefined;
    }
    if (chunk.done !== true) {
      this.#count(chunk.value);
      return chunk;
    }
    if (this.#isComplete()) return this.#end();
    await this.#resume(this.#tooShort());
    return undefined;
  }

  #isComplete(): boolean {
    return this.#offset > this.#begun.download.last;
  }

  #end(): Chunk {
    this.#isOver = true;
    return DONE;
  }

  #count({ byteLength }: Uint8Array): void {
    this.#offset += byteLength;
    if (this.#offset - 1 <= this.#last) return;
    throw this.#failure('resume-invalid', `there are bytes beyond byte ${this.#last}, which was to be the last`);
  }

  /**
   * Finds a response to go on with.
   * @param interruption Why the one before is of no use any more. Thrown as it is where there is no further try.
   */
  async #resume(interruption: unknown): Promise<void> {
    let outcome: Outcome = { kind: 'error', error: interruption };
    for (;;) {
      const decision = this.#judge.decide(outcome, Number.POSITIVE_INFINITY);
      if (decision.kind === 'stop') throw this.#lastError(outcome, interruption);
      await this.#response.dispose();
      outcome = await this.#tryAgain(decision.afterMs);
      if (outcome.kind === 'response' && this.#isGoingOn(outcome.response, interruption)) return;
    }
  }

  /** @throws RetryError where the answer is none to go on with, and no other would be. */
  #isGoingOn(response: HttpResponse, interruption: unknown): boolean {
    this.#response = response;
    const continuation = continueWith(response, this.#begun.download, this.#offset);
    switch (continuation.kind) {
      case 'continue':
        this.#settings.budget?.record(this.#begun.request.target.origin.key, 'success');
        this.#chunks = undefined;
        this.#last = continuation.last;
        return true;
      case 'no-part':
        return false;
      default:
        throw this.#failure(continuation.code, continuation.detail, { cause: interruption, status: response.status });
    }
  }

  /** @throws what ended the wait: the reason of the caller's signal, or ReaderLeft; that too where the reader left at another time. */
  async #tryAgain(afterMs: number): Promise<Outcome> {
    if (this.#isOver) throw new ReaderLeft();
    const link = new LinkedSignal(this.#begun.request.signal);
    this.#link = link;
    await wait(afterMs, this.#settings.clock, link.signal);
    const outcome = await this.#askForRest(link);
    this.#link = undefined;
    if (!this.#isOver) return outcome;
    if (outcome.kind === 'response') await outcome.response.dispose();
    throw new ReaderLeft();
  }

  async #askForRest(link: LinkedSignal): Promise<Outcome> {
    const { request, download } = this.#begun;
    try {
      const asked = requestForRest(request, download, this.#offset, link.signal);
      return { kind: 'response', response: link.untilBodyEnds(await this.#next.roundTrip(asked), asked) };
    } catch (error) {
      link.unlink();
      return { kind: 'error', error };
    }
  }

  #lastError(outcome: Outcome, interruption: unknown): unknown {
    const { signal } = this.#begun.request;
    const error = outcome.kind === 'error' ? outcome.error : this.#refused(outcome.response, interruption);
    const thrown: unknown = signal?.aborted === true ? signal.reason : error;
    rememberAttempts(thrown, this.#judge.records);
    return thrown;
  }

  /** A response has ended well, and there is more: the server gave less than was asked for, as it may (RFC 9110 §15.3.7). */
  #tooShort(): RoundTripError {
    const { download, request } = this.#begun;
    const message = `the body ended before byte ${this.#offset} of those up to ${download.last}`;
    return new RoundTripError(message, { code: 'truncated', phase: 'response-body', sent: 'all', origin: request.target.origin.key });
  }

  #refused({ status }: HttpResponse, cause: unknown): RetryError {
    return this.#failure('resume-refused', `the part that was asked for is answered by ${status}`, { cause, status });
  }

  #failure(
    code: 'resume-changed' | 'resume-invalid' | 'resume-refused',
    detail: string,
    { cause, status }: { readonly cause?: unknown; readonly status?: number } = {},
  ): RetryError {
    const origin = this.#begun.request.target.origin.key;
    const error = new RetryError(`${origin}: ${detail}`, { code, phase: 'response-body', sent: 'all', origin, cause, status });
    rememberAttempts(error, this.#judge.records);
    return error;
  }
}

/** Ends what is under way for a reader that is gone: nobody sees it. */
class ReaderLeft extends Error {}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };
