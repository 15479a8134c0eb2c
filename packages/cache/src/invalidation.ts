import { RoundTripError, type HttpRequest, type HttpResponse } from '@roundtripper/core';

import { groupsOf } from './groups.ts';
import type { DeleteTarget } from './store.ts';
import { uriOf, uriOfUrl } from './uri.ts';

/** RFC 9110 §9.2.1, and QUERY: what changes nothing. Of a method that nobody knows that is not known (RFC 9111 §4.4). */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY']);

/** Whether a request may change what is stored. */
export function mayChange({ method }: HttpRequest): boolean {
  return !SAFE_METHODS.has(method);
}

/** RFC 9111 §4.4, RFC 9875 §3: that of which nothing stored holds any more after this answer to a request that {@link mayChange}. */
export function invalidatedBy(request: HttpRequest, response: HttpResponse): readonly DeleteTarget[] {
  if (response.status < 200 || response.status > 399) return [];
  const targets: DeleteTarget[] = [{ kind: 'url', url: uriOf(request.target) }];
  for (const name of ['location', 'content-location']) {
    const url = resolved(request, response.headers.get(name));
    if (url !== undefined) targets.push({ kind: 'url', url });
  }
  const origin = request.target.origin.key;
  for (const group of groupsOf(response.headers.get('cache-group-invalidation'))) targets.push({ kind: 'group', origin, group });
  return targets;
}

/** The same where no answer came: what was sent may have had its effect. More than the standard asks for; a cache may forget at any time. */
export function invalidatedByFailure(request: HttpRequest, error: unknown): readonly DeleteTarget[] {
  return error instanceof RoundTripError && error.sent === 'nothing' ? [] : [{ kind: 'url', url: uriOf(request.target) }];
}

/** A URI reference in a response, absolute; `undefined` where it leads to another origin, whose resources are not this server's to speak of. */
function resolved(request: HttpRequest, reference: string | null): string | undefined {
  const url = reference === null ? null : URL.parse(reference, request.url);
  return url !== null && url.origin === request.target.origin.key ? uriOfUrl(url) : undefined;
}

/** Whether a reference names what the request was for. */
export function namesSame(request: HttpRequest, reference: string | null): boolean {
  return reference !== null && resolved(request, reference) === uriOf(request.target);
}

/** Whether what is stored for the same request is out of date after an answer that may not be stored: it says how things are, and not that something is in the way. */
export function supersedes(request: HttpRequest, { status }: HttpResponse): boolean {
  return (
    request.method === 'GET' && ((status >= 200 && status <= 399 && status !== 304 && status !== 206) || status === 404 || status === 410)
  );
}
