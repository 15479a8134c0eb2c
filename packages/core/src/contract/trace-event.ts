import type { ConnectionInfo } from './connection-info.ts';
import type { HttpHeaders } from './http-headers.ts';

/** Hears what happens to a request, synchronously and in order. What it throws is dropped: an observer must not change what it observes. */
export type TraceListener = (event: TraceEvent) => void;

/**
 * Why a connection was closed.
 *
 * By us to keep a limit or a promise: `surplus` (dialled for a request that was served by another, which serves all there are), `idle-timeout`, `max-idle-conns`, `max-idle-conns-per-host`, `max-conns-per-host` (to make room for a
 * request that needs a fresh one), `max-conn-lifetime`, `max-requests-per-conn`, `keep-alives-disabled`, `close-idle-connections`, `transport-closed`.
 * Because the exchange says so: `request-close` (we sent `Connection: close`), `response-close` (the server did), `http-1.0`,
 * `until-close` (the body's end was the connection's end), `doubtful-framing` (the response could be read, but nothing after it can be trusted; in HTTP/2: the server thinks that we broke the protocol),
 * `misdirected` (421: its server does not want the origin on it), `authenticated` (the server has let a user in on it, by NTLM or with `Persistent-Auth`, and would take others for that user), `request-unfinished` (answered before the request body was sent), `upgraded` (another protocol took it over: it is open still, and the caller's).
 * Because of the caller: `aborted`, `body-abandoned` (the response body was not read to its end: it was disposed of, or its response dropped), `request-body-failed`. Because of the server:
 * `server-idle-timeout` and `server-max-requests` (it said by `Keep-Alive` that it would hold the connection no longer), `server-goaway` (HTTP/2: it takes no more requests on it), `server-closed-idle`,
 * `unsolicited-data` (bytes nobody asked for), `malformed-response`, `response-limit` (it sent more than we take), `truncated`, `connection-lost`. Because of time: `timeout`,
 * `ping-timeout` (HTTP/2: it does not answer any more). Because HTTP/2 numbers streams: `streams-exhausted`.
 */
export type CloseReason =
  | 'surplus'
  | 'idle-timeout'
  | 'max-idle-conns'
  | 'max-idle-conns-per-host'
  | 'max-conns-per-host'
  | 'max-conn-lifetime'
  | 'max-requests-per-conn'
  | 'keep-alives-disabled'
  | 'close-idle-connections'
  | 'transport-closed'
  | 'request-close'
  | 'response-close'
  | 'http-1.0'
  | 'until-close'
  | 'doubtful-framing'
  | 'misdirected'
  | 'authenticated'
  | 'request-unfinished'
  | 'upgraded'
  | 'aborted'
  | 'body-abandoned'
  | 'request-body-failed'
  | 'server-idle-timeout'
  | 'server-max-requests'
  | 'server-goaway'
  | 'server-closed-idle'
  | 'unsolicited-data'
  | 'malformed-response'
  | 'response-limit'
  | 'truncated'
  | 'connection-lost'
  | 'timeout'
  | 'ping-timeout'
  | 'streams-exhausted';

/**
 * What a request that has to wait for its connection waits for first, though it takes whatever comes before: `own-dial` (a dial begun for it), `another-dial` (one begun for another request, which
 * probably serves it, too), `room` (`maxConnsPerHost` is reached), `capacity` (the connections there are carry as many exchanges as their servers let them, and no other is to be opened), `calm` (the server has
 * asked for calm, or has turned away all that it was asked on a connection: after a pause one is opened, and no other before that serves).
 */
export type WaitsFor = 'own-dial' | 'another-dial' | 'room' | 'capacity' | 'calm';

/**
 * What a cache does with a request, and then with its answer.
 *
 * - `hit`: answers it from the store, fresh. `stale`: answers it from the store although that is not fresh any more, as somebody allows. Both may come after a `miss`: by the answer to another request
 *   that was waited for, or in place of one that did not come.
 * - `revalidated`: answers it from the store, after a `miss`: the server was asked, and has said that it still holds.
 * - `miss`: asks the server, or waits for somebody who has asked it. `bypass`: has nothing to do with it.
 * - `stored`, `not-stored`: what became of the server's answer.
 */
export type CacheDecision = 'hit' | 'stale' | 'revalidated' | 'miss' | 'bypass' | 'stored' | 'not-stored';

/**
 * What happens to a request, in the order of Go's httptrace where it has the hook. An event says what happened, not when: a listener that wants times reads its clock, which costs nothing where nobody listens.
 *
 * The events of one round trip are a tree. Each line comes after the one above it; `*` any number of times, `?` where it applies, `|` one of the two.
 * ```
 * round trip
 * ├ cacheDecision*                       what follows a `miss` comes later, once the answer is known or was read
 * ├ attempt                              again after each resend, retry or redirect
 * │ ├ getConn
 * │ ├ queueStart … queueEnd ?            where no connection is at hand
 * │ │ └ dial ?                           see below: what comes of it may go to another
 * │ ├ gotConn ?                          absent where there is none to have
 * │ ├ wroteHeaders
 * │ ├ wait100Continue ?
 * │ ├ requestBodyStart … wroteRequest    without a body wroteRequest alone
 * │ ├ gotFirstResponseByte
 * │ ├ (got100Continue ? got1xxResponse)*
 * │ ├ gotResponse
 * │ ├ bodyStart … bodyEnd
 * │ ├ leaseReleased                      once for each gotConn
 * │ └ putIdleConn ?                      where the connection has no other exchange under way
 * ├ resend | retry | redirect ?          and the next attempt
 * └ requestFailed ?                      where there was no answer; before a `retry` or `redirect`, too
 *
 * dial
 * ├ dialStart
 * ├ dnsStart … dnsDone ?
 * ├ (connectStart … connectDone)*
 * ├ tlsHandshakeStart … tlsHandshakeDone ?       with an `https:` proxy
 * ├ proxyConnectStart … proxyConnectDone ?
 * ├ tlsHandshakeStart … tlsHandshakeDone ?       with the target
 * ├ connOpened ?                                 unless it failed
 * ├ dialEnd
 * └ dialDonated ?                                where its connection goes to another
 * ```
 * What the rules are, besides the order:
 * - **Every start has its end**, whatever becomes of the request: `queueStart`, `dialStart`, `dnsStart`, each `connectStart`, `proxyConnectStart`, `tlsHandshakeStart`, `requestBodyStart`, `bodyStart`; `gotConn` has its `leaseReleased` and
 *   `wroteHeaders` its `wroteRequest`. An end that is not a good one has an `error`, which may be `undefined`: that the key is there says it.
 * - **A round trip ends with `requestFailed` or with the last `bodyEnd`**: exactly one of them, except that a response whose reader leaves the body where it is has no end before the connection has. What a retry or a redirect repeats
 *   is one round trip after the other for the Transport, and each has its end; what a cache answers by itself has none, and no attempt. Where a protocol takes over the connection
 *   (101, or CONNECT) `bodyEnd` says so at once, with 0 bytes, in HTTP/1.1, and when the peer has ended its half of the tunnel in HTTP/2.
 * - **An answer may come before the request was sent**: what begins with `gotFirstResponseByte` may then come before `wroteRequest`; both are before `leaseReleased`.
 * - **A dial is told to the request that began it**, to its end, also when that was served by another connection meanwhile, has failed or was aborted: its events may come at any time then, after the end of the round trip, too.
 * - **`connOpened` and `connClosed` agree with `Transport.stats()`** at each moment. `connClosed` reaches the listener of the request that used the connection last, or of the one that dialled it where none did; that may be long after its response.
 */
export type TraceEvent =
  /** The Transport looks for a connection; comes once for each attempt. `hostPort` is the target's or, as in Go, that of the proxy which passes plain requests on; `origin` and `proxy` say the route, as they do of a connection. */
  | { readonly kind: 'getConn'; readonly hostPort: string; readonly origin: string; readonly proxy?: string }
  /** No connection was at hand: the request waits for one to become idle or to be dialled, whichever comes first. `willDial` says that `waitsFor` is `own-dial`. */
  | { readonly kind: 'queueStart'; readonly willDial: boolean; readonly waitsFor: WaitsFor }
  /** The wait ended: with a connection, or with the request's failure or cancellation. */
  | { readonly kind: 'queueEnd' }
  /** A dial began for this request. `hostPort` is where it leads first: the proxy's, where there is one, else the target's. */
  | { readonly kind: 'dialStart'; readonly hostPort: string }
  | { readonly kind: 'dnsStart'; readonly hostname: string }
  | { readonly kind: 'dnsDone'; readonly addresses: readonly string[]; readonly error?: unknown }
  /** One pair for each address that is tried. Of a Unix domain socket the path is the address, and the port 0. */
  | { readonly kind: 'connectStart'; readonly address: string; readonly port: number }
  | { readonly kind: 'connectDone'; readonly address: string; readonly port: number; readonly error?: unknown }
  /** A proxy is asked for the way to `target`, like `example.com:443`. `proxy` is like `http://proxy.example:3128`, never with userinfo. TLS with the target comes after it. */
  | { readonly kind: 'proxyConnectStart'; readonly proxy: string; readonly target: string }
  /** `status` is that of an HTTP proxy's answer. */
  | { readonly kind: 'proxyConnectDone'; readonly proxy: string; readonly status?: number; readonly error?: unknown }
  /** One pair for each handshake: there are two where an `https:` proxy leads to an `https:` origin. */
  | { readonly kind: 'tlsHandshakeStart'; readonly servername: string }
  | {
      readonly kind: 'tlsHandshakeDone';
      readonly protocol?: string;
      readonly alpnProtocol?: string;
      readonly resumed?: boolean;
      readonly error?: unknown;
    }
  /** A connection is open and belongs to the pool. */
  | { readonly kind: 'connOpened'; readonly connection: ConnectionInfo }
  /** The dial is over, whoever gets what it opened: with a connection or, where it failed or was given up, with an error. */
  | { readonly kind: 'dialEnd'; readonly connection?: ConnectionInfo; readonly error?: unknown }
  /** The connection that was dialled for this request went to another one that waited, or to the idle pool: this request has had its own otherwise, or has left. */
  | { readonly kind: 'dialDonated'; readonly connection: ConnectionInfo; readonly to: 'request' | 'pool' }
  /**
   * `wasIdle` and `idleTimeMs` say that it came from the idle pool; a connection handed over by another request was not idle.
   * `dialledByAnother` says that it is new, and does not come of a dial of this request: another one began it (and was told by `dialDonated`), or `preconnect`.
   */
  | {
      readonly kind: 'gotConn';
      readonly connection: ConnectionInfo;
      readonly reused: boolean;
      readonly wasIdle: boolean;
      readonly idleTimeMs: number;
      readonly dialledByAnother: boolean;
    }
  /** The head was given to the socket; in HTTP/2 on this stream. `fieldNames` gives the names of its fields as they were sent, HTTP/2's pseudo-fields included; values may be secrets, and are not told. */
  | { readonly kind: 'wroteHeaders'; readonly streamId?: number; readonly fieldNames: () => readonly string[] }
  /**
   * The request asks for `100 Continue` (RFC 9110 §10.1.1): its body waits for the server's word, or for `expectContinueTimeout`.
   * The wait ends with whatever comes first of `got100Continue`, `requestBodyStart` and `wroteRequest`.
   */
  | { readonly kind: 'wait100Continue' }
  /** The server's word came. A `got1xxResponse` follows. */
  | { readonly kind: 'got100Continue' }
  /** The first byte of the request's body is given to the socket. */
  | { readonly kind: 'requestBodyStart' }
  /** The whole request was given to the socket, or the server will not have the rest of it. With `error` it could not be: its body failed, or the exchange has ended before. */
  | { readonly kind: 'wroteRequest'; readonly bodyBytes: number; readonly error?: unknown }
  | { readonly kind: 'gotFirstResponseByte' }
  /**
   * An interim response (RFC 9110 §15.2), 101 excepted. `abort` ends the request with `reason`, exactly: as its signal would, while the answer is awaited, and not at all after that.
   * It is what an error that Go's `Got1xxResponse` returns is.
   */
  | {
      readonly kind: 'got1xxResponse';
      readonly status: number;
      readonly headers: HttpHeaders;
      readonly abort: (reason: unknown) => void;
    }
  | { readonly kind: 'gotResponse'; readonly status: number; readonly proto: string }
  /** HTTP/2: the server takes no more requests on the connection, and has looked at none beyond `lastStreamId`. */
  | { readonly kind: 'gotGoAway'; readonly connection: ConnectionInfo; readonly lastStreamId: number; readonly code: string }
  /** HTTP/2: the server did what none has a reason to do (`late-frame`, `ping-ack`, `reset` …). Too much of it ends the connection. Told to the request that used the connection last. */
  | { readonly kind: 'gotGlitch'; readonly connection: ConnectionInfo; readonly glitch: string }
  /** HTTP/2: the responses on the connection that are not read hold all of `http2.maxReceiveBufferPerConnection`: no byte of any body comes on it until one is read or disposed of. Told to each request on it, and once more only after half of that was let go. */
  | { readonly kind: 'receiveBufferFull'; readonly connection: ConnectionInfo; readonly unreadBytes: number }
  /** The first byte of the response's body came or, where none did, its end. */
  | { readonly kind: 'bodyStart' }
  /** The response body ended: read to its end or, with `error`, not. */
  | { readonly kind: 'bodyEnd'; readonly bodyBytes: number; readonly error?: unknown }
  /** The request is done with the connection that `gotConn` told of. */
  | { readonly kind: 'leaseReleased'; readonly connection: ConnectionInfo }
  /** The connection went back to the pool, before the reader of the body sees its end. With a `reason` it was not kept. */
  | { readonly kind: 'putIdleConn'; readonly connection: ConnectionInfo; readonly reason?: CloseReason }
  | {
      readonly kind: 'connClosed';
      readonly connection: ConnectionInfo;
      readonly reason: CloseReason;
      readonly exchanges: number;
      readonly lifetimeMs: number;
    }
  /** The Transport sends the request again, because the connection was stale or the server says that it has not looked at it; `error` is what the attempt before met. */
  | { readonly kind: 'resend'; readonly attempt: number; readonly error: unknown }
  /** A retry policy repeats the request, after a wait. `attempt` is the one to come; `status` where an answer, `error` where a failure is the cause; `reason` is the policy's. */
  | {
      readonly kind: 'retry';
      readonly attempt: number;
      readonly delayMs: number;
      readonly reason: string;
      readonly status?: number;
      readonly error?: unknown;
    }
  /** A retry policy leaves it at the failure of attempt `attempt`: an error, or an answer of 400 and more. */
  | {
      readonly kind: 'retryStopped';
      readonly attempt: number;
      readonly reason: string;
      readonly status?: number;
      readonly error?: unknown;
    }
  /** The answer is late: another try of the request is begun beside those under way or, with `withheld`, is not. `attempt` is its number, `delayMs` for how long the one before it had been under way. */
  | {
      readonly kind: 'hedge';
      readonly attempt: number;
      readonly delayMs: number;
      readonly withheld?: 'origin-on-hold' | 'budget-exhausted';
    }
  /** Of several tries number `won` is the one whose outcome counts; those still under way are cancelled. */
  | { readonly kind: 'hedgeEnd'; readonly tries: number; readonly won: number }
  /** The request has changed whether others may pass to its origin. `retryAfterMs`, with `to: 'open'`, is when one may again. */
  | {
      readonly kind: 'circuitChange';
      readonly origin: string;
      readonly from: 'closed' | 'open' | 'half-open';
      readonly to: 'closed' | 'open' | 'half-open';
      readonly retryAfterMs?: number;
    }
  /** A limit has the request wait for its turn, behind `ahead` others. */
  | { readonly kind: 'limitWaitStart'; readonly by: 'rateLimit' | 'concurrencyLimit'; readonly ahead: number }
  /** It may go or, with `error`, it has left. */
  | { readonly kind: 'limitWaitEnd'; readonly by: 'rateLimit' | 'concurrencyLimit'; readonly error?: unknown }
  /** A middleware does not let the request pass. */
  | { readonly kind: 'refused'; readonly by: 'circuitBreaker' | 'rateLimit' | 'concurrencyLimit'; readonly error: unknown }
  /** The answer, of this `status`, sends the client elsewhere, and it goes there. `hop` counts from 1; `url` is the new one, without userinfo. */
  | { readonly kind: 'redirect'; readonly status: number; readonly hop: number; readonly url: string }
  /** What a cache did with the request, and why: one of the reasons that it documents, in one word, without a value of any field. */
  | { readonly kind: 'cacheDecision'; readonly decision: CacheDecision; readonly detail: string }
  /** The request ended without an answer. */
  | { readonly kind: 'requestFailed'; readonly error: unknown };

/** Tells `listener`, if there is one. The caller checks for `undefined` first where making the event costs something. */
export function emit(listener: TraceListener | undefined, event: TraceEvent): void {
  if (listener === undefined) return;
  try {
    const result: unknown = listener(event);
    // An async function passes for a listener; its rejection would otherwise end the process.
    if (result instanceof Promise) result.catch(ignore);
  } catch {
    // An observer's failure is its own; the exchange it watches must not notice.
  }
}

function ignore(): void {}
