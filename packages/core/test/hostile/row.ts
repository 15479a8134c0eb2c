import type { Phase, RoundTripErrorCode } from '../../src/contract/round-trip-error.ts';
import type { CloseReason } from '../../src/contract/trace-event.ts';

/** What a peer does after its bytes: it ends in order, resets the connection, or waits. */
export type Ending = 'fin' | 'rst' | 'open';

/** What a peer says to a request, and what must come of it. */
export interface HostileRow {
  readonly fact: string;
  /** A character a byte. */
  readonly bytes: string;
  /** Default GET. */
  readonly method?: string;
  /** Default `open`. */
  readonly ending?: Ending;
  readonly expected: Expected;
}

/** What must come of it. */
export type Expected =
  /** An answer. Without a `closed` the connection carries the next request. */
  | ({ readonly kind: 'taken'; readonly body: string; readonly closed: CloseReason | undefined } & TakenFacts)
  /** A failure of this kind, and no connection. */
  | { readonly kind: 'refused'; readonly code: RoundTripErrorCode; readonly phase: Phase; readonly closed: CloseReason };

/** What is asked of an answer where a row says so. */
export interface TakenFacts {
  readonly status?: number;
  readonly statusText?: string;
  readonly fields?: readonly (readonly [string, string])[];
  readonly trailers?: readonly (readonly [string, string])[];
  readonly interim?: readonly number[];
}

/** The answer is taken, and its connection kept or closed. */
export function taken(body: string, closed?: CloseReason, facts: TakenFacts = {}): Expected {
  return { kind: 'taken', body, closed, ...facts };
}

/** The answer breaks the protocol, in its head or in its body. */
export function malformed(where: 'head' | 'body'): Expected {
  return { kind: 'refused', code: 'malformed-response', phase: `response-${where}`, closed: 'malformed-response' };
}

/** The answer is more than we take. */
export function beyondLimit(where: 'head' | 'body'): Expected {
  return { kind: 'refused', code: 'response-limit', phase: `response-${where}`, closed: 'response-limit' };
}

/** The connection ended within the body. */
export const TRUNCATED: Expected = { kind: 'refused', code: 'truncated', phase: 'response-body', closed: 'truncated' };

/** The connection ended before the body, in order or by a reset. */
export function lost(ending: Ending): Expected {
  const code = ending === 'fin' ? 'connection-closed' : 'connection-reset';
  return { kind: 'refused', code, phase: 'response-head', closed: 'connection-lost' };
}

/** A whole answer of 200 with these field lines, each of which brings its CRLF along. */
export function answer(fieldLines: string, body = ''): string {
  return `HTTP/1.1 200 OK\r\n${fieldLines}\r\n${body}`;
}

/** An answer in the chunked coding. */
export function chunked(body: string): string {
  return answer('Transfer-Encoding: chunked\r\n', body);
}

/** The good answer. */
export const OK: string = answer('Content-Length: 2\r\n', 'ok');
