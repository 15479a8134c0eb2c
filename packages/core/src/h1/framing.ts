import { parseDecimal } from '../contract/decimal.ts';
import { trimOws } from '../contract/field-syntax.ts';
import type { FramingFields } from './section-parser.ts';

/** Where a body ends. */
export type Framing =
  /** There is none: the connection itself is what the server gives (101, or 2xx to CONNECT). */
  | { readonly kind: 'tunnel' }
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'until-close' };

/** A response's framing; `isTrusted` is false where it can be read but another parser might find another end: nothing after it is believed. */
export type ResponseFraming = Framing & { readonly isTrusted: boolean };

/** A response that is refused, and why. */
export interface InvalidFraming {
  readonly kind: 'invalid';
  readonly message: string;
}

const TUNNEL: ResponseFraming = { kind: 'tunnel', isTrusted: true };
const NONE: ResponseFraming = { kind: 'none', isTrusted: true };
const DOUBTFUL_NONE: ResponseFraming = { kind: 'none', isTrusted: false };
const CHUNKED: ResponseFraming = { kind: 'chunked', isTrusted: true };
const DOUBTFUL_CHUNKED: ResponseFraming = { kind: 'chunked', isTrusted: false };
const UNTIL_CLOSE: ResponseFraming = { kind: 'until-close', isTrusted: true };

/** Whether the connection changes hands with this response: RFC 9110 §7.8 and §9.3.6. That the request asked for it is for the caller to know. */
function isTunnel(method: string, status: number): boolean {
  return status === 101 || (method === 'CONNECT' && status >= 200 && status < 300);
}

/**
 * RFC 9112 §6.3, in its order. What contradicts itself is refused; what only invites another reading is read as the RFC says and not trusted.
 * A `Content-Length` must be right even where it does not count: it is what an intermediary may have gone by.
 */
export function responseFraming(
  method: string,
  status: number,
  minorVersion: number,
  fields: FramingFields,
): ResponseFraming | InvalidFraming {
  // Its fields do not count (§6.3 rule 2): whatever follows is the other protocol's.
  if (isTunnel(method, status)) return TUNNEL;
  const length = fields.contentLength === undefined ? undefined : lengthFraming(fields.contentLength);
  if (length?.kind === 'invalid') return length;
  const coding = fields.transferEncoding;
  if (status === 204 || status === 304) return coding === undefined ? NONE : DOUBTFUL_NONE;
  if (coding !== undefined && !isChunkedAlone(coding)) {
    return { kind: 'invalid', message: 'the transfer coding is not "chunked", the only one we take' };
  }
  if (method === 'HEAD') return coding === undefined || length === undefined ? NONE : DOUBTFUL_NONE;
  if (coding !== undefined) return length === undefined && minorVersion === 1 ? CHUNKED : DOUBTFUL_CHUNKED;
  return length ?? UNTIL_CLOSE;
}

/** RFC 9110 §8.6: digits; or a list of the same number again and again, which happens when a field is doubled on the way. */
function lengthFraming(text: string): ResponseFraming | InvalidFraming {
  const bytes = parseDecimal(text);
  if (bytes !== undefined) return { kind: 'length', bytes, isTrusted: true };
  const values = text.split(',').map((part) => parseDecimal(trimOws(part)));
  const first = values[0];
  if (first === undefined || values.some((value) => value === undefined)) {
    return { kind: 'invalid', message: 'Content-Length is not a decimal number below 2^53' };
  }
  if (values.some((value) => value !== first)) return { kind: 'invalid', message: 'Content-Length has different values' };
  return { kind: 'length', bytes: first, isTrusted: false };
}

/** RFC 9112 §6.1 and §7.1: once, and nothing else; empty list elements do not count (RFC 9110 §5.6.1). */
function isChunkedAlone(value: string): boolean {
  const codings = listElements(value);
  return codings.length === 1 && codings[0] === 'chunked';
}

/** The elements of a list field (RFC 9110 §5.6.1), in lower case; empty ones are dropped. */
export function listElements(value: string): string[] {
  const lower = value.toLowerCase();
  if (!lower.includes(',')) return lower === '' ? [] : [lower];
  return lower
    .split(',')
    .map(trimOws)
    .filter((element) => element !== '');
}
