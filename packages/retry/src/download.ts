import { HttpHeaders, parseHttpDate, type HttpRequest, type HttpResponse } from '@roundtripper/core';

import { parseContentRange } from './content-range.ts';

/** What makes sure that two answers are parts of the same bytes. */
export type Validator =
  | { readonly kind: 'etag'; readonly etag: string }
  /** A date that is strong (RFC 9110 §8.8.2.2). */
  | { readonly kind: 'date'; readonly lastModified: string };

/** The bytes that a response has begun to send, where the rest of them can be asked for. Positions count in the representation as it is sent, any content coding included. */
export interface Download {
  readonly validator: Validator;
  /** Of the response's first byte. */
  readonly first: number;
  /** Of its last. */
  readonly last: number;
  /** The length of the whole representation; undefined where it is not known. */
  readonly total: number | undefined;
  /** Its `Content-Encoding`; empty for none. */
  readonly coding: string;
}

/**
 * What of a response can be asked for again, should it be interrupted: `undefined` where that is nothing. It takes a GET, answered by 200 or by one part (206), whose length is known, under a strong validator, and a server that does
 * not say that it gives no parts.
 *
 * The length has to be known because a layer further in that decodes bodies takes it off: the positions of decoded bytes are not those of a range.
 */
export function downloadOf(request: HttpRequest, response: HttpResponse): Download | undefined {
  const { headers } = response;
  if (request.method !== 'GET' || response.socket !== undefined) return undefined;
  if (headers.get('accept-ranges')?.trim().toLowerCase() === 'none') return undefined;
  const validator = validatorOf(headers);
  const range = validator === undefined ? undefined : rangeOf(response);
  if (validator === undefined || range === undefined) return undefined;
  return { ...range, validator, coding: headers.get('content-encoding') ?? '' };
}

function rangeOf({ status, headers, contentLength }: HttpResponse): Pick<Download, 'first' | 'last' | 'total'> | undefined {
  if (contentLength === undefined || contentLength === 0) return undefined;
  if (status === 200) return { first: 0, last: contentLength - 1, total: contentLength };
  const range = status === 206 ? parseContentRange(headers.get('content-range') ?? '') : undefined;
  return range !== undefined && range.last - range.first + 1 === contentLength ? range : undefined;
}

/** An entity tag that is not weak, else a date that is strong. */
function validatorOf(headers: HttpHeaders): Validator | undefined {
  const etag = headers.get('etag');
  if (etag !== null) return STRONG_ETAG.test(etag) ? { kind: 'etag', etag } : undefined;
  const lastModified = headers.get('last-modified');
  return lastModified !== null && isStrongDate(lastModified, headers.get('date')) ? { kind: 'date', lastModified } : undefined;
}

/** RFC 9110 §8.8.3, without `W/`. */
const STRONG_ETAG = /^"[\x21\x23-\x7e\x80-\xff]*"$/;

/** What was changed within the minute before the answer may be changed again within the same second, or the two clocks may differ (RFC 9110 §8.8.2.2). */
const STRONG_AFTER_MS = 60_000;

function isStrongDate(lastModified: string, date: string | null): boolean {
  const sentAtMs = date === null ? undefined : parseHttpDate(date, Date.UTC(2000));
  const changedAtMs = sentAtMs === undefined ? undefined : parseHttpDate(lastModified, sentAtMs);
  return sentAtMs !== undefined && changedAtMs !== undefined && sentAtMs - changedAtMs >= STRONG_AFTER_MS;
}

/** The request for the rest of a download, from `offset` on: the caller's own conditions were met by the first answer, and give way to `If-Range` (RFC 9110 §13.1.5). */
export function requestForRest(request: HttpRequest, { validator, last }: Download, offset: number, signal: AbortSignal): HttpRequest {
  const headers = new HttpHeaders(request.headers);
  for (const name of CONDITIONS) headers.delete(name);
  headers.set('Range', `bytes=${offset}-${last}`);
  headers.set('If-Range', validator.kind === 'etag' ? validator.etag : validator.lastModified);
  return request.with({ headers, signal });
}

const CONDITIONS: readonly string[] = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'];
