import type { CloseReason, ConnectionInfo, TraceEvent, WaitsFor } from '@roundtripper/core';

import type { AttemptCause, AttemptRecord, DialRecord } from './exchange-record.ts';

/** An {@link AttemptRecord} while it is filled in. All fields are there from the beginning: one that grows takes three times as long. */
export class RecordedAttempt implements AttemptRecord {
  readonly cause: AttemptCause;
  readonly hostPort: string;
  readonly startMs: number;
  queueStartMs: number | undefined = undefined;
  queueEndMs: number | undefined = undefined;
  waitsFor: WaitsFor | undefined = undefined;
  dialStartMs: number | undefined = undefined;
  dialEndMs: number | undefined = undefined;
  dialError: unknown = undefined;
  dialled: ConnectionInfo | undefined = undefined;
  dialDonatedTo: 'request' | 'pool' | undefined = undefined;
  dialOfAnother: DialRecord | undefined = undefined;
  dnsStartMs: number | undefined = undefined;
  dnsEndMs: number | undefined = undefined;
  connectStartMs: number | undefined = undefined;
  connectEndMs: number | undefined = undefined;
  connectedAddress: string | undefined = undefined;
  connectTries = 0;
  proxyTlsStartMs: number | undefined = undefined;
  proxyTlsEndMs: number | undefined = undefined;
  proxyStartMs: number | undefined = undefined;
  proxyEndMs: number | undefined = undefined;
  tlsStartMs: number | undefined = undefined;
  tlsEndMs: number | undefined = undefined;
  tlsResumed: boolean | undefined = undefined;
  gotConnMs: number | undefined = undefined;
  connection: ConnectionInfo | undefined = undefined;
  reused: boolean | undefined = undefined;
  wasIdle: boolean | undefined = undefined;
  idleTimeMs: number | undefined = undefined;
  dialledByAnother: boolean | undefined = undefined;
  wroteHeadersMs: number | undefined = undefined;
  streamId: number | undefined = undefined;
  wait100Ms: number | undefined = undefined;
  got100Ms: number | undefined = undefined;
  requestBodyStartMs: number | undefined = undefined;
  wroteRequestMs: number | undefined = undefined;
  requestBodyBytes: number | undefined = undefined;
  requestError: unknown = undefined;
  firstByteMs: number | undefined = undefined;
  firstInterimMs: number | undefined = undefined;
  gotResponseMs: number | undefined = undefined;
  status: number | undefined = undefined;
  proto: string | undefined = undefined;
  bodyStartMs: number | undefined = undefined;
  bodyEndMs: number | undefined = undefined;
  bodyBytes: number | undefined = undefined;
  releasedMs: number | undefined = undefined;
  notKept: CloseReason | undefined = undefined;
  endMs: number | undefined = undefined;
  error: unknown = undefined;

  constructor(cause: AttemptCause, hostPort: string, startMs: number) {
    this.cause = cause;
    this.hostPort = hostPort;
    this.startMs = startMs;
  }
}

/** The steps of its dial alone. */
export function dialOf(attempt: RecordedAttempt): DialRecord {
  const { dialStartMs, dialEndMs, dialError, dialled, dnsStartMs, dnsEndMs, connectStartMs, connectEndMs, connectedAddress } = attempt;
  const { connectTries, proxyTlsStartMs, proxyTlsEndMs, proxyStartMs, proxyEndMs, tlsStartMs, tlsEndMs, tlsResumed } = attempt;
  return {
    dialStartMs,
    dialEndMs,
    dialError,
    dialled,
    dnsStartMs,
    dnsEndMs,
    connectStartMs,
    connectEndMs,
    connectedAddress,
    connectTries,
    proxyTlsStartMs,
    proxyTlsEndMs,
    proxyStartMs,
    proxyEndMs,
    tlsStartMs,
    tlsEndMs,
    tlsResumed,
  };
}

/** Writes down what happened between having a connection and the end of the body. */
export function recordExchange(attempt: RecordedAttempt, event: TraceEvent, nowMs: number): void {
  switch (event.kind) {
    case 'queueStart':
      attempt.queueStartMs = nowMs;
      attempt.waitsFor = event.waitsFor;
      break;
    case 'queueEnd':
      attempt.queueEndMs = nowMs;
      break;
    case 'gotConn':
      attempt.gotConnMs = nowMs;
      attempt.connection = event.connection;
      attempt.reused = event.reused;
      attempt.wasIdle = event.wasIdle;
      attempt.idleTimeMs = event.idleTimeMs;
      attempt.dialledByAnother = event.dialledByAnother;
      break;
    case 'wroteHeaders':
      attempt.wroteHeadersMs = nowMs;
      attempt.streamId = event.streamId;
      break;
    case 'wait100Continue':
      attempt.wait100Ms = nowMs;
      break;
    case 'got100Continue':
      attempt.got100Ms = nowMs;
      break;
    case 'requestBodyStart':
      attempt.requestBodyStartMs = nowMs;
      break;
    case 'gotFirstResponseByte':
      attempt.firstByteMs = nowMs;
      break;
    case 'got1xxResponse':
      attempt.firstInterimMs ??= nowMs;
      break;
    case 'gotResponse':
      attempt.gotResponseMs = nowMs;
      attempt.status = event.status;
      attempt.proto = event.proto;
      break;
    case 'bodyStart':
      attempt.bodyStartMs = nowMs;
      break;
    default:
      recordRelease(attempt, event, nowMs);
  }
}

/** Writes down what may come when the request is over: the end of a request body that outlives its response, and what becomes of the connection. */
export function recordRelease(attempt: RecordedAttempt, event: TraceEvent, nowMs: number): void {
  switch (event.kind) {
    case 'wroteRequest':
      attempt.wroteRequestMs = nowMs;
      attempt.requestBodyBytes = event.bodyBytes;
      attempt.requestError = event.error;
      break;
    case 'leaseReleased':
      attempt.releasedMs = nowMs;
      break;
    case 'putIdleConn':
      attempt.notKept = event.reason;
      break;
    default:
  }
}

/** Writes down a step of the dial that `attempt` began. */
export function recordDial(attempt: RecordedAttempt, event: TraceEvent, nowMs: number): void {
  switch (event.kind) {
    case 'dialStart':
      attempt.dialStartMs = nowMs;
      break;
    case 'dnsStart':
      attempt.dnsStartMs = nowMs;
      break;
    case 'dnsDone':
      attempt.dnsEndMs = nowMs;
      break;
    case 'connectStart':
      attempt.connectStartMs ??= nowMs;
      attempt.connectTries += 1;
      break;
    case 'connectDone':
      recordConnectDone(attempt, event, nowMs);
      break;
    case 'proxyConnectStart':
      attempt.proxyStartMs = nowMs;
      break;
    case 'proxyConnectDone':
      attempt.proxyEndMs = nowMs;
      break;
    case 'tlsHandshakeStart':
      // The second one is with the origin, through the tunnel that the proxy of the first has opened.
      attempt.proxyTlsStartMs = attempt.tlsStartMs;
      attempt.proxyTlsEndMs = attempt.tlsEndMs;
      attempt.tlsStartMs = nowMs;
      attempt.tlsEndMs = undefined;
      break;
    case 'tlsHandshakeDone':
      attempt.tlsEndMs = nowMs;
      attempt.tlsResumed = event.resumed;
      break;
    case 'dialEnd':
      attempt.dialEndMs = nowMs;
      attempt.dialled = event.connection;
      attempt.dialError = event.error;
      break;
    default:
  }
}

/** Addresses are tried side by side: what the losers come to no longer matters once one has answered. */
function recordConnectDone(attempt: RecordedAttempt, event: Extract<TraceEvent, { kind: 'connectDone' }>, nowMs: number): void {
  if (attempt.connectedAddress !== undefined) return;
  attempt.connectEndMs = nowMs;
  if (!('error' in event)) attempt.connectedAddress = event.address;
}
