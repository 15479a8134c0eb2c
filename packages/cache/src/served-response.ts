import { Context, HttpHeaders, HttpResponse, type HttpRequest, type IncomingBody } from '@roundtripper/core';

import { cacheResult, cacheStatus, statusMember, type CacheResult, type StatusMember } from './cache-status.ts';
import type { Multipart } from './multipart.ts';
import type { Extent } from './preconditions.ts';
import { contentRange, FIELDS_OF_CONTENT, totalOf } from './ranges.ts';
import type { BodySource } from './store.ts';
import type { StoredResponse } from './stored-response.ts';

/** What is served, and how it is told. */
export interface Serving {
  readonly request: HttpRequest;
  readonly stored: StoredResponse;
  readonly ageMs: number;
  readonly extent: Extent;
  /** Of what an extent of several ranges is made. */
  readonly parts: Multipart | undefined;
  /** What {@link needsBody} asked for. */
  readonly body: BodySource | IncomingBody | undefined;
  readonly result: CacheResult;
  readonly member: StatusMember;
  /** This cache's name in `Cache-Status`. */
  readonly name: string;
}

/** Statuses without a body (RFC 9110 §6.4.1), which is `null` then and not an empty one. */
const BODILESS_STATUSES: ReadonlySet<number> = new Set([204, 205, 304]);

/** Whether bytes of the store are wanted for an answer. */
export function needsBody(request: HttpRequest, stored: StoredResponse, extent: Extent): boolean {
  if (extent.kind === 'not-modified' || extent.kind === 'unsatisfiable') return false;
  return request.method !== 'HEAD' && !BODILESS_STATUSES.has(stored.status);
}

/** An answer from what is stored. Its readers get copies: the bytes of the store are never handed out. */
export function servedResponse(serving: Serving): HttpResponse {
  const { request, stored, ageMs, extent, parts, body, name } = serving;
  const headers = headersFor(stored, extent, parts);
  if (Number.isFinite(ageMs)) headers.append('Age', String(Math.min(MOST_AGE, Math.floor(ageMs / 1_000))));
  headers.append('Cache-Status', statusMember(name, serving.member));
  const context = contextOf(Context.empty, serving.result);
  const { status, statusText } = statusFor(stored, extent);
  return new HttpResponse(body ?? null, { status, statusText, proto: stored.proto, headers, request, context });
}

/** RFC 9111 §1.2.2. */
const MOST_AGE = 2_147_483_648;

function statusFor(stored: StoredResponse, extent: Extent): { readonly status: number; readonly statusText: string } {
  switch (extent.kind) {
    case 'not-modified':
      return { status: 304, statusText: 'Not Modified' };
    case 'range':
    case 'ranges':
      return { status: 206, statusText: 'Partial Content' };
    case 'unsatisfiable':
      return { status: 416, statusText: 'Range Not Satisfiable' };
    default:
      return stored;
  }
}

/** RFC 9110 §15.4.5: what a 304 says of what the caller has. */
const FIELDS_OF_304: ReadonlySet<string> = new Set([
  'cache-control',
  'content-location',
  'date',
  'etag',
  'expires',
  'last-modified',
  'vary',
]);

function headersFor(stored: StoredResponse, extent: Extent, parts: Multipart | undefined): HttpHeaders {
  if (extent.kind === 'not-modified') {
    return new HttpHeaders([...stored.headers.fields()].filter(([name]) => FIELDS_OF_304.has(name.toLowerCase())));
  }
  if (extent.kind === 'unsatisfiable') {
    const date = stored.headers.get('date') ?? '';
    return new HttpHeaders({ 'Date': date, 'Content-Range': `bytes */${totalOf(stored) ?? 0}`, 'Content-Length': '0' });
  }
  const headers = new HttpHeaders(stored.headers);
  if (extent.kind === 'whole') return headers;
  for (const name of FIELDS_OF_CONTENT) headers.delete(name);
  if (extent.kind === 'range') {
    const { start, end } = extent.range;
    headers.set('Content-Range', contentRange(extent.range, stored));
    headers.set('Content-Length', String(end - start));
  }
  if (parts !== undefined) {
    // RFC 9110 §15.3.7.2: it is said of each part, and must not be said of all of them.
    headers.delete('content-range');
    headers.set('Content-Type', parts.contentType);
    headers.set('Content-Length', String(parts.bytes));
  }
  return headers;
}

/** RFC 9111 §5.2.1.7 and §5.2.2.2: the answer where what is stored must not be used, and the server is not, or cannot be, asked. */
export function gatewayTimeout(
  request: HttpRequest,
  name: string,
  told: { readonly result: CacheResult; readonly member: StatusMember },
): HttpResponse {
  return new HttpResponse(null, {
    status: 504,
    statusText: 'Gateway Timeout',
    headers: { 'Content-Length': '0', 'Cache-Status': statusMember(name, told.member) },
    request,
    context: contextOf(Context.empty, told.result),
  });
}

/** What is said of a server's answer that is passed on: the same of many. */
export interface Told {
  readonly result: CacheResult;
  /** This cache's member of `Cache-Status`. */
  readonly member: string;
  /** Of an answer that has none yet. */
  readonly context: Context;
}

export function toldOf(name: string, result: CacheResult, member: StatusMember): Told {
  return { result: Object.freeze(result), member: statusMember(name, member), context: contextOf(Context.empty, result) };
}

/** The server's answer, with what the cache did. @param body In place of its own. */
export function passedOn(response: HttpResponse, told: Told, body?: IncomingBody): HttpResponse {
  const headers = response.headers.appended('Cache-Status', told.member);
  const context = response.context === Context.empty ? told.context : contextOf(response.context, told.result);
  return body === undefined ? response.with({ headers, context }) : response.with({ headers, context, body });
}

/** A validated answer, with the cookies of the 304 where they are not stored, as in a shared cache: they are for who asked, and for nobody who waited with it or comes later. */
export function withCookiesOf(answer: HttpResponse, { headers }: HttpResponse): HttpResponse {
  if (!headers.has('set-cookie') || answer.headers.has('set-cookie')) return answer;
  const changed = new HttpHeaders(answer.headers);
  for (const cookie of headers.getSetCookie()) changed.append('Set-Cookie', cookie);
  return answer.with({ headers: changed });
}

function contextOf(before: Context, result: CacheResult): Context {
  return before.with(cacheStatus, result.status).with(cacheResult, result);
}
