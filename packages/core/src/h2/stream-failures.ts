import { closedFor, notTakenIn, wireEnded, type Failure } from '../engine/exchange-failures.ts';
import type { CloseReason } from '../contract/trace-event.ts';
import type { Http2ErrorCode } from './error-code.ts';
import { ConnectionError } from './http2-error.ts';
import type { PeerSettings } from './settings.ts';

/** How far a stream had come when its connection ended. */
export interface StreamPosition {
  /** Whether anything of the response has come. */
  readonly hasHeard: boolean;
  /** Whether its head has. */
  readonly isReading: boolean;
  /** Whether the server may have closed the connection without having seen the request. */
  readonly wasThereBefore: boolean;
}

/** What the peer said when it took its leave (RFC 9113 §6.8). */
export interface GoAway {
  readonly lastStreamId: number;
  readonly code: Http2ErrorCode;
  /** Quoted and bounded; empty for nothing. */
  readonly debugText: string;
}

/** What counts of two: the last stream of the later, and of the rest the first word that says something. */
export function laterGoAway(before: GoAway, later: GoAway): GoAway {
  const saysMore = before.code !== 'NO_ERROR' || (later.code === 'NO_ERROR' && before.debugText !== '');
  return saysMore ? { ...before, lastStreamId: later.lastStreamId } : later;
}

/** RFC 9113 §8.1.1. */
export function malformedMessage(reason: string): Failure {
  return peerFault(`malformed response: ${reason}`);
}

/** What is wrong with a stream, and what the peer is told. */
export interface StreamFault {
  readonly failure: Failure;
  readonly code: Http2ErrorCode;
}

/** Of a header block that cannot be used. @param maxBytes What we take of its fields. */
export function sectionFault(
  section: { readonly kind: 'malformed'; readonly reason: string } | { readonly kind: 'too-large' },
  maxBytes: number,
): StreamFault {
  return section.kind === 'malformed'
    ? { failure: malformedMessage(section.reason), code: 'PROTOCOL_ERROR' }
    : { failure: fieldsTooLarge(maxBytes), code: 'ENHANCE_YOUR_CALM' };
}

function fieldsTooLarge(maxBytes: number): Failure {
  return limit(`the response's header list is larger than ${maxBytes} bytes (maxResponseHeaderBytes)`);
}

export function tooManyInterim(maxCount: number, maxBytes: number): Failure {
  return limit(`more than ${maxCount} interim responses (maxInterimResponses), or ${maxBytes} bytes of them (maxResponseHeaderBytes)`);
}

/** It broke a rule of the stream. */
export function peerFault(message: string): Failure {
  return { code: 'malformed-response', closeReason: 'malformed-response', message };
}

export function wrongBodyLength(expectedBytes: number, seenBytes: number): Failure {
  if (seenBytes > expectedBytes) return malformedMessage(`at least ${seenBytes} bytes of body, and ${expectedBytes} were to come`);
  const message = `the response body ended after ${seenBytes} of ${expectedBytes} bytes`;
  return { code: 'truncated', closeReason: 'truncated', message };
}

/** Why a request cannot go out on its connection after all, which is known only when it is its turn. */
export function whyNotSent(
  host: { readonly canOpen: boolean; readonly openStreams: number; readonly peer: PeerSettings },
  protocol: string | undefined,
): Failure | undefined {
  if (!host.canOpen) return unprocessed('the server takes no more requests on this connection');
  // It has said so since the connection was chosen (RFC 9113 §5.1.2).
  if (host.openStreams >= host.peer.maxConcurrentStreams) return refused('the server takes no more streams at once on this connection');
  return protocol !== undefined && !host.peer.isConnectProtocolEnabled ? connectNotSupported() : undefined;
}

/** The server says that it has not looked at the request: it may be sent again, whatever it is. */
function unprocessed(message: string): Failure {
  return { code: 'server-goaway', closeReason: 'server-goaway', message, sent: 'nothing' };
}

/**
 * GOAWAY does not include the stream. Of the first it may be the reason, and then another connection would end like this one (Go). And a server that has begun
 * to answer has looked at the request, whatever it says.
 */
export function goneAway(streamId: number, goAway: GoAway, position: StreamPosition): Failure {
  if (position.isReading) return connectionEnded(position, undefined, goAway);
  const message = `the server ended the connection (${said(goAway)}) without having looked at the request`;
  if (streamId !== 1 || goAway.code === 'NO_ERROR') return unprocessed(message);
  return { code: 'connection-closed', closeReason: 'server-goaway', message };
}

function said({ code, debugText }: GoAway): string {
  return `GOAWAY ${code}${debugText === '' ? '' : `, ${debugText}`}`;
}

/** RFC 8441 §3. */
function connectNotSupported(): Failure {
  const message = 'the server does not take CONNECT with a protocol (RFC 8441)';
  return { code: 'not-supported', closeReason: 'request-close', message, sent: 'nothing' };
}

/** RST_STREAM came (RFC 9113 §8.7). */
export function resetByPeer(code: Http2ErrorCode, isReading: boolean): Failure {
  const reset = { closeReason: 'connection-lost' } as const;
  const before = isReading ? 'the end of the response body' : 'it answered';
  const message = `the server reset the stream (${code}) before ${before}`;
  if (isReading) return { ...reset, code: 'truncated', message };
  if (code === 'REFUSED_STREAM') return refused('the server refused the stream');
  return { ...reset, code: 'stream-reset', message };
}

/** As {@link unprocessed}, of one stream. */
function refused(message: string): Failure {
  return { code: 'stream-refused', closeReason: 'connection-lost', message, sent: 'nothing' };
}

/** The connection ended, in order or with `error`; the server may have said why. */
export function connectionEnded(position: StreamPosition, error: Error | undefined, goAway: GoAway | undefined): Failure {
  if (goAway !== undefined) {
    const message = `the server ended the connection (${said(goAway)})`;
    const code = position.isReading ? 'truncated' : 'connection-closed';
    return { code, closeReason: 'server-goaway', message, ...(error === undefined ? {} : { cause: error }) };
  }
  const beforeHead = position.hasHeard ? 'in-head' : 'before-response';
  return wireEnded({ at: position.isReading ? 'in-body-of-response' : beforeHead, wasThereBefore: position.wasThereBefore, error });
}

/** The peer broke the protocol, or we did not want any more of what it sent. */
export function brokenConnection({ code, message }: ConnectionError): Failure {
  if (code === 'ENHANCE_YOUR_CALM') return limit(message);
  if (code === 'SETTINGS_TIMEOUT') return { code: 'connection-closed', closeReason: 'timeout', message, timeout: true };
  return { code: 'malformed-response', closeReason: 'malformed-response', message: `${message} (${code})` };
}

export function closedByUs(reason: CloseReason): Failure {
  return closedFor(reason);
}

export function lostForPing(timeoutMs: number, { wasThereBefore, hasHeard }: StreamPosition): Failure {
  const message = `the connection is lost: a PING was not answered within ${timeoutMs} ms`;
  const code = wasThereBefore && !hasHeard ? 'stale-connection' : 'ping-timeout';
  return { code, closeReason: 'ping-timeout', message, timeout: true };
}

/** What came could not be taken in: there is no memory for it, for one. */
export function notTaken(cause: unknown): Failure {
  return notTakenIn(cause);
}

export function settingsNotTaken(timeoutMs: number): ConnectionError {
  return new ConnectionError('SETTINGS_TIMEOUT', `the peer did not acknowledge our SETTINGS within ${timeoutMs} ms`);
}

export function notWritten(timeoutMs: number): Failure {
  const message = `the server took nothing of what was to be sent for ${timeoutMs} ms (writeByteTimeout)`;
  return { code: 'connection-closed', closeReason: 'timeout', message, timeout: true };
}

function limit(message: string): Failure {
  return { code: 'response-limit', closeReason: 'response-limit', message };
}
