import type { Attributes } from '@opentelemetry/api';
import type { TraceEvent } from '@roundtripper/core';

import { errorType } from './error-type.ts';

/** Kinds of events that a span can have. */
export type SpanEventKind = TraceEvent['kind'];

/** With `spanEvents: true`: those that say where the time of a request went, and why there was more than one attempt. */
export const DEFAULT_SPAN_EVENTS: readonly SpanEventKind[] = [
  'queueStart',
  'queueEnd',
  'dialStart',
  'dnsStart',
  'dnsDone',
  'connectStart',
  'connectDone',
  'proxyConnectStart',
  'proxyConnectDone',
  'tlsHandshakeStart',
  'tlsHandshakeDone',
  'dialEnd',
  'gotConn',
  'wroteRequest',
  'wait100Continue',
  'got1xxResponse',
  'gotFirstResponseByte',
  'gotResponse',
  'resend',
  'retry',
  'retryStopped',
  'hedge',
  'circuitChange',
  'limitWaitStart',
  'limitWaitEnd',
  'refused',
  'redirect',
  'cacheDecision',
];

type EventOf<Kind extends SpanEventKind> = Extract<TraceEvent, { readonly kind: Kind }>;

/** Of each kind what may be told of it: nothing that could be a secret. */
const ATTRIBUTES: { readonly [Kind in SpanEventKind]: (event: EventOf<Kind>) => Attributes } = {
  getConn: ({ hostPort }) => ({ 'roundtripper.host_port': hostPort }),
  queueStart: ({ waitsFor }) => ({ 'roundtripper.waits_for': waitsFor }),
  queueEnd: none,
  dialStart: ({ hostPort }) => ({ 'roundtripper.host_port': hostPort }),
  dnsStart: ({ hostname }) => ({ 'dns.question.name': hostname }),
  dnsDone: ({ addresses, ...rest }) => ({ 'dns.answers': [...addresses], ...errorOf(rest) }),
  connectStart: ({ address, port }) => ({ 'network.peer.address': address, 'network.peer.port': port }),
  connectDone: ({ address, port, ...rest }) => ({ 'network.peer.address': address, 'network.peer.port': port, ...errorOf(rest) }),
  proxyConnectStart: ({ proxy, target }) => ({ 'roundtripper.proxy': proxy, 'roundtripper.target': target }),
  proxyConnectDone: ({ proxy, status, ...rest }) => ({ 'roundtripper.proxy': proxy, ...statusOf(status), ...errorOf(rest) }),
  tlsHandshakeStart: ({ servername }) => ({ 'tls.client.server_name': servername }),
  tlsHandshakeDone: (event) => ({
    ...(event.protocol === undefined ? {} : { 'tls.protocol.version': event.protocol.replace('TLSv', '') }),
    ...(event.alpnProtocol === undefined ? {} : { 'tls.next_protocol': event.alpnProtocol }),
    ...(event.resumed === undefined ? {} : { 'tls.resumed': event.resumed }),
    ...errorOf(event),
  }),
  connOpened: connectionOf,
  dialEnd: (event) => ({ ...(event.connection === undefined ? {} : connectionOf({ connection: event.connection })), ...errorOf(event) }),
  dialDonated: (event) => ({ ...connectionOf(event), 'roundtripper.donated_to': event.to }),
  gotConn: (event) => ({
    ...connectionOf(event),
    'roundtripper.connection.reused': event.reused,
    'roundtripper.connection.was_idle': event.wasIdle,
    'roundtripper.connection.idle_time': event.idleTimeMs / 1_000,
  }),
  wroteHeaders: ({ streamId }) => (streamId === undefined ? {} : { 'roundtripper.stream.id': streamId }),
  wait100Continue: none,
  got100Continue: none,
  requestBodyStart: none,
  wroteRequest: ({ bodyBytes, ...rest }) => ({ 'http.request.body.size': bodyBytes, ...errorOf(rest) }),
  gotFirstResponseByte: none,
  got1xxResponse: ({ status }) => statusOf(status),
  gotResponse: ({ status }) => statusOf(status),
  gotGoAway: (event) => ({ ...connectionOf(event), 'roundtripper.goaway.code': event.code }),
  gotGlitch: (event) => ({ ...connectionOf(event), 'roundtripper.glitch': event.glitch }),
  receiveBufferFull: (event) => ({ ...connectionOf(event), 'roundtripper.unread_bytes': event.unreadBytes }),
  bodyStart: none,
  bodyEnd: ({ bodyBytes, ...rest }) => ({ 'http.response.body.size': bodyBytes, ...errorOf(rest) }),
  leaseReleased: connectionOf,
  putIdleConn: ({ connection, reason }) => ({ ...connectionOf({ connection }), ...reasonOf(reason) }),
  connClosed: ({ connection, reason }) => ({ ...connectionOf({ connection }), ...reasonOf(reason) }),
  resend: ({ attempt, ...rest }) => ({ 'roundtripper.attempt': attempt, ...errorOf(rest) }),
  retry: ({ attempt, delayMs, reason, status, ...rest }) => ({
    'roundtripper.attempt': attempt,
    'roundtripper.delay': delayMs / 1_000,
    'roundtripper.reason': reason,
    ...statusOf(status),
    ...errorOf(rest),
  }),
  retryStopped: ({ attempt, reason, status, ...rest }) => ({
    'roundtripper.attempt': attempt,
    'roundtripper.reason': reason,
    ...statusOf(status),
    ...errorOf(rest),
  }),
  hedge: ({ attempt, delayMs, withheld }) => ({
    'roundtripper.attempt': attempt,
    'roundtripper.delay': delayMs / 1_000,
    ...(withheld === undefined ? {} : { 'roundtripper.withheld': withheld }),
  }),
  hedgeEnd: ({ tries, won }) => ({ 'roundtripper.tries': tries, 'roundtripper.won': won }),
  circuitChange: ({ from, to }) => ({ 'roundtripper.circuit.from': from, 'roundtripper.circuit.to': to }),
  limitWaitStart: ({ by, ahead }) => ({ 'roundtripper.by': by, 'roundtripper.ahead': ahead }),
  limitWaitEnd: ({ by, ...rest }) => ({ 'roundtripper.by': by, ...errorOf(rest) }),
  refused: ({ by, ...rest }) => ({ 'roundtripper.by': by, ...errorOf(rest) }),
  redirect: ({ status, hop }) => ({ ...statusOf(status), 'roundtripper.hop': hop }),
  cacheDecision: ({ decision, detail }) => ({ 'roundtripper.cache.decision': decision, 'roundtripper.cache.detail': detail }),
  requestFailed: errorOf,
};

export function isSpanEventKind(kind: unknown): kind is SpanEventKind {
  return typeof kind === 'string' && Object.hasOwn(ATTRIBUTES, kind);
}

/** What a span tells of an event, besides its kind. */
export function spanEventAttributes<Kind extends SpanEventKind>(kind: Kind, event: EventOf<Kind>): Attributes {
  return ATTRIBUTES[kind](event);
}

function none(): Attributes {
  return {};
}

function connectionOf({ connection }: { readonly connection: { readonly id: number } }): Attributes {
  return { 'roundtripper.connection.id': connection.id };
}

function statusOf(status: number | undefined): Attributes {
  return status === undefined ? {} : { 'http.response.status_code': status };
}

function reasonOf(reason: string | undefined): Attributes {
  return reason === undefined ? {} : { 'roundtripper.close_reason': reason };
}

function errorOf(event: { readonly error?: unknown }): Attributes {
  return 'error' in event ? { 'error.type': errorType(event.error) } : {};
}
