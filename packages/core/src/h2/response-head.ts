import { parseDecimal } from '../contract/decimal.ts';
import { shown, trimOws } from '../contract/field-syntax.ts';
import { HttpHeaders } from '../contract/http-headers.ts';
import { fieldFault, isPseudo } from './message-fields.ts';
import { allowedTrailers } from './response-trailers.ts';

/**
 * What a header block says, whatever it was sent for: it may be kept and stand for all messages that begin or end with the same block.
 * {@link asHead} and {@link asTrailers} say whether it is what it was sent for.
 */
export type ResponseSection = ResponseHead | ResponseTrailers | Malformed | TooLarge;

/** A head, interim ones included. */
export interface ResponseHead {
  readonly kind: 'head';
  /** From 100 to 999, and never 101. */
  readonly status: number;
  readonly headers: HttpHeaders;
  /** As it was declared, which is not always how much comes: see {@link expectedBytes}. */
  readonly contentLength: number | undefined;
}

/** Fields alone. */
export interface ResponseTrailers {
  readonly kind: 'trailers';
  /** Those that may come after a body. */
  readonly trailers: HttpHeaders;
}

/** The stream ends with PROTOCOL_ERROR (RFC 9113 §8.1.1). */
export interface Malformed {
  readonly kind: 'malformed';
  /** Fit for a message. */
  readonly reason: string;
}

/** Larger than we take: the stream ends with ENHANCE_YOUR_CALM, the connection goes on. */
interface TooLarge {
  readonly kind: 'too-large';
}

const TOO_LARGE: TooLarge = { kind: 'too-large' };

/** @param fields `[name, value, name, value …]`, as they were decoded. The list is kept. @param isTooLarge Whether these are not all. */
export function responseSection(fields: readonly string[], isTooLarge: boolean): ResponseSection {
  if (isTooLarge) return TOO_LARGE;
  return isPseudo(fields[0] ?? '') ? headSection(fields) : trailerSection(fields);
}

/** RFC 9113 §8.3.2: `:status` first, once, and no other. */
function headSection(fields: readonly string[]): ResponseHead | Malformed {
  if (fields[0] !== ':status') return malformed(`a pseudo-field ${shown(fields[0] ?? '')} in a response`);
  const status = parseStatus(fields[1] ?? '');
  if (status === undefined) return malformed('a :status that is not a number of three digits from 100 to 999');
  // RFC 9113 §8.6.
  if (status === 101) return malformed('a :status of 101, which HTTP/2 does not have');
  let contentLength: number | undefined;
  for (let at = 2; at < fields.length; at += 2) {
    const name = fields[at] ?? '';
    const value = fields[at + 1] ?? '';
    const fault = fieldFault(name, value);
    if (fault !== undefined) return malformed(fault);
    if (name !== 'content-length') continue;
    const bytes = parseContentLength(value);
    if (bytes === undefined) return malformed('a content-length that is not one decimal number below 2^53');
    if (bytes !== (contentLength ?? bytes)) return malformed('a content-length with different values');
    contentLength = bytes;
  }
  return { kind: 'head', status, headers: HttpHeaders.fromFields(fields), contentLength };
}

function trailerSection(fields: readonly string[]): ResponseTrailers | Malformed {
  for (let at = 0; at < fields.length; at += 2) {
    const fault = fieldFault(fields[at] ?? '', fields[at + 1] ?? '');
    if (fault !== undefined) return malformed(fault);
  }
  return { kind: 'trailers', trailers: allowedTrailers(fields) };
}

function parseStatus(text: string): number | undefined {
  if (text.length !== 3 || text < '100') return undefined;
  return parseDecimal(text);
}

/**
 * RFC 9110 §8.6: digits; or the same number again and again, in one field or several, which happens when a field is doubled on the way. That may be refused or
 * taken for one. It is taken here, as in HTTP/1.1: a stream's end says where the body ends, and DATA must add up to this number.
 */
function parseContentLength(text: string): number | undefined {
  const bytes = parseDecimal(text);
  if (bytes !== undefined || !text.includes(',')) return bytes;
  const [first, ...others] = text.split(',').map((part) => parseDecimal(trimOws(part)));
  return others.every((other) => other === first) ? first : undefined;
}

/** A section that was sent where a head is due. @param isEndStream Whether nothing comes after it. */
export function asHead(section: ResponseSection, isEndStream: boolean): ResponseHead | Malformed | TooLarge {
  if (section.kind === 'trailers') return malformed('a head without :status');
  if (section.kind === 'head' && section.status < 200 && isEndStream) return malformed('an interim response that ends the stream');
  return section;
}

/** A section that was sent after the head (RFC 9113 §8.1). */
export function asTrailers(section: ResponseSection, isEndStream: boolean): ResponseTrailers | Malformed | TooLarge {
  if (section.kind === 'head') return malformed('a second head, or trailers with :status');
  if (section.kind === 'trailers' && !isEndStream) return malformed('trailers that do not end the stream');
  return section;
}

/**
 * How many bytes DATA must add up to; undefined for any number. None may come with an answer to HEAD, with 204 and with 304, whatever their content-length says
 * (RFC 9113 §8.1.1); and any number through the tunnel that CONNECT has opened.
 */
export function expectedBytes(method: string, { status, contentLength }: ResponseHead): number | undefined {
  if (method === 'CONNECT' && status < 300) return undefined;
  if (method === 'HEAD' || status === 204 || status === 304) return 0;
  return contentLength;
}

function malformed(reason: string): Malformed {
  return { kind: 'malformed', reason };
}
