import type { ErrorCode } from './frames/names.ts';

/**
 * What goes wrong with an answer.
 *
 * - `never-answer`: the request is read and nothing is sent; the connection stays open.
 * - `close-before-response`, `reset-before-response`: the connection ends (FIN, RST) in place of an answer.
 * - `garbage`: bytes that are not HTTP in place of an answer, then the end. Over HTTP/2 with TLS they are not TLS either.
 * - `truncate-body`: the body is shorter than declared (in parts: the end is missing), then the connection ends.
 * - `reset-body`: the same, ended by a reset.
 * - `stall-body`: the same, and the connection stays open.
 * - `close-after-response`, `reset-after-response`: a whole answer that does not announce it, then the connection ends.
 * - `close-idle`: a whole answer; the connection ends once it was idle for `after` milliseconds (a request that begins in the meantime prevents it).
 *
 * An end is a FIN without TLS's close_notify, where the fault is not a reset. Of HTTP/2 only:
 *
 * - `reset-stream`: RST_STREAM with `code`, in place of an answer, or where the body is as in `truncate-body`. The connection stays open.
 * - `go-away`: GOAWAY with `code` (default `NO_ERROR`) before the answer, which is not sent where `lastStreamId` (at least 1; default: its own) is below its stream. The connection ends once no
 *   stream is open on it.
 */
export type Fault =
  | 'never-answer'
  | 'close-before-response'
  | 'reset-before-response'
  | 'garbage'
  | 'truncate-body'
  | 'reset-body'
  | 'stall-body'
  | 'close-after-response'
  | 'reset-after-response'
  | { readonly kind: 'close-idle'; readonly after: number }
  | { readonly kind: 'reset-stream'; readonly at: 'start' | 'body'; readonly code: ErrorCode }
  | { readonly kind: 'go-away'; readonly code?: ErrorCode | undefined; readonly lastStreamId?: number | undefined };

/** How long to wait: milliseconds of the server's clock, or until a promise of the test's settles. */
export type Delay = number | Promise<unknown>;

/** One answer of a {@link TestServer}, for the next request that comes. */
export interface ScriptedResponse {
  /** Default 200. */
  readonly status?: number | undefined;
  /** Default: what RFC 9110 calls the status. Not sent over HTTP/2. */
  readonly statusText?: string | undefined;
  /** Sent in this order and, over HTTP/1.1, case. `Content-Length` is added for a whole body, `Date` always; over HTTP/1.1 `Transfer-Encoding: chunked` for a body in parts. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** An array is sent chunked, each element as a chunk of its own (over HTTP/2 a DATA frame); anything else with its length. Default none. */
  readonly body?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined;
  /** Fields after the body, which is then sent in parts. */
  readonly trailers?: Readonly<Record<string, string>> | undefined;
  /** Whether it is sent when the whole request has come (default), or as soon as its head has: an early answer, and no `100 Continue`. */
  readonly when?: 'request-end' | 'request-head' | undefined;
  /** Before anything is sent, or before the fault that takes its place. Default none. */
  readonly headDelay?: Delay | undefined;
  /** Between the head and the body. Default none. */
  readonly bodyDelay?: Delay | undefined;
  /** Default: nothing goes wrong. */
  readonly fault?: Fault | undefined;
}
