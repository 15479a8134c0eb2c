import type { CacheDecision, CloseReason, ConnectionInfo, HttpHeaders, TraceEvent, WaitsFor } from '@roundtripper/core';

/**
 * Hooks for what happens to a request: those of Go's `httptrace.ClientTrace` and, below them, what Go does not tell. Each may be left out.
 *
 * They are called synchronously and in the order of the tree that {@link TraceEvent} documents. What they throw is dropped, as is the rejection of one that is async, but for what
 * {@link ClientTrace.got1xxResponse} throws. They may be called after the response: a dial that outlives the request that began it still reports here, and so does the end of the
 * connection that the request used last. Durations are in milliseconds.
 */
export interface ClientTrace {
  /** A connection is looked for; `hostPort` is the target's, like `example.com:443`. Called for each attempt. */
  readonly getConn?: ((hostPort: string) => void) | undefined;
  readonly gotConn?: ((info: GotConnInfo) => void) | undefined;
  /** The connection went back to the pool, before the reader of the body sees its end. With a `reason` it was not kept. */
  readonly putIdleConn?: ((info: PutIdleConnInfo) => void) | undefined;
  readonly gotFirstResponseByte?: (() => void) | undefined;
  /** An interim response, 101 excepted. Where it throws, the request is aborted and rejects with what it threw: Go's hook returns an error for that. The promise of an async one is not waited for. */
  readonly got1xxResponse?: ((status: number, headers: HttpHeaders) => void) | undefined;
  readonly dnsStart?: ((info: { readonly host: string }) => void) | undefined;
  readonly dnsDone?: ((info: { readonly addresses: readonly string[]; readonly error?: unknown }) => void) | undefined;
  /** Called for each address that is tried. */
  readonly connectStart?: ((address: string, port: number) => void) | undefined;
  readonly connectDone?: ((address: string, port: number, error?: unknown) => void) | undefined;
  readonly tlsHandshakeStart?: ((info: { readonly servername: string }) => void) | undefined;
  readonly tlsHandshakeDone?: ((info: TlsHandshakeInfo) => void) | undefined;
  /** Once for each field of the head, in HTTP/2 the pseudo-fields included. Go tells the value, too; here it is not told: it may be a secret. */
  readonly wroteHeaderField?: ((name: string) => void) | undefined;
  /** The request's head was given to the socket. `streamId` is HTTP/2's. */
  readonly wroteHeaders?: ((info: { readonly streamId?: number }) => void) | undefined;
  /** The request body waits for `100 Continue`. */
  readonly wait100Continue?: (() => void) | undefined;
  /** The server asked for the request body. `got1xxResponse` follows. */
  readonly got100Continue?: (() => void) | undefined;
  /** The whole request was given to the socket, or the server will not have the rest; with `error` it could not be. */
  readonly wroteRequest?: ((info: BodyInfo) => void) | undefined;

  /** No connection was at hand: the request waits for one to become idle and, with `willDial`, for its own dial. */
  readonly queueStart?: ((info: QueueStartInfo) => void) | undefined;
  /** The wait ended: with a connection, or with the request's failure or cancellation. */
  readonly queueEnd?: (() => void) | undefined;
  /** A dial began for this request. `hostPort` is where it leads first: the proxy's, where there is one, else the target's. */
  readonly dialStart?: ((hostPort: string) => void) | undefined;
  /** The dial is over, whoever gets the connection: it has one or, where it failed or was given up, an error. */
  readonly dialEnd?: ((info: DialEndInfo) => void) | undefined;
  /** The connection that was dialled for this request went to another one that waited, or to the idle pool. */
  readonly dialDonated?: ((info: DialDonatedInfo) => void) | undefined;
  /** A proxy is asked for the way to `target`, like `example.com:443`. */
  readonly proxyConnectStart?: ((info: { readonly proxy: string; readonly target: string }) => void) | undefined;
  /** `status` is that of an HTTP proxy's answer. */
  readonly proxyConnectDone?: ((info: ProxyConnectInfo) => void) | undefined;
  readonly connOpened?: ((conn: ConnectionInfo) => void) | undefined;
  /** Called for the request that used the connection last, or that dialled it where none did. */
  readonly connClosed?: ((info: ConnClosedInfo) => void) | undefined;
  /** HTTP/2: the server takes no more requests on the connection, and has looked at none beyond `lastStreamId`. `code` is why (RFC 9113 §7). */
  readonly gotGoAway?: ((info: GoAwayInfo) => void) | undefined;
  /** HTTP/2: the server did what none has a reason to do; too much of it ends the connection. */
  readonly gotGlitch?: ((info: { readonly conn: ConnectionInfo; readonly glitch: string }) => void) | undefined;
  /** HTTP/2: what is not read holds the whole buffer of the connection, and no byte of any body comes on it until some is read or disposed of. */
  readonly receiveBufferFull?: ((info: { readonly conn: ConnectionInfo; readonly unreadBytes: number }) => void) | undefined;
  /** The first byte of the request's body is given to the socket. */
  readonly requestBodyStart?: (() => void) | undefined;
  /** The response's head is there. */
  readonly gotResponse?: ((status: number, proto: string) => void) | undefined;
  /** The first byte of the response's body came or, where none did, its end. */
  readonly bodyStart?: (() => void) | undefined;
  /** The response's body was read to its end or, with `error`, it was not. */
  readonly bodyEnd?: ((info: BodyInfo) => void) | undefined;
  /** The request is done with the connection that `gotConn` told of; called once for each. */
  readonly leaseReleased?: ((conn: ConnectionInfo) => void) | undefined;
  /** The Transport sends the request again because its connection was stale, or the server had not looked at it; `error` is what the attempt before met. */
  readonly resend?: ((info: { readonly attempt: number; readonly error: unknown }) => void) | undefined;
  /** A policy repeats the request, after `delay` milliseconds. */
  readonly retry?: ((info: RetryInfo) => void) | undefined;
  /** The answer sends the client elsewhere, and it goes there. */
  readonly redirect?: ((info: RedirectInfo) => void) | undefined;
  /** A policy leaves it at a failure, and why: an error, or an answer of 400 and more. */
  readonly retryStopped?: ((info: Omit<RetryInfo, 'delay'>) => void) | undefined;
  /** The answer is late, and another try is begun beside it; or, with `withheld`, is not. */
  readonly hedge?: ((info: HedgeInfo) => void) | undefined;
  /** Of several tries that of number `won` counts. */
  readonly hedgeEnd?: ((info: { readonly tries: number; readonly won: number }) => void) | undefined;
  /** The request has changed whether others may pass to its origin. */
  readonly circuitChange?: ((info: CircuitChangeInfo) => void) | undefined;
  /** A limit has the request wait for its turn, behind `ahead` others. */
  readonly limitWaitStart?: ((info: { readonly by: LimitName; readonly ahead: number }) => void) | undefined;
  /** It may go or, with `error`, it has left. */
  readonly limitWaitEnd?: ((info: { readonly by: LimitName; readonly error?: unknown }) => void) | undefined;
  /** A middleware does not let the request pass. */
  readonly refused?: ((info: { readonly by: LimitName | 'circuitBreaker'; readonly error: unknown }) => void) | undefined;
  readonly cacheDecision?: ((info: CacheDecisionInfo) => void) | undefined;
  /** The request ended without an answer. */
  readonly requestFailed?: ((error: unknown) => void) | undefined;

  /** Every event as core emits it, before the hook of its own. */
  readonly event?: ((event: TraceEvent) => void) | undefined;
}

/** How a request came by its connection. */
export interface GotConnInfo {
  readonly conn: ConnectionInfo;
  /** Whether the connection had carried an exchange before. */
  readonly reused: boolean;
  /** Whether it came from the idle pool; one that another request has just handed over was not idle. */
  readonly wasIdle: boolean;
  /** How long it was idle, in milliseconds; 0 where it was not. */
  readonly idleTime: number;
  /** Whether it is new, and does not come of a dial of this request: another one began it, or `preconnect`. */
  readonly dialledByAnother: boolean;
}

/** What a request without a connection waits for. */
export interface QueueStartInfo {
  /** Whether a dial is begun for it: `waitsFor` is `own-dial` then. */
  readonly willDial: boolean;
  /** What it waits for first; it takes whatever comes before. */
  readonly waitsFor: WaitsFor;
}

/** How a dial ended. */
export interface DialEndInfo {
  readonly conn?: ConnectionInfo;
  readonly error?: unknown;
}

/** Where a connection went that this request had dialled. */
export interface DialDonatedInfo {
  readonly conn: ConnectionInfo;
  readonly to: 'request' | 'pool';
}

/** A connection that a request is done with. */
export interface PutIdleConnInfo {
  readonly conn: ConnectionInfo;
  /** Why it was not kept; absent where it was. */
  readonly reason?: CloseReason;
}

/** The end of a body. */
export interface BodyInfo {
  readonly bodyBytes: number;
  readonly error?: unknown;
}

/** What was agreed in a handshake, or why nothing was. */
export interface TlsHandshakeInfo {
  readonly protocol?: string;
  readonly alpnProtocol?: string;
  readonly resumed?: boolean;
  readonly error?: unknown;
}

/** What a proxy answered when it was asked for the way to a target. */
export interface ProxyConnectInfo {
  /** Like `http://proxy.example:3128`, never with userinfo. */
  readonly proxy: string;
  /** Of an HTTP proxy's answer. */
  readonly status?: number;
  readonly error?: unknown;
}

/** Why a connection was closed, and after what. */
export interface ConnClosedInfo {
  readonly conn: ConnectionInfo;
  readonly reason: CloseReason;
  /** How many exchanges it carried. */
  readonly exchanges: number;
  /** For how long it was open, in milliseconds. */
  readonly lifetime: number;
}

/** How a server takes its leave. */
export interface GoAwayInfo {
  readonly conn: ConnectionInfo;
  readonly lastStreamId: number;
  readonly code: string;
}

/** The attempt to come, and why there is one; or the last one, and why there is no other. */
export interface RetryInfo {
  readonly attempt: number;
  /** In milliseconds. */
  readonly delay: number;
  /** The policy's. */
  readonly reason: string;
  /** Of the answer that is the cause, where one is. */
  readonly status?: number;
  /** Of the attempt that failed, where that is the cause. */
  readonly error?: unknown;
}

/** Where an answer sends the client. */
export interface RedirectInfo {
  /** Of that answer. */
  readonly status: number;
  /** From 1. */
  readonly hop: number;
  /** The new one, without userinfo. */
  readonly url: string;
}

/** A further try of a request, begun while there is no answer. */
export interface HedgeInfo {
  /** Its number. */
  readonly attempt: number;
  /** For how long the try before it had been under way, in milliseconds. */
  readonly delay: number;
  /** Why it is not begun; absent where it is. */
  readonly withheld?: 'origin-on-hold' | 'budget-exhausted';
}

/** What became of a circuit. */
export interface CircuitChangeInfo {
  readonly origin: string;
  readonly from: 'closed' | 'open' | 'half-open';
  readonly to: 'closed' | 'open' | 'half-open';
  /** With `to: 'open'`: in how many milliseconds a request may pass again. */
  readonly retryAfter?: number;
}

type LimitName = 'rateLimit' | 'concurrencyLimit';

/** What a cache did with the request, and why. */
export interface CacheDecisionInfo {
  readonly decision: CacheDecision;
  readonly detail: string;
}
