import { emit, type TraceEvent } from '@roundtripper/core';

import type { ClientTrace, GotConnInfo, TlsHandshakeInfo } from './client-trace.ts';

/**
 * Calls the hook that belongs to `event`, where there is one; nothing is made for one that is not there.
 * @returns what the hook returned, so that its caller can see to the promise of one that is async.
 */
export function callHook(hooks: ClientTrace, event: TraceEvent): unknown {
  // By itself, so that one that throws does not keep the event from its own hook.
  emit(hooks.event, event);
  switch (event.kind) {
    case 'getConn':
      return hooks.getConn?.(event.hostPort);
    case 'gotConn':
      return hooks.gotConn?.(gotConnOf(event));
    case 'putIdleConn':
      return hooks.putIdleConn?.({ conn: event.connection, ...(event.reason === undefined ? {} : { reason: event.reason }) });
    case 'gotFirstResponseByte':
      return hooks.gotFirstResponseByte?.();
    case 'got1xxResponse':
      return callGot1xxResponse(hooks, event);
    case 'dnsStart':
      return hooks.dnsStart?.({ host: event.hostname });
    case 'dnsDone':
      return hooks.dnsDone?.({ addresses: event.addresses, ...errorOf(event) });
    case 'connectStart':
      return hooks.connectStart?.(event.address, event.port);
    case 'connectDone':
      return hooks.connectDone?.(event.address, event.port, event.error);
    case 'tlsHandshakeStart':
      return hooks.tlsHandshakeStart?.({ servername: event.servername });
    case 'tlsHandshakeDone':
      return hooks.tlsHandshakeDone?.(handshakeOf(event));
    case 'wroteHeaders':
      return callWroteHeaders(hooks, event);
    case 'wait100Continue':
      return hooks.wait100Continue?.();
    case 'got100Continue':
      return hooks.got100Continue?.();
    case 'wroteRequest':
      return hooks.wroteRequest?.({ bodyBytes: event.bodyBytes, ...errorOf(event) });
    default:
      return callOwnHook(hooks, event);
  }
}

/** Go's WroteHeaderField comes for each field, and before. The names are asked for where somebody wants them only. */
function callWroteHeaders(hooks: ClientTrace, event: Extract<TraceEvent, { readonly kind: 'wroteHeaders' }>): unknown {
  const { wroteHeaderField } = hooks;
  // By emit() each, so that one that throws keeps nobody from what is his.
  if (wroteHeaderField !== undefined) for (const name of event.fieldNames()) emit(() => wroteHeaderField(name), event);
  return hooks.wroteHeaders?.(event.streamId === undefined ? {} : { streamId: event.streamId });
}

/** Go's returns an error to abort the request. What an async one rejects with comes too late to count. */
function callGot1xxResponse(hooks: ClientTrace, event: Extract<TraceEvent, { readonly kind: 'got1xxResponse' }>): unknown {
  try {
    return hooks.got1xxResponse?.(event.status, event.headers);
  } catch (error) {
    event.abort(error);
    return undefined;
  }
}

type PolicyKind = 'retry' | 'retryStopped' | 'hedge' | 'hedgeEnd' | 'circuitChange' | 'limitWaitStart' | 'limitWaitEnd' | 'refused';

type OwnKind =
  | PolicyKind
  | 'proxyConnectStart'
  | 'proxyConnectDone'
  | 'queueStart'
  | 'queueEnd'
  | 'dialStart'
  | 'dialEnd'
  | 'dialDonated'
  | 'connOpened'
  | 'connClosed'
  | 'gotResponse'
  | 'gotGoAway'
  | 'gotGlitch'
  | 'receiveBufferFull'
  | 'requestBodyStart'
  | 'bodyStart'
  | 'bodyEnd'
  | 'leaseReleased'
  | 'resend'
  | 'redirect'
  | 'cacheDecision'
  | 'requestFailed';

/** Those that Go has not. */
function callOwnHook(hooks: ClientTrace, event: Extract<TraceEvent, { readonly kind: OwnKind }>): unknown {
  switch (event.kind) {
    case 'queueStart':
      return hooks.queueStart?.({ willDial: event.willDial, waitsFor: event.waitsFor });
    case 'queueEnd':
      return hooks.queueEnd?.();
    case 'dialStart':
      return hooks.dialStart?.(event.hostPort);
    case 'dialEnd':
      return hooks.dialEnd?.({ ...(event.connection === undefined ? {} : { conn: event.connection }), ...errorOf(event) });
    case 'dialDonated':
      return hooks.dialDonated?.({ conn: event.connection, to: event.to });
    case 'proxyConnectStart':
      return hooks.proxyConnectStart?.({ proxy: event.proxy, target: event.target });
    case 'proxyConnectDone':
      return hooks.proxyConnectDone?.({ proxy: event.proxy, ...statusOf(event), ...errorOf(event) });
    case 'connOpened':
      return hooks.connOpened?.(event.connection);
    case 'connClosed':
      return hooks.connClosed?.({ conn: event.connection, reason: event.reason, exchanges: event.exchanges, lifetime: event.lifetimeMs });
    case 'gotResponse':
      return hooks.gotResponse?.(event.status, event.proto);
    case 'gotGoAway':
      return hooks.gotGoAway?.({ conn: event.connection, lastStreamId: event.lastStreamId, code: event.code });
    case 'gotGlitch':
      return hooks.gotGlitch?.({ conn: event.connection, glitch: event.glitch });
    case 'receiveBufferFull':
      return hooks.receiveBufferFull?.({ conn: event.connection, unreadBytes: event.unreadBytes });
    case 'leaseReleased':
      return hooks.leaseReleased?.(event.connection);
    default:
      return callHigherHook(hooks, event);
  }
}

type HigherKind = PolicyKind | 'requestBodyStart' | 'bodyStart' | 'bodyEnd' | 'resend' | 'redirect' | 'cacheDecision' | 'requestFailed';

/** Of those the ones that tell of no connection. */
function callHigherHook(hooks: ClientTrace, event: Extract<TraceEvent, { readonly kind: HigherKind }>): unknown {
  switch (event.kind) {
    case 'requestBodyStart':
      return hooks.requestBodyStart?.();
    case 'bodyStart':
      return hooks.bodyStart?.();
    case 'bodyEnd':
      return hooks.bodyEnd?.({ bodyBytes: event.bodyBytes, ...errorOf(event) });
    case 'resend':
      return hooks.resend?.({ attempt: event.attempt, error: event.error });
    case 'redirect':
      return hooks.redirect?.({ status: event.status, hop: event.hop, url: event.url });
    case 'cacheDecision':
      return hooks.cacheDecision?.({ decision: event.decision, detail: event.detail });
    case 'requestFailed':
      return hooks.requestFailed?.(event.error);
    default:
      return callPolicyHook(hooks, event);
  }
}

/** Those of middleware that repeats, hedges and limits. */
function callPolicyHook(hooks: ClientTrace, event: Extract<TraceEvent, { readonly kind: PolicyKind }>): unknown {
  switch (event.kind) {
    case 'retry':
      return hooks.retry?.({
        attempt: event.attempt,
        delay: event.delayMs,
        reason: event.reason,
        ...statusOf(event),
        ...errorOf(event),
      });
    case 'retryStopped':
      return hooks.retryStopped?.({ attempt: event.attempt, reason: event.reason, ...statusOf(event), ...errorOf(event) });
    case 'hedge':
      return hooks.hedge?.({
        attempt: event.attempt,
        delay: event.delayMs,
        ...(event.withheld === undefined ? {} : { withheld: event.withheld }),
      });
    case 'hedgeEnd':
      return hooks.hedgeEnd?.({ tries: event.tries, won: event.won });
    case 'circuitChange':
      return hooks.circuitChange?.({
        origin: event.origin,
        from: event.from,
        to: event.to,
        ...(event.retryAfterMs === undefined ? {} : { retryAfter: event.retryAfterMs }),
      });
    case 'limitWaitStart':
      return hooks.limitWaitStart?.({ by: event.by, ahead: event.ahead });
    case 'limitWaitEnd':
      return hooks.limitWaitEnd?.({ by: event.by, ...errorOf(event) });
    case 'refused':
      return hooks.refused?.({ by: event.by, error: event.error });
    default:
      return unknownEvent(event);
  }
}

/** A newer core may tell more: `event` hears of it, and there can be no hook of its own yet. */
function unknownEvent(_event: never): void {}

/** Absent where it is absent: what something failed with may be undefined, so it is its being there that says that it failed. */
function errorOf(event: { readonly error?: unknown }): { readonly error?: unknown } {
  return 'error' in event ? { error: event.error } : {};
}

function statusOf(event: { readonly status?: number }): { readonly status?: number } {
  return event.status === undefined ? {} : { status: event.status };
}

function gotConnOf(event: Extract<TraceEvent, { readonly kind: 'gotConn' }>): GotConnInfo {
  const { connection: conn, reused, wasIdle, idleTimeMs: idleTime, dialledByAnother } = event;
  return { conn, reused, wasIdle, idleTime, dialledByAnother };
}

function handshakeOf(event: Extract<TraceEvent, { readonly kind: 'tlsHandshakeDone' }>): TlsHandshakeInfo {
  const { kind: _kind, ...info } = event;
  return info;
}
