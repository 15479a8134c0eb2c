import { METHODS_WITH_CONTENT, USER_AGENT } from '../contract/message-rules.ts';
import { bodyLength } from '../contract/body-length.ts';
import { trimOws } from '../contract/field-syntax.ts';
import { HttpHeaders } from '../contract/http-headers.ts';
import type { HttpRequest } from '../contract/http-request.ts';
import { CONNECTION_FIELDS } from './message-fields.ts';

/**
 * A request's head (RFC 9113 §8.3.1) as `[name, value, name, value …]`, pseudo-fields first. Method, target and fields were checked when the request was made.
 * @param protocol What to speak through a CONNECT that is not a tunnel (RFC 8441 §4).
 * @throws TypeError when it has a field that HTTP/2 cannot express, or a wrong `Content-Length`.
 */
export function requestFields(request: HttpRequest, protocol?: string): string[] {
  const isPlain = request.headers.size === 0 && request.method !== 'CONNECT';
  const fields = firstFields(request, protocol, isPlain);
  if (!isPlain) pushFields(fields, request.headers);
  pushLength(fields, request);
  if (request.trailers instanceof HttpHeaders && request.trailers.size > 0) {
    // RFC 9110 §6.6.2: the names that will follow, where they are known.
    fields.push('trailer', [...request.trailers.keys()].join(', '));
  }
  return fields;
}

/** A request's trailers (RFC 9113 §8.1), in the same form. */
export function trailerFields(trailers: HttpHeaders): string[] {
  const fields: string[] = [];
  trailers.visit((_, name, value) => {
    if (!CONNECTION_FIELDS.has(name)) fields.push(name, value);
  });
  return fields;
}

/** A field counts as its name, its value and this (RFC 9113 §6.5.2). */
const FIELD_OVERHEAD_BYTES = 32;

/** How large a peer counts these, who may have said what it takes by SETTINGS_MAX_HEADER_LIST_SIZE. */
export function listBytes(fields: readonly string[]): number {
  let bytes = (fields.length / 2) * FIELD_OVERHEAD_BYTES;
  for (const text of fields) bytes += text.length;
  return bytes;
}

/** The pseudo-fields; with what follows where a request has no fields of its own, in one piece: an array that grows takes another 250 bytes. */
function firstFields(request: HttpRequest, protocol: string | undefined, isPlain: boolean): string[] {
  const { headers, method, target } = request;
  const host = request.host ?? headers.get('host');
  if (method === 'CONNECT' && protocol === undefined) return [':method', method, ':authority', host ?? hostAndPort(target.origin)];
  const { scheme } = target.origin;
  const authority = host ?? target.origin.host;
  const path = request.requestTarget ?? target.path;
  if (isPlain) return [':method', method, ':scheme', scheme, ':authority', authority, ':path', path, 'user-agent', USER_AGENT];
  const fields = [':method', method, ':scheme', scheme, ':authority', authority, ':path', path];
  if (protocol !== undefined) fields.push(':protocol', protocol);
  return fields;
}

/** RFC 9113 §8.5: who asks for a tunnel says to which port. */
function hostAndPort({ host, port }: HttpRequest['target']['origin']): string {
  return host.endsWith(`:${port}`) ? host : `${host}:${port}`;
}

function pushFields(fields: string[], headers: HttpHeaders): void {
  let hasUserAgent = false;
  headers.visit((_, name, value) => {
    switch (name) {
      case 'user-agent':
        hasUserAgent = true;
        if (value !== '') fields.push(name, value);
        break;
      case 'cookie':
        pushCrumbs(fields, value);
        break;
      case 'te':
        // RFC 9113 §8.2.2: there are no transfer codings to choose from.
        if (ASKS_FOR_TRAILERS.test(value)) fields.push(name, 'trailers');
        break;
      case 'host':
      case 'content-length':
      case 'trailer':
        // Said elsewhere.
        break;
      default:
        if (CONNECTION_FIELDS.has(name)) checkConnectionField(name, value);
        else fields.push(name, value);
    }
  });
  if (!hasUserAgent) fields.push('user-agent', USER_AGENT);
}

/** `trailers` as an element of a `TE` field. */
const ASKS_FOR_TRAILERS = /(?:^|,)[ \t]*trailers[ \t]*(?:,|$)/i;

/** RFC 9113 §8.2.3: most of a cookie is as it was the last time, and pieces of it are found in the table. What joins them again is `; `. */
function pushCrumbs(fields: string[], cookie: string): void {
  let at = 0;
  for (;;) {
    const end = cookie.indexOf('; ', at);
    const crumb = trimOws(end === -1 ? cookie.slice(at) : cookie.slice(at, end));
    if (crumb !== '') fields.push('cookie', crumb);
    if (end === -1) return;
    at = end + 2;
  }
}

/** Go's checkConnHeaders: what says nothing beyond HTTP/2's own rules is left out. The rest would not be what the caller wants. */
function checkConnectionField(name: string, value: string): void {
  switch (name) {
    case 'upgrade':
      if (value !== '') throw new TypeError('invalid header "Upgrade": HTTP/2 does not have it');
      break;
    case 'transfer-encoding':
      if (value !== '' && value.toLowerCase() !== 'chunked') {
        throw new TypeError('invalid header "Transfer-Encoding": HTTP/2 does not have it');
      }
      break;
    case 'connection':
      if (!CONNECTION_VALUES.has(value.toLowerCase())) {
        throw new TypeError('invalid header "Connection": in HTTP/2 it can be "close" or "keep-alive" only');
      }
      break;
    default:
  }
}

const CONNECTION_VALUES: ReadonlySet<string> = new Set(['', 'close', 'keep-alive']);

function pushLength(fields: string[], request: HttpRequest): void {
  const length = bodyLength(request);
  // What follows a CONNECT is no content (RFC 9110 §9.3.6).
  if (request.method === 'CONNECT') return;
  // As in HTTP/1.1, where a gateway may have to pass it on: there trailers follow a chunked body only.
  if (length.kind === 'known' && request.trailers === undefined) fields.push('content-length', String(length.bytes));
  // RFC 9110 §8.6: a method that defines content says that there is none.
  if (length.kind === 'none' && METHODS_WITH_CONTENT.has(request.method)) fields.push('content-length', '0');
}
