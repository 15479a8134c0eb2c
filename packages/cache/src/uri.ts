import type { RequestTarget } from '@roundtripper/core';

/** The target URI as an HTTP client knows it, without userinfo and fragment. No two resources have the same. */
export function uriOf({ origin, path }: RequestTarget): string {
  return `${origin.key}${path}`;
}

/** As {@link uriOf}. */
export function uriOfUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}${url.search}`;
}
