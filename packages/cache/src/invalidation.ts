import { RoundTripError, type HttpRequest, type HttpResponse } from '@roundtripper/core';

import { uriOf, uriOfUrl } from './uri.ts';

/** RFC 9110 §9.2.1, and QUERY: what changes nothing. Of a method that nobody knows that is not known (RFC 9111 §4.4). */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY']);

/** Whether a request may change what is stored. */
export function mayChange({ method }: HttpRequest): boolean {
  return !SAFE_METHODS.has(method);
}

/** RFC 9111 §4.4: the URIs of which nothing that is stored holds any more after this answer to a request that {@link mayChange}. */
export function invalidatedBy(request: HttpRequest, response: HttpResponse): readonly string[] {
  if (response.status < 200 || response.status > 399) return [];
  const uris = [uriOf(request.target)];
  for (const name of ['location', 'content-location']) {
    const reference = response.headers.get(name);
    const url = reference === null ? null : URL.parse(reference, request.url);
    // Another origin's resources are not this server's to invalidate.
    if (url !== null && url.origin === request.target.origin.key) uris.push(uriOfUrl(url));
  }
  return uris;
}

/** The same where no answer came: what was sent may have had its effect. More than the standard asks for; a cache may forget at any time. */
export function invalidatedByFailure(request: HttpRequest, error: unknown): readonly string[] {
  return error instanceof RoundTripError && error.sent === 'nothing' ? [] : [uriOf(request.target)];
}

/** Whether what is stored for the same request is out of date after an answer that may not be stored: it says how things are, and not that something is in the way. */
export function supersedes(request: HttpRequest, { status }: HttpResponse): boolean {
  return request.method === 'GET' && ((status >= 200 && status <= 399) || status === 404 || status === 410);
}
