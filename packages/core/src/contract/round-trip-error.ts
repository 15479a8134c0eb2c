import type { ConnectionInfo } from './connection-info.ts';

/**
 * What went wrong, for a program to act on. These are API.
 *
 * Before a connection: `queue-full`, `pool-timeout` (no connection in time), `dns-failed`, `address-refused`
 * (by `allowAddress`), `dial-failed`, `dial-timeout`, `tls-failed`, `tls-timeout`, `proxy-refused` (it answered, but gives no way through), `proxy-failed`, `proxy-timeout`,
 * `transport-closed`.
 * On a connection, before the answer: `stale-connection` (a reused connection ended before the first byte of the answer: the server
 * had probably closed it already), `connection-closed` and `connection-reset` (it ended otherwise), `header-timeout`,
 * `malformed-response`, `response-limit` (a limit on what a peer may send was met), `ping-timeout` (HTTP/2: the connection was silent, and so was the answer to a PING), `stream-reset` (HTTP/2: the server
 * ended this request alone), `stream-refused` and `server-goaway` (HTTP/2: it says that it has not looked at the request), `not-supported` (it cannot do what the request asks the connection for).
 * Of the request body: `request-body-failed` (the caller's stream failed; `cause` is its error), `request-body-length`
 * (it was shorter or longer than declared). Of either body: `body-timeout` (nothing
 * moved for too long, though this side was ready). Of the response body: `truncated`, `malformed-response`, `response-limit`, `body-disposed` (read after dispose()),
 * `response-dropped` (nobody had the response any more, so that nobody could read it: only listeners are told).
 */
export type RoundTripErrorCode =
  | 'queue-full'
  | 'pool-timeout'
  | 'dns-failed'
  | 'address-refused'
  | 'dial-failed'
  | 'dial-timeout'
  | 'tls-failed'
  | 'tls-timeout'
  | 'proxy-refused'
  | 'proxy-failed'
  | 'proxy-timeout'
  | 'transport-closed'
  | 'stale-connection'
  | 'connection-closed'
  | 'connection-reset'
  | 'ping-timeout'
  | 'stream-reset'
  | 'stream-refused'
  | 'server-goaway'
  | 'not-supported'
  | 'header-timeout'
  | 'malformed-response'
  | 'response-limit'
  | 'request-body-failed'
  | 'request-body-length'
  | 'body-timeout'
  | 'truncated'
  | 'body-disposed'
  | 'response-dropped';

/** How far the exchange had come: waiting for a connection, resolving the name, connecting, in the TLS handshake, asking a proxy for the way through, sending, waiting for the head, reading the body. */
export type Phase = 'queue' | 'dns' | 'connect' | 'tls' | 'proxy' | 'request' | 'response-head' | 'response-body';

/** How much of the request was handed to the socket; whatever was may have had its effect. Of a request that the server says it has not looked at: nothing. */
export type Sent = 'nothing' | 'partial' | 'all';

/** The facts of a failure. */
export interface RoundTripErrorInit {
  readonly code: RoundTripErrorCode;
  readonly phase: Phase;
  readonly sent: Sent;
  readonly timeout?: boolean;
  readonly origin?: string | undefined;
  readonly connection?: ConnectionInfo | undefined;
  readonly isConnectionReused?: boolean;
  readonly cause?: unknown;
}

/**
 * Why there is no answer, or no whole answer: the one error class of this package. The message says what was seen and what was expected,
 * never a header value, a credential or a URL's userinfo. A cancelled request rejects with its signal's `reason` instead, a caller's mistake with a `TypeError`.
 */
export class RoundTripError extends Error {
  override readonly name: string = 'RoundTripError';
  readonly code: RoundTripErrorCode;
  readonly phase: Phase;
  /** How much of the request the server may have seen: with `'nothing'` it is safe to send again, whatever its method. */
  readonly sent: Sent;
  /** Whether a time limit of ours ended it. */
  readonly timeout: boolean;
  /** Like `https://example.com:8443`; undefined where it is not known. */
  readonly origin: string | undefined;
  /** Undefined where there was no connection yet. */
  readonly connection: ConnectionInfo | undefined;
  /** Whether the connection had carried an exchange before. */
  readonly isConnectionReused: boolean;

  constructor(message: string, init: RoundTripErrorInit) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = init.code;
    this.phase = init.phase;
    this.sent = init.sent;
    this.timeout = init.timeout ?? false;
    this.origin = init.origin;
    this.connection = init.connection;
    this.isConnectionReused = init.isConnectionReused ?? false;
  }
}

/**
 * The same error, for a request of which an attempt before had sent more.
 * @internal
 */
export function withSent(error: unknown, sentBefore: Sent): unknown {
  if (sentBefore === 'nothing' || !(error instanceof RoundTripError) || error.sent !== 'nothing') return error;
  const { code, phase, timeout, origin, connection, isConnectionReused, cause } = error;
  const same = new RoundTripError(error.message, { code, phase, timeout, origin, connection, isConnectionReused, cause, sent: sentBefore });
  return Object.assign(same, error.stack === undefined ? {} : { stack: error.stack });
}
