import type { HttpRequest, HttpResponse } from '@roundtripper/core';

/**
 * Has `onEnd` called once, when nothing more is to come of a response: its body was read to its end (before the reader sees it), has failed, was given up, or cannot be read any more
 * because nobody holds it; or its request was cancelled. Where there is no body it is called at once; of a response with a `socket`, when that is closed.
 *
 * What arrives and fails while nobody reads is noticed when somebody does. It costs a few µs a response, and a copy of each chunk.
 * @param request The one that came from outside, whose signal counts.
 * @returns the response to hand on; the one given must not be used any more.
 */
export function whenBodyEnds(response: HttpResponse, request: HttpRequest, onEnd: () => void): HttpResponse {
  const { socket } = response;
  if (socket !== undefined && !socket.closed) {
    socket.once('close', onEnd);
    return response;
  }
  if (hasNoBody(response, request)) {
    onEnd();
    return response;
  }
  const chunks = chunksOf(response);
  if (chunks === undefined) {
    onEnd();
    return response;
  }
  return response.with({ body: new WatchedBody(chunks, new BodyEnd(request.signal, onEnd)) });
}

/** Undefined where somebody has the body already: it is his affair then. */
function chunksOf(response: HttpResponse): Chunks | undefined {
  try {
    return response.chunks({ lent: true });
  } catch {
    return undefined;
  }
}

/** RFC 9112 §6.3, as far as it is known without the body. */
function hasNoBody({ status, contentLength }: HttpResponse, { method }: HttpRequest): boolean {
  return method === 'HEAD' || status < 200 || status === 204 || status === 304 || contentLength === 0;
}

/** Once, whoever says it first. It knows nothing of who reads: a signal that outlives the body must not keep that. */
class BodyEnd {
  readonly #signal: AbortSignal | undefined;
  #onEnd: (() => void) | undefined;
  readonly #onAbort = (): void => this.come();

  constructor(signal: AbortSignal | undefined, onEnd: () => void) {
    this.#signal = signal;
    this.#onEnd = onEnd;
    if (signal?.aborted === true) this.come();
    else signal?.addEventListener('abort', this.#onAbort);
  }

  come(): void {
    const onEnd = this.#onEnd;
    if (onEnd === undefined) return;
    this.#onEnd = undefined;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    onEnd();
  }
}

type Chunks = AsyncIterableIterator<Uint8Array<ArrayBuffer>, undefined>;
type Result = IteratorResult<Uint8Array<ArrayBuffer>, undefined>;

interface Watched {
  readonly chunks: Chunks;
  readonly end: BodyEnd;
}

/** For a response that was dropped with its body unread. Whoever reads holds the {@link WatchedBody}. */
const dropped = new FinalizationRegistry<Watched>(({ chunks, end }) => {
  void chunks.return?.();
  end.come();
});

/** Chunks as they come; by hand, since a generator that was never started would run no clean-up. */
class WatchedBody implements Chunks {
  readonly #chunks: Chunks;
  readonly #end: BodyEnd;

  constructor(chunks: Chunks, end: BodyEnd) {
    this.#chunks = chunks;
    this.#end = end;
    dropped.register(this, { chunks, end }, this);
  }

  async next(): Promise<Result> {
    try {
      const result = await this.#chunks.next();
      if (result.done === true) this.#over();
      return result;
    } catch (error) {
      this.#over();
      throw error;
    }
  }

  async return(): Promise<Result> {
    this.#over();
    await this.#chunks.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #over(): void {
    dropped.unregister(this);
    this.#end.come();
  }
}
