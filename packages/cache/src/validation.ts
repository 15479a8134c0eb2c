import { HttpHeaders, type HttpRequest } from '@roundtripper/core';

import { parseTags } from './preconditions.ts';
import type { Plan } from './plan.ts';
import { rangeField } from './ranges.ts';
import type { RequestView } from './request-view.ts';
import type { StoredResponse } from './stored-response.ts';

/** Whose condition a request goes on with: the caller's as it was, that of the cache in its place, or the tags of both. */
export type SentCondition =
  | { readonly kind: 'callers' }
  | { readonly kind: 'ours' }
  /** `tags`: the caller's. */
  | { readonly kind: 'both'; readonly tags: readonly string[] };

type Revalidating = Extract<Plan, { readonly kind: 'revalidate' }>;

export function sentCondition({ request }: RequestView, { asked }: Revalidating): SentCondition {
  const tags = tagsOf(asked);
  const callers = request.headers.get('if-none-match');
  if (callers === null) return tags.length > 0 || asked[0]?.lastModified !== undefined ? { kind: 'ours' } : { kind: 'callers' };
  if (callers.trim() === '*' || tags.length === 0) return { kind: 'callers' };
  const callersTags = parseTags(callers);
  return callersTags.every((tag) => tags.includes(tag)) ? { kind: 'ours' } : { kind: 'both', tags: callersTags };
}

/**
 * RFC 9111 §4.3.1: the request with a condition that holds if none of `asked` is what the server would send now: the tags of all of them, joined to the caller's own, and
 * the first one's date. A date of the caller's own is not asked about beside ours: its answer is found here.
 */
export function validationRequest(view: RequestView, revalidating: Revalidating): HttpRequest {
  const { request } = view;
  const condition = sentCondition(view, revalidating);
  if (condition.kind === 'callers') return request;
  const headers = new HttpHeaders(request.headers);
  const { asked } = revalidating;
  const tags = tagsOf(asked);
  if (condition.kind === 'both') {
    const callers = headers.get('if-none-match') ?? '';
    headers.set('If-None-Match', [...tags.filter((tag) => !condition.tags.includes(tag)), callers].join(', '));
    return request.with({ headers });
  }
  if (tags.length > 0) headers.set('If-None-Match', tags.join(', '));
  const lastModified = asked[0]?.lastModified;
  if (lastModified === undefined) headers.delete('if-modified-since');
  else headers.set('If-Modified-Since', lastModified);
  return request.with({ headers });
}

/** Each once; not what a list of them would make two of. */
function tagsOf(asked: readonly StoredResponse[]): readonly string[] {
  const tags = asked.flatMap(({ etag }) => (etag === undefined || (etag.includes(',') && !etag.includes('"')) ? [] : [etag]));
  return [...new Set(tags)];
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
