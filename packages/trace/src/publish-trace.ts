import { channel, type Channel } from 'node:diagnostics_channel';

import { OptionReader, type HttpRequest, type Middleware, type TraceEvent, type TraceListener } from '@roundtripper/core';

import { aListOfNames } from './record-exchanges.ts';
import { redactUrl } from './redact-url.ts';
import { secretNames, type SecretNames } from './secret-names.ts';
import { listening } from './trace.ts';

/** Of {@link publishTrace}. */
export interface PublishTraceOptions {
  /** Names of query parameters whose values are not to be published, besides those that are known to be secret. In any case. Default none. */
  readonly secretParameters?: readonly string[] | undefined;
}

/** What subscribers of the channel `roundtripper:<kind>` are given, for each event of that kind. */
export interface PublishedEvent<Kind extends TraceEvent['kind'] = TraceEvent['kind']> {
  /** The same for all events of one request, those of its resends included; unique in this process. */
  readonly requestId: number;
  readonly method: string;
  /** Without userinfo and fragment; the values of query parameters that are known to be secret are `REDACTED`. */
  readonly url: string;
  /** Of a `redirect` its `url` is as the one above. */
  readonly event: Extract<TraceEvent, { readonly kind: Kind }>;
}

/** Every kind: the compiler sees to it that none is missing. */
const KINDS: Readonly<Record<TraceEvent['kind'], true>> = {
  getConn: true,
  queueStart: true,
  queueEnd: true,
  dialStart: true,
  dnsStart: true,
  dnsDone: true,
  connectStart: true,
  connectDone: true,
  proxyConnectStart: true,
  proxyConnectDone: true,
  tlsHandshakeStart: true,
  tlsHandshakeDone: true,
  connOpened: true,
  dialEnd: true,
  dialDonated: true,
  gotConn: true,
  wroteHeaders: true,
  wait100Continue: true,
  got100Continue: true,
  requestBodyStart: true,
  wroteRequest: true,
  gotFirstResponseByte: true,
  got1xxResponse: true,
  gotResponse: true,
  gotGoAway: true,
  gotGlitch: true,
  receiveBufferFull: true,
  bodyStart: true,
  bodyEnd: true,
  leaseReleased: true,
  putIdleConn: true,
  connClosed: true,
  resend: true,
  retry: true,
  retryStopped: true,
  hedge: true,
  hedgeEnd: true,
  circuitChange: true,
  limitWaitStart: true,
  limitWaitEnd: true,
  refused: true,
  redirect: true,
  cacheDecision: true,
  requestFailed: true,
};

let requestsPublished = 0;

/**
 * A middleware that publishes each event on `node:diagnostics_channel`, on a channel of its own kind: `roundtripper:gotConn`, `roundtripper:bodyEnd` and so
 * on, with a {@link PublishedEvent}. Who watches a process (an APM agent, a debugger) subscribes without the program's doing.
 *
 * It asks once a request whether anybody has subscribed to any of them, and where nobody has, the request passes as it is. Subscribers are called
 * synchronously; what they throw is an uncaught exception of the process, as on every channel.
 * @throws TypeError naming each option that is unknown or invalid.
 */
export function publishTrace(options: PublishTraceOptions = {}): Middleware {
  const reader = new OptionReader('publishTrace', options);
  const names = secretNames([], reader.read('secretParameters', [], aListOfNames));
  reader.finish();
  const byKind = new Map(Object.keys(KINDS).map((kind) => [kind, channel(`roundtripper:${kind}`)]));
  const channels = [...byKind.values()];
  return (next) => ({
    roundTrip: (request) => next.roundTrip(isHeard(channels) ? listening(request, publisher(request, byKind, names)) : request),
  });
}

function isHeard(channels: readonly Channel[]): boolean {
  for (const each of channels) if (each.hasSubscribers) return true;
  return false;
}

function publisher(request: HttpRequest, byKind: ReadonlyMap<string, Channel>, names: SecretNames): TraceListener {
  const requestId = ++requestsPublished;
  const { origin, path } = request.target;
  const { method } = request;
  const url = redactUrl(`${origin.key}${path}`, names);
  return (event) => {
    const itsChannel = byKind.get(event.kind);
    if (itsChannel?.hasSubscribers !== true) return;
    itsChannel.publish({ requestId, method, url, event: withoutSecrets(event, names) } satisfies PublishedEvent);
  };
}

/** Where a server sends the client, there is often a code or a token on the way. */
function withoutSecrets(event: TraceEvent, names: SecretNames): TraceEvent {
  return event.kind === 'redirect' ? { ...event, url: redactUrl(event.url, names) } : event;
}
