import { HttpHeaders, type HttpRequest } from '@roundtripper/core';

import type { Plan } from './plan.ts';
import { rangeField } from './ranges.ts';
import type { RequestView } from './request-view.ts';

/**
 * RFC 9111 §4.3.1: the request with a condition that holds if none of `asked` is what the server would send now: the tags of all of them, joined to the caller's own, and
 * the first one's date.
 */
export function validationRequest({ request }: RequestView, { asked }: Extract<Plan, { readonly kind: 'revalidate' }>): HttpRequest {
  const headers = new HttpHeaders(request.headers);
  const callers = headers.get('if-none-match');
  if (callers?.trim() === '*') return request;
  const tags = new Set(asked.flatMap(({ etag }) => (etag === undefined || (etag.includes(',') && !etag.includes('"')) ? [] : [etag])));
  if (tags.size > 0) headers.set('If-None-Match', callers === null ? [...tags].join(', ') : [...tags, callers].join(', '));
  const lastModified = asked[0]?.lastModified;
  if (lastModified !== undefined && callers === null) headers.set('If-Modified-Since', lastModified);
  // A date of the caller's own is not asked about beside a tag of ours: its answer is found here.
  else if (tags.size > 0 && callers === null) headers.delete('if-modified-since');
  return request.with({ headers });
}

/** RFC 9111 §3.4: the request for what is missing of a stored part, or for the whole where it has changed. */
export function completionRequest(
  { request }: RequestView,
  { stored, missing }: Extract<Plan, { readonly kind: 'complete' }>,
): HttpRequest {
  const headers = new HttpHeaders(request.headers);
  headers.set('Range', rangeField(missing, stored.part?.total ?? missing.end));
  if (stored.etag !== undefined) headers.set('If-Range', stored.etag);
  return request.with({ headers });
}
