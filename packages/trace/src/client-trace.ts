import { emit, type CloseReason, type ConnectionInfo, type HttpHeaders, type TraceEvent } from '@roundtripper/core';

/** How a request came by its connection. Durations are in milliseconds. */
export interface GotConnInfo {
  readonly conn: ConnectionInfo;
  /** Whether the connection had carried an exchange before. */
  readonly reused: boolean;
  /** Whether it was idle; one that is handed over by another request was not. */
  readonly wasIdle: boolean;
  /** How long it had been idle; 0 where it was not. */
  readonly idleTime: number;
}

/**
 * Hooks for what happens to a request: those of Go's `httptrace.ClientTrace`, and below them what Go does not tell. Each may be left out. They are called
 * synchronously and in order; what they throw is dropped. A dial that outlives the request that began it still reports here, and so does the end of the connection that the request used last.
 */
export interface ClientTrace {
  /** A connection is looked for; `hostPort` is like `example.com:443`. Called for each attempt. */
  readonly getConn?: (hostPort: string) => void;
  readonly gotConn?: (info: GotConnInfo) => void;
  /** The connection went back to the pool, before the reader of the body sees its end. With a `reason` it was not kept. */
  readonly putIdleConn?: (info: { readonly conn: ConnectionInfo; readonly reason?: CloseReason }) => void;
  readonly gotFirstResponseByte?: () => void;
  /** An interim response, 101 excepted. */
  readonly got1xxResponse?: (status: number, headers: HttpHeaders) => void;
  readonly dnsStart?: (info: { readonly host: string }) => void;
  readonly dnsDone?: (info: { readonly addresses: readonly string[]; readonly error?: unknown }) => void;
  /** Called for each address that is tried. */
  readonly connectStart?: (address: string, port: number) => void;
  readonly connectDone?: (address: string, port: number, error?: unknown) => void;
  readonly tlsHandshakeStart?: (info: { readonly servername: string }) => void;
  readonly tlsHandshakeDone?: (info: TlsHandshakeInfo) => void;
  readonly wroteHeaders?: () => void;
  /** The whole request was given to the socket, or its body failed. */
  readonly wroteRequest?: (info: { readonly bodyBytes: number; readonly error?: unknown }) => void;

  /** No connection was at hand: the request waits for one to become idle and, where it may, for its own dial. */
  readonly queueStart?: (info: { readonly willDial: boolean }) => void;
  readonly queueEnd?: () => void;
  readonly connOpened?: (conn: ConnectionInfo) => void;
  readonly connClosed?: (info: ConnClosedInfo) => void;
  /** The response head is there. */
  readonly gotResponse?: (status: number, proto: string) => void;
  /** The response body ended: read to its end or, with `error`, not. */
  readonly bodyEnd?: (info: { readonly bodyBytes: number; readonly error?: unknown }) => void;
  /** The request is sent again because its connection was stale. */
  readonly resend?: (info: { readonly attempt: number; readonly error: unknown }) => void;
  /** A policy repeats the request after `delayMs`. */
  readonly retry?: (info: {
    readonly attempt: number;
    readonly delayMs: number;
    readonly status?: number;
    readonly error?: unknown;
  }) => void;
  readonly cacheDecision?: (info: {
    readonly decision: Extract<TraceEvent, { kind: 'cacheDecision' }>['decision'];
    readonly detail: string;
  }) => void;
  /** The request ended without an answer. */
  readonly requestFailed?: (error: unknown) => void;
  /** Every event as it comes, before its own hook. */
  readonly event?: (event: TraceEvent) => void;
}

/** What was agreed in a handshake, or why nothing was. */
export interface TlsHandshakeInfo {
  readonly protocol?: string;
  readonly alpnProtocol?: string;
  readonly resumed?: boolean;
  readonly error?: unknown;
}

/** Why and after what a connection was closed. */
export interface ConnClosedInfo {
  readonly conn: ConnectionInfo;
  readonly reason: CloseReason;
  /** How many exchanges it carried. */
  readonly exchanges: number;
  /** From its opening, in milliseconds. */
  readonly lifetime: number;
}

/** Calls the hook that belongs to `event`, where there is one. */
export function callHook(hooks: ClientTrace, event: TraceEvent): void {
  // By itself, so that one that throws does not keep the event from its own hook.
  emit(hooks.event, event);
  switch (event.kind) {
    case 'getConn':
      return hooks.getConn?.(event.hostPort);
    case 'gotConn':
      return hooks.gotConn?.({ conn: event.connection, reused: event.reused, wasIdle: event.wasIdle, idleTime: event.idleTimeMs });
    case 'putIdleConn':
      return hooks.putIdleConn?.(
        event.reason === undefined ? { conn: event.connection } : { conn: event.connection, reason: event.reason },
      );
    case 'connOpened':
      return hooks.connOpened?.(event.connection);
    case 'connClosed':
      return hooks.connClosed?.({ conn: event.connection, reason: event.reason, exchanges: event.exchanges, lifetime: event.lifetimeMs });
    case 'requestFailed':
      return hooks.requestFailed?.(event.error);
    case 'queueStart':
    case 'queueEnd':
    case 'dnsStart':
    case 'dnsDone':
    case 'connectStart':
    case 'connectDone':
    case 'tlsHandshakeStart':
    case 'tlsHandshakeDone':
      return callDialHook(hooks, event);
    default:
      return callMessageHook(hooks, event);
  }
}

type DialKind =
  | 'queueStart'
  | 'queueEnd'
  | 'dnsStart'
  | 'dnsDone'
  | 'connectStart'
  | 'connectDone'
  | 'tlsHandshakeStart'
  | 'tlsHandshakeDone';
type ConnectionKind = 'getConn' | 'gotConn' | 'putIdleConn' | 'connOpened' | 'connClosed' | 'requestFailed';

function callDialHook(hooks: ClientTrace, event: Extract<TraceEvent, { kind: DialKind }>): void {
  switch (event.kind) {
    case 'queueStart':
      return hooks.queueStart?.({ willDial: event.willDial });
    case 'queueEnd':
      return hooks.queueEnd?.();
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
    default: {
      const { kind: _, ...info } = event;
      return hooks.tlsHandshakeDone?.(info);
    }
  }
}

function callMessageHook(hooks: ClientTrace, event: Exclude<TraceEvent, { kind: DialKind | ConnectionKind }>): void {
  switch (event.kind) {
    case 'wroteHeaders':
      return hooks.wroteHeaders?.();
    case 'wroteRequest':
      return hooks.wroteRequest?.({ bodyBytes: event.bodyBytes, ...errorOf(event) });
    case 'gotFirstResponseByte':
      return hooks.gotFirstResponseByte?.();
    case 'got1xxResponse':
      return hooks.got1xxResponse?.(event.status, event.headers);
    case 'gotResponse':
      return hooks.gotResponse?.(event.status, event.proto);
    case 'bodyEnd':
      return hooks.bodyEnd?.({ bodyBytes: event.bodyBytes, ...errorOf(event) });
    case 'resend':
      return hooks.resend?.({ attempt: event.attempt, error: event.error });
    case 'retry': {
      const { kind: _, ...info } = event;
      return hooks.retry?.(info);
    }
    case 'cacheDecision':
      return hooks.cacheDecision?.({ decision: event.decision, detail: event.detail });
    default:
      return unknownEvent(event);
  }
}

/** A core newer than this package may tell more: `event` has it, and no hook is missing that could have been written. */
function unknownEvent(_event: never): void {}

function errorOf(event: { readonly error?: unknown }): { readonly error?: unknown } {
  return 'error' in event ? { error: event.error } : {};
}

/** Every name of {@link ClientTrace}: the compiler sees to it that none is missing. */
const HOOK_NAMES: Readonly<Record<keyof ClientTrace, true>> = {
  getConn: true,
  gotConn: true,
  putIdleConn: true,
  gotFirstResponseByte: true,
  got1xxResponse: true,
  dnsStart: true,
  dnsDone: true,
  connectStart: true,
  connectDone: true,
  tlsHandshakeStart: true,
  tlsHandshakeDone: true,
  wroteHeaders: true,
  wroteRequest: true,
  queueStart: true,
  queueEnd: true,
  connOpened: true,
  connClosed: true,
  gotResponse: true,
  bodyEnd: true,
  resend: true,
  retry: true,
  cacheDecision: true,
  requestFailed: true,
  event: true,
};

/**
 * A copy of `hooks`, own properties only.
 * @throws TypeError naming each hook that is unknown or not a function.
 */
export function checkedHooks(hooks: ClientTrace): ClientTrace {
  if (typeof hooks !== 'object' || hooks === null) throw new TypeError('invalid trace hooks: expected an object of functions');
  const problems: string[] = [];
  const checked: Record<string, unknown> = {};
  for (const [name, hook] of Object.entries(hooks)) {
    if (hook === undefined) continue;
    if (!Object.hasOwn(HOOK_NAMES, name)) problems.push(`unknown hook ${JSON.stringify(name)}`);
    else if (typeof hook !== 'function') problems.push(`${name}: expected a function`);
    else checked[name] = hook;
  }
  if (problems.length > 0) throw new TypeError(`invalid trace hooks: ${problems.join('; ')}`);
  return checked;
}
