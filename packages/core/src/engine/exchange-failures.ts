import type { ConnectionInfo } from '../contract/connection-info.ts';
import type { Origin } from '../contract/origin.ts';
import { RoundTripError, type Phase, type RoundTripErrorCode, type Sent } from '../contract/round-trip-error.ts';
import type { CloseReason } from '../contract/trace-event.ts';

/** How an exchange fails: what its caller is told, and what becomes of the connection. */
export interface Failure {
  readonly code: RoundTripErrorCode;
  readonly closeReason: CloseReason;
  readonly message: string;
  readonly phase?: Phase;
  /** Where it is another than was written: what the server says it has not looked at was not sent. */
  readonly sent?: Sent;
  readonly timeout?: boolean;
  readonly cause?: unknown;
}

/** How far the exchange had come, and on what. */
export interface FailedExchange {
  readonly origin: Origin;
  /** Whether its response's head had come. */
  readonly isReading: boolean;
  readonly sent: Sent;
  readonly connection: ConnectionInfo;
  readonly isReused: boolean;
}

/** What the caller is told. */
export function errorOf(failure: Failure, { origin, isReading, sent, connection, isReused }: FailedExchange): RoundTripError {
  const waiting: Phase = sent === 'all' ? 'response-head' : 'request';
  return new RoundTripError(`${origin.key}: ${failure.message}`, {
    code: failure.code,
    phase: failure.phase ?? (isReading ? 'response-body' : waiting),
    sent: failure.sent ?? sent,
    timeout: failure.timeout ?? false,
    origin: origin.key,
    connection,
    isConnectionReused: isReused,
    cause: failure.cause,
  });
}

/** How the peer's end of sending is taken. */
export type EndOfInput =
  /** It is the end of a body that has no other, and what receives the response was told. */
  | 'complete'
  /** No byte of the response had come. */
  | 'before-response'
  /** The head is not whole. */
  | 'in-head'
  /** The body is not whole. */
  | 'in-body';

/** How the wire ended. */
export interface WireEnd {
  /** Where the response stood. */
  readonly at: EndOfInput | 'in-body-of-response' | 'before-request';
  readonly wasThereBefore: boolean;
  /** Undefined where it was in order. */
  readonly error: Error | undefined;
}

/** The wire ended before the exchange did. */
export function wireEnded({ at, wasThereBefore, error }: WireEnd): Failure {
  const how = error === undefined ? 'the server closed the connection' : 'the connection was lost';
  if (at === 'before-request' || (at === 'before-response' && wasThereBefore)) {
    return stale('server-closed-idle', `${how} before it answered`, error);
  }
  const cause = error === undefined ? {} : { cause: error };
  if (at === 'in-body-of-response') {
    return { code: 'truncated', closeReason: 'truncated', message: `${how} before the end of the response body`, ...cause };
  }
  const where = at === 'before-response' ? 'before it answered' : 'in the middle of the response head';
  const code = error === undefined ? 'connection-closed' : 'connection-reset';
  return { code, closeReason: 'connection-lost', message: `${how} ${where}`, ...cause };
}

/** The connection was no longer what it had been. */
function stale(closeReason: CloseReason, what: string, error: Error | undefined): Failure {
  const message = `${what}: the connection had been idle or in use before`;
  return { code: 'stale-connection', closeReason, message, ...(error === undefined ? {} : { cause: error }) };
}

/** The connection was closed from above, or because the server spoke before it was asked. */
export function closedFor(reason: CloseReason): Failure {
  if (reason === 'unsolicited-data') return stale(reason, 'the server sent what nobody had asked for', undefined);
  if (reason === 'server-closed-idle') return stale(reason, 'the server said that it had waited for too long', undefined);
  return { code: 'transport-closed', closeReason: reason, message: 'the transport was closed during the exchange' };
}

export function noHeadInTime(timeoutMs: number): Failure {
  const message = `no response head within ${timeoutMs} ms of the request being sent`;
  return { code: 'header-timeout', closeReason: 'timeout', message, timeout: true };
}

/** Nothing moved of one of the bodies. */
export function stalled(timeoutMs: number, isReading: boolean): Failure {
  const what = isReading ? 'no byte of the response body came' : 'the server took no byte of the request body';
  return { code: 'body-timeout', closeReason: 'timeout', message: `${what} for ${timeoutMs} ms (bodyIdleTimeout)`, timeout: true };
}

export function bodyTooLarge(maxBytes: number): Failure {
  const message = `the response body is larger than ${maxBytes} bytes (maxResponseBodyBytes)`;
  return { code: 'response-limit', closeReason: 'response-limit', message };
}

export function notTakenIn(cause: unknown): Failure {
  return { code: 'response-limit', closeReason: 'response-limit', message: 'the response could not be taken in', cause };
}

export function switchedTooEarly(): Failure {
  const message = 'the server switches protocols before it has the request';
  return { code: 'malformed-response', closeReason: 'malformed-response', message };
}
