import { METHODS_WITH_CONTENT, USER_AGENT } from '../contract/message-rules.ts';
import type { BodyLength } from '../contract/body-length.ts';
import { HttpHeaders } from '../contract/http-headers.ts';
import type { HttpRequest } from '../contract/http-request.ts';
import type { Origin } from '../contract/origin.ts';
import { CLOSE_OPTION } from '../engine/asks-to-close.ts';
import type { Framing } from './framing.ts';
import type { ForwardOptions } from './http1-options.ts';

/** Go's transferWriter: how the body is sent. A body whose length is not known, or that has trailers, is chunked (RFC 9112 §6.1). */
export function requestFraming(length: BodyLength, { trailers }: Pick<HttpRequest, 'trailers'>): Framing {
  if (length.kind === 'none') return NO_BODY;
  if (length.kind === 'unknown' || trailers !== undefined) return CHUNKED;
  return { kind: 'length', bytes: length.bytes };
}

export const NO_BODY: Framing = { kind: 'none' };
const CHUNKED: Framing = { kind: 'chunked' };

/**
 * A request's head (RFC 9112 §3), as text of the characters U+0000–U+00FF. Method, target and fields were checked when the request was made.
 * @param isClosing Whether to announce that the connection ends with this exchange.
 * @param forward Where the peer is a proxy that passes it on.
 */
export function requestHead(request: HttpRequest, framing: Framing, isClosing: boolean, forward?: ForwardOptions): string {
  const { headers } = request;
  const { origin } = request.target;
  const host = request.host ?? headers.get('host') ?? origin.host;
  // RFC 9112 §3.2.3: who asks for a tunnel says where to, and nothing else.
  const requestTarget = request.method === 'CONNECT' ? host : targetFor(request, forward !== undefined);
  if (headers.size === 0 && framing.kind === 'none' && !isClosing && forward === undefined && !METHODS_WITH_CONTENT.has(request.method)) {
    return `${request.method} ${requestTarget}${startFor(host, origin)}${PLAIN_END}`;
  }
  // RFC 9110 §7.2: Host first.
  let head = `${request.method} ${requestTarget}${startFor(host, origin)}`;
  if (forward?.authorization !== undefined) head += `Proxy-Authorization: ${forward.authorization}\r\n`;
  if (headers.size === 0) {
    head += USER_AGENT_LINE;
    if (isClosing) head += 'Connection: close\r\n';
  } else {
    head += fieldLines(headers, isClosing, forward?.authorization !== undefined);
  }
  return `${head}${framingFields(request, framing)}\r\n`;
}

const USER_AGENT_LINE = `User-Agent: ${USER_AGENT}\r\n`;

/** What follows `Host` where a request has neither fields of its own nor a body. */
const PLAIN_END = `${USER_AGENT_LINE}\r\n`;

/** What follows the target, for the origin that was asked last. */
let lastStart: { readonly origin: Origin; readonly lines: string } | undefined;

/** Of a host that was given besides nothing is remembered: it may be a part of a text that is large, or secret. */
function startFor(host: string, origin: Origin): string {
  if (host !== origin.host) return startWith(host);
  if (lastStart?.origin !== origin) lastStart = { origin, lines: startWith(origin.host) };
  return lastStart.lines;
}

function startWith(host: string): string {
  return ` HTTP/1.1\r\nHost: ${host}\r\n`;
}

/** RFC 9112 §3.2.2: a proxy is told the whole of it; and §3.2.4: that there is no path is its word for `*`. */
function targetFor({ target, requestTarget }: HttpRequest, isForwarded: boolean): string {
  if (isForwarded) return requestTarget === undefined ? `${target.origin.key}${target.path}` : target.origin.key;
  return requestTarget ?? target.path;
}

/** Whether the request offers to go on with another protocol: it says so in `Connection` too (RFC 9110 §7.8). */
export function asksForUpgrade({ headers }: HttpRequest): boolean {
  return headers.size > 0 && headers.has('upgrade') && UPGRADE_OPTION.test(headers.get('connection') ?? '');
}

const UPGRADE_OPTION = /(?:^|,)[ \t]*upgrade[ \t]*(?:,|$)/i;

function fieldLines(headers: HttpHeaders, isClosing: boolean, isAuthorized: boolean): string {
  let lines = '';
  let hasUserAgent = false;
  headers.visit((name, lowerName, value) => {
    if (WRITTEN_HERE.has(lowerName) || (isClosing && lowerName === 'connection')) return;
    if (isAuthorized && lowerName === 'proxy-authorization') return;
    if (lowerName === 'user-agent') {
      hasUserAgent = true;
      if (value === '') return;
    }
    lines += `${name}: ${value}\r\n`;
  });
  if (!hasUserAgent) lines += USER_AGENT_LINE;
  return isClosing ? `${lines}Connection: ${withClose(headers.get('connection'))}\r\n` : lines;
}

/** Go's reqWriteExcludeHeader: what frames the message is ours to say. */
const WRITTEN_HERE: ReadonlySet<string> = new Set(['host', 'content-length', 'transfer-encoding', 'trailer']);

function withClose(connection: string | null): string {
  if (connection === null) return 'close';
  return CLOSE_OPTION.test(connection) ? connection : `${connection}, close`;
}

function framingFields(request: HttpRequest, framing: Framing): string {
  switch (framing.kind) {
    case 'length':
      return `Content-Length: ${framing.bytes}\r\n`;
    case 'chunked':
      return `Transfer-Encoding: chunked\r\n${trailerField(request)}`;
    default:
      // RFC 9110 §8.6: a method that defines content says that there is none.
      return METHODS_WITH_CONTENT.has(request.method) ? 'Content-Length: 0\r\n' : '';
  }
}

/** RFC 9110 §6.6.2: the names that will follow, where they are known. */
function trailerField(request: HttpRequest): string {
  return request.trailers instanceof HttpHeaders && request.trailers.size > 0
    ? `Trailer: ${[...request.trailers.keys()].join(', ')}\r\n`
    : '';
}
