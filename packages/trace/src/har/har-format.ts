/**
 * HTTP Archive 1.2 (http://www.softwareishard.com/blog/har-12-spec), as far as a client that is no browser has something to say. Fields that begin with `_` are
 * additions, which the format allows: those that Chrome DevTools writes and reads have its names.
 */
export interface Har {
  readonly log: HarLog;
}

/** The whole of a recording. There are no pages: a client has none. */
export interface HarLog {
  readonly version: '1.2';
  readonly creator: HarCreator;
  readonly entries: readonly HarEntry[];
  /** What is missing, and why. */
  readonly comment?: string;
}

/** The program that made the recording. */
export interface HarCreator {
  readonly name: string;
  readonly version: string;
  readonly comment?: string;
}

/** One request and what became of it. */
export interface HarEntry {
  /** ISO 8601, to the millisecond. */
  readonly startedDateTime: string;
  /** Milliseconds: the sum of those timings that are not -1 (`ssl` is part of `connect`). */
  readonly time: number;
  readonly request: HarRequest;
  readonly response: HarResponse;
  readonly cache: Readonly<Record<string, never>>;
  readonly timings: HarTimings;
  /** Of the peer: through a proxy, the proxy's. */
  readonly serverIPAddress?: string;
  /** The peer's port, as browsers write it; `_connectionId` tells connections apart. */
  readonly connection?: string;
  readonly comment?: string;
  /** Of the connection, as in every event and response of this process. */
  readonly _connectionId?: string;
  /** A request of a program, to which DevTools' filter for Fetch/XHR applies. */
  readonly _resourceType: 'fetch';
  readonly _initiator: HarInitiator;
  /** Answered by a cache of this process, without a connection. */
  readonly _fromCache?: 'memory';
  /** Whether the connection had carried an exchange before, and how many milliseconds it was idle. */
  readonly _connectionReused?: boolean;
  readonly _connectionIdleTime?: number;
  /** Why the connection was not kept after the exchange. */
  readonly _connectionCloseReason?: string;
  /** Like `http://proxy.example:3128`. */
  readonly _proxy?: string;
  readonly _tls?: HarTls;
  /** HTTP/2. */
  readonly _streamId?: number;
  /** How many times the Transport sent it again, because a connection was stale or an HTTP/2 server had not looked at it. */
  readonly _resends?: number;
  /** How many times a retry policy repeated it. */
  readonly _retries?: number;
  /** What caches decided, in order. */
  readonly _cacheDecisions?: readonly string[];
}

/** Where in the program a request was made. */
export interface HarInitiator {
  readonly type: 'script' | 'other';
  readonly stack?: { readonly callFrames: readonly HarCallFrame[] };
}

/** One call, the innermost first. Lines and columns count from 0, as DevTools has it. */
export interface HarCallFrame {
  readonly functionName: string;
  readonly scriptId: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

/** What was agreed in the TLS handshake. */
export interface HarTls {
  readonly protocol?: string;
  readonly cipher?: string;
  readonly alpnProtocol?: string;
  readonly resumed: boolean;
}

/** A name and a value. */
export interface HarNameValue {
  readonly name: string;
  readonly value: string;
  readonly comment?: string;
}

/** A cookie as it was sent or set. */
export interface HarCookie extends HarNameValue {
  readonly path?: string;
  readonly domain?: string;
  /** ISO 8601. */
  readonly expires?: string;
  readonly httpOnly?: boolean;
  readonly secure?: boolean;
  readonly sameSite?: string;
}

/** The request as it was sent. */
export interface HarRequest {
  readonly method: string;
  readonly url: string;
  /** Like `HTTP/1.1` or `HTTP/2.0`; empty where it was never sent. */
  readonly httpVersion: string;
  readonly cookies: readonly HarCookie[];
  readonly headers: readonly HarNameValue[];
  readonly queryString: readonly HarNameValue[];
  readonly postData?: HarPostData;
  /** Bytes; -1 where it is not known, as in HTTP/2, which compresses it. */
  readonly headersSize: number;
  /** Bytes that were sent, framing left out; -1 where none were. */
  readonly bodySize: number;
  readonly comment?: string;
}

/** The request's body. Forms are text, too: the format has either that or `params`. */
export interface HarPostData {
  readonly mimeType: string;
  readonly text: string;
  readonly comment?: string;
}

/** The response as it came. Of a request without an answer it has the status 0, and says why in `_error`. */
export interface HarResponse {
  readonly status: number;
  readonly statusText: string;
  readonly httpVersion: string;
  readonly cookies: readonly HarCookie[];
  readonly headers: readonly HarNameValue[];
  readonly content: HarContent;
  /** The `Location` field. */
  readonly redirectURL: string;
  readonly headersSize: number;
  /** Bytes that came, as they were sent (compressed, where they were); -1 where it is not known. */
  readonly bodySize: number;
  readonly comment?: string;
  /** Bytes of head and body together, as far as known. */
  readonly _transferSize: number;
  /** By Chrome's name for it, like `net::ERR_CONNECTION_REFUSED`; `net::ERR_FAILED` where it has none. */
  readonly _error?: string;
  /** `RoundTripError`'s own words for it. */
  readonly _errorCode?: string;
  readonly _errorPhase?: string;
  readonly _errorMessage?: string;
}

/** The response's body. */
export interface HarContent {
  /** Bytes: of the text, where it was kept whole and decoded, else those that came. */
  readonly size: number;
  readonly compression?: number;
  readonly mimeType: string;
  readonly text?: string;
  readonly encoding?: 'base64';
  readonly comment?: string;
}

/** Milliseconds; -1 where a phase did not take place, 0 where it is `send`, `wait` or `receive`: of these the format wants a time. */
export interface HarTimings {
  readonly blocked: number;
  readonly dns: number;
  /** With `ssl`, which is part of it. */
  readonly connect: number;
  readonly ssl: number;
  readonly send: number;
  readonly wait: number;
  readonly receive: number;
  /** Part of `blocked`: the wait for a connection. */
  readonly _blocked_queueing: number;
}
