import type { CacheDecision, CloseReason, ConnectionInfo, HttpHeaders, WaitsFor } from '@roundtripper/core';

/**
 * What happened to one request, as far as it has come: all that a recorder has heard of it, as plain data.
 *
 * Times whose names end in `Ms` are those of the recorder's clock (`Clock.monotonicMs`, by default `performance.now()`): milliseconds with fractions from an
 * arbitrary start, never going back, comparable between all records of one clock. A time is absent until that has happened, and stays absent where it never did.
 *
 * The record is filled in while the request is under way. It is over once `endMs` is there; what may still be added to an attempt afterwards is `releasedMs`,
 * the end of a request body that outlives its response, and the rest of a dial that goes on for others.
 */
export interface ExchangeRecord {
  /** Counted up from 1; unique in this process, whichever recorder made it. */
  readonly id: number;
  readonly method: string;
  /** Without userinfo and fragment; the values of query parameters that are known to be secret are `REDACTED`. */
  readonly url: string;
  /** Like `https://example.com:8443`. */
  readonly origin: string;
  /** When it began, in milliseconds since 1970 by the wall clock: for people and for HAR. */
  readonly startedAtMs: number;
  /** When the request came to the recorder. */
  readonly startMs: number;
  /**
   * One for each `getConn`, in order; resends, retries and redirects make several. None where a cache answered by itself, or the request failed before a
   * connection was looked for. An attempt begins when the one before it is over: list a recorder inside of a layer that sends several at once.
   */
  readonly attempts: readonly AttemptRecord[];
  /** Of the response that the recorder passed outwards. */
  readonly status?: number | undefined;
  /** Of that response, like `HTTP/1.1` or `HTTP/2.0`. */
  readonly proto?: string | undefined;
  /** When the response came to the recorder, or what came in its place. */
  readonly answeredMs?: number | undefined;
  /**
   * When it was over: the response's body had ended, or the request had failed. Of a response that did not come over a connection (from a cache) it is when
   * the response came. Absent while it is under way, and of a response that nobody reads or disposes of.
   */
  readonly endMs?: number | undefined;
  /** What the request failed with, or the response's body. Absent where all went well, and while it is under way. */
  readonly error?: unknown;
  /** What caches on the way decided, in order; absent where there was none. */
  readonly cacheDecisions?: readonly CacheDecisionRecord[] | undefined;
  /** The repeats of a retry policy, in order; absent where there was none. What the Transport resends by itself is in `attempts` only. */
  readonly retries?: readonly RetryRecord[] | undefined;
  /** The redirects that were followed, in order; absent where there was none. */
  readonly redirects?: readonly RedirectRecord[] | undefined;
  /** Where the recorder was asked to keep headers: those that it was given. Their values may be secret. */
  readonly requestHeaders?: HttpHeaders | undefined;
  /** As `requestHeaders`, those of the response that the recorder passed outwards. */
  readonly responseHeaders?: HttpHeaders | undefined;
}

/** Why there is an attempt: the first, one that the Transport sends again, one of a retry policy, a redirect that is followed, or another layer's own (a cache that asks again). */
export type AttemptCause = 'first' | 'resend' | 'retry' | 'redirect' | 'other';

/** The steps of a dial, as far as they came. See {@link ExchangeRecord} for their times. */
export interface DialRecord {
  /** When it began. */
  readonly dialStartMs?: number | undefined;
  /** When it was over: the connection open, or the dial failed or given up. */
  readonly dialEndMs?: number | undefined;
  readonly dialError?: unknown;
  /** What it opened. */
  readonly dialled?: ConnectionInfo | undefined;
  readonly dnsStartMs?: number | undefined;
  readonly dnsEndMs?: number | undefined;
  /** From the first address that was tried to the one that answered or, where none did, to the last failure. */
  readonly connectStartMs?: number | undefined;
  readonly connectEndMs?: number | undefined;
  /** The address that answered; of a Unix domain socket its path. */
  readonly connectedAddress?: string | undefined;
  /** How many addresses were tried. */
  readonly connectTries: number;
  /** The handshake with an `https:` proxy, where one with the origin came after it. */
  readonly proxyTlsStartMs?: number | undefined;
  readonly proxyTlsEndMs?: number | undefined;
  /** The proxy was asked for the way to the origin (CONNECT, SOCKS5). */
  readonly proxyStartMs?: number | undefined;
  readonly proxyEndMs?: number | undefined;
  /** The handshake with the origin. */
  readonly tlsStartMs?: number | undefined;
  readonly tlsEndMs?: number | undefined;
  readonly tlsResumed?: boolean | undefined;
}

/**
 * One attempt: a connection looked for, a request written, a response read. See {@link ExchangeRecord} for its times.
 *
 * The steps of the dial (`dialStartMs` to `dialEndMs`) are those of the dial that this request began. It may have been given another's connection in the
 * meantime (late binding): then they reach beyond `gotConnMs`, and `connection` is not `dialled`. They are absent where another's dial, or an idle connection, was waited for.
 */
export interface AttemptRecord extends DialRecord {
  readonly cause: AttemptCause;
  /** What the connection was looked for, like `example.com:443`. */
  readonly hostPort: string;
  /** `getConn`. */
  readonly startMs: number;

  /** No connection was at hand: the wait for one, or for the own dial, whichever came first. */
  readonly queueStartMs?: number | undefined;
  readonly queueEndMs?: number | undefined;
  /** What was waited for first, like `own-dial` or `room`. */
  readonly waitsFor?: WaitsFor | undefined;

  /** To whom the connection of its own dial went where it was not this request. */
  readonly dialDonatedTo?: 'request' | 'pool' | undefined;
  /** Where `dialledByAnother`, and that request was recorded by the same clock: how its dial went. */
  readonly dialOfAnother?: DialRecord | undefined;

  readonly gotConnMs?: number | undefined;
  readonly connection?: ConnectionInfo | undefined;
  /** Whether the connection had carried an exchange before. */
  readonly reused?: boolean | undefined;
  /** Whether it came from the idle pool, and how long it was there. */
  readonly wasIdle?: boolean | undefined;
  readonly idleTimeMs?: number | undefined;
  /** Whether it is of a dial that another request began. */
  readonly dialledByAnother?: boolean | undefined;

  /** The head was given to the socket; in HTTP/2 on this stream. */
  readonly wroteHeadersMs?: number | undefined;
  readonly streamId?: number | undefined;
  /** The request body waited for `100 Continue`; the word came. */
  readonly wait100Ms?: number | undefined;
  readonly got100Ms?: number | undefined;
  /** The first byte of the request body was given to the socket. Absent without a body. */
  readonly requestBodyStartMs?: number | undefined;
  /** The whole request was given to the socket, or its body failed (`requestError`). */
  readonly wroteRequestMs?: number | undefined;
  readonly requestBodyBytes?: number | undefined;
  readonly requestError?: unknown;

  /** The first byte of the first response, an interim one (1xx) included. */
  readonly firstByteMs?: number | undefined;
  /** When the first interim response (1xx) was there. Absent where none came. */
  readonly firstInterimMs?: number | undefined;
  /** The head of the response was there. */
  readonly gotResponseMs?: number | undefined;
  readonly status?: number | undefined;
  readonly proto?: string | undefined;
  /** The first byte of the response body or, where there is none, its end. */
  readonly bodyStartMs?: number | undefined;
  readonly bodyEndMs?: number | undefined;
  /** Bytes of the body that came, as they were sent (compressed, where they were), without the framing. */
  readonly bodyBytes?: number | undefined;

  /** The attempt gave its connection back, or its stream. */
  readonly releasedMs?: number | undefined;
  /** Why the connection did not go back to the pool; absent where it did, and in HTTP/2. */
  readonly notKept?: CloseReason | undefined;
  /** When it was over: the response's body had ended, or the attempt had failed. */
  readonly endMs?: number | undefined;
  /** What it failed with, before its response or in its body. */
  readonly error?: unknown;
}

/** What a cache decided, and when. */
export interface CacheDecisionRecord {
  readonly atMs: number;
  readonly decision: CacheDecision;
  readonly detail: string;
}

/** That a retry policy repeats the request: at `atMs` it began to wait for `delayMs`. `status` or `error` is the cause. */
export interface RetryRecord {
  readonly atMs: number;
  readonly attempt: number;
  readonly delayMs: number;
  readonly status?: number | undefined;
  readonly error?: unknown;
}

/** That a redirect was followed, and where to. */
export interface RedirectRecord {
  readonly atMs: number;
  readonly status: number;
  /** 1 for the first. */
  readonly hop: number;
  /** Redacted as {@link ExchangeRecord.url} is. */
  readonly url: string;
}

/** The life of a connection, as far as the requests that passed a log tell it. Times are as in {@link ExchangeRecord}. */
export interface ConnectionRecord {
  /** As in `ConnectionInfo`: unique in this process. */
  readonly id: number;
  /** Like `https://example.com:8443`; of a proxy that passes requests on, its own. */
  readonly origin: string;
  /** What was dialled or looked for, like `example.com:8443`. */
  readonly hostPort: string;
  readonly proto: ConnectionInfo['protocol'];
  readonly proxy?: string | undefined;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  /** When the log first heard of it. */
  readonly firstSeenMs: number;
  /** When its dial began, and when it was open; both absent where no request that the log has seen dialled it. */
  readonly dialStartMs?: number | undefined;
  readonly openedMs?: number | undefined;
  /** Absent while it is open, and where the request that used it last did not pass the log. */
  readonly closedMs?: number | undefined;
  readonly closeReason?: CloseReason | undefined;
  /** The `id`s of the {@link ExchangeRecord}s that it carried and that the log still has, in the order in which they got it. */
  readonly exchanges: readonly number[];
  /** How many it carried that the log has seen, those included that it has dropped. */
  readonly exchangeCount: number;
}

/** What `traceLog()` has: all that a HAR, a waterfall or a table of the command is made of. */
export interface TraceRecords {
  /** In the order in which they began; those under way have no `endMs`. */
  readonly exchanges: readonly ExchangeRecord[];
  /** In the order in which the log heard of them. */
  readonly connections: readonly ConnectionRecord[];
}
