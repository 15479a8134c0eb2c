import { Context, HttpHeaders, HttpResponse, type HttpRequest } from '@roundtripper/core';

import { cacheStatus, type CacheStatus } from './cache-status.ts';
import type { StoredResponse } from './stored-response.ts';

/** Statuses without a body (RFC 9110 §6.4.1), which is `null` then and not an empty one. */
const BODILESS_STATUSES: ReadonlySet<number> = new Set([204, 205]);

/** The answer to `request` from what is stored. Its readers get copies: the bytes of the store are never handed out. */
export function cachedResponse(request: HttpRequest, stored: StoredResponse, ageMs: number): HttpResponse {
  const headers = new HttpHeaders(stored.headers);
  headers.set('Age', String(Math.floor(ageMs / 1_000)));
  const body = request.method === 'HEAD' || BODILESS_STATUSES.has(stored.status) ? null : stored.body;
  const { status, statusText, proto } = stored;
  return new HttpResponse(body, { status, statusText, proto, headers, request, context: Context.empty.with(cacheStatus, 'hit') });
}

/** RFC 9111 §5.2.1.7: the answer to `only-if-cached` where there is none. */
export function unsatisfiableResponse(request: HttpRequest): HttpResponse {
  return new HttpResponse(null, {
    status: 504,
    statusText: 'Gateway Timeout',
    request,
    context: Context.empty.with(cacheStatus, 'miss'),
  });
}

/** The response, with what the cache did in its context. */
export function withStatus(response: HttpResponse, status: CacheStatus): HttpResponse {
  return response.with({ context: response.context.with(cacheStatus, status) });
}
