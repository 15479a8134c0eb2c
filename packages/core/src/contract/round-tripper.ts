import type { HttpRequest } from './http-request.ts';
import type { HttpResponse } from './http-response.ts';

/**
 * Executes one HTTP exchange: a request goes out, its response comes back, and neither is interpreted.
 *
 * Everything in this library is one of these, or a {@link Middleware} that makes one from another. Whoever writes one keeps these rules:
 *
 * - **An answer is a result.** It resolves with whatever the peer answered: a 404, a 503 and a redirect are answers. It rejects only when there is no answer.
 *   What it rejects with is an `Error` that says why (`RoundTripError` from the Transport); a caller's mistake is a `TypeError`, and comes before any I/O.
 * - **The answer comes before the body.** It resolves when the response head is there. The body may still be on its way and may still fail, which its reader is told.
 * - **The request is not changed.** It is immutable; a middleware that wants another derives it with `request.with({ … })` and passes that on.
 *   `response.request` is the request the Transport was given, which may be a derived one.
 * - **The request body is given away.** It is read or released on every path, also when the call fails and when a middleware answers by itself (then
 *   `request.body?.release()` is its duty). After the call the caller must not use a stream it passed. The body may still be read after `roundTrip` has resolved: a server may answer early.
 * - **A request may come again.** A middleware may call `next.roundTrip` once, several times in turn or at once, or not at all. It sends a request again only when
 *   `request.body` is absent or `isReplayable`.
 * - **The response body is handed over.** Whoever gets a response reads its body to the end or disposes of it (`await response.dispose()`, `await using`):
 *   until then it holds a connection. A middleware that drops a response (to retry, to follow a redirect) disposes of it first; one that passes it on does not touch its body.
 * - **Cancellation is the request's signal.** Once `request.signal` is aborted the call rejects with `signal.reason`, that object itself, and reading the body does too. A middleware
 *   that waits listens to the signal, and removes its listener when it stops waiting. An answer that is already there may win the race.
 * - **It is safe to call concurrently**, and holds no state of one request that another could see.
 * - **Nothing else is promised**: not the order of responses, not which connection is used. Cookies, redirects, authentication, retries and decompression are matters for middleware.
 * - **Trace**: a middleware with something to tell emits a `TraceEvent` to `request.trace`; what other middleware should know goes into `request.context` (inwards) or `response.context` (outwards).
 */
export interface RoundTripper {
  roundTrip(request: HttpRequest): Promise<HttpResponse>;
}

/**
 * Makes a RoundTripper from another: what it returns sees each request on its way in and each response on its way out.
 * It is called once, when the chain is composed; what it keeps between requests lives in its closure.
 */
export type Middleware = (next: RoundTripper) => RoundTripper;

/** A RoundTripper that has something to close at its end. `compose` passes these on to it. */
export interface ComposedRoundTripper extends RoundTripper, AsyncDisposable {
  /** Closes the transport at the end of the chain, where it can be closed. */
  close(options?: CloseOptions): Promise<void>;
  /** Closes its connections that nobody uses; it stays usable. */
  closeIdleConnections(): void;
}

/** How a transport is closed. */
export interface CloseOptions {
  /** Whether requests under way may finish. Default true. Requests that wait for a connection are rejected either way. */
  readonly graceful?: boolean | undefined;
  /** How long they may take, in milliseconds, before they are cut off. Default 5 000; 0 waits for as long as it takes. */
  readonly timeout?: number | undefined;
}
