import type { HttpRequest } from '../contract/http-request.ts';

/**
 * Whether an answer of this status says that the request's connection leads to a server that does not want its origin on it (RFC 9110 §15.5.20): a connection serves one origin, so that it is of no use to
 * other requests either. Where the request names another host than its origin's, it is that one that the server does not serve.
 * @param isForwarded Whether the peer is a proxy that passes it on: the answer is about the origin behind it, and others are served over the same connection.
 */
export function isMisdirected(status: number, { host, headers, target }: HttpRequest, isForwarded: boolean): boolean {
  if (status !== 421 || isForwarded) return false;
  const named = host ?? headers.get('host');
  return named === null || named.toLowerCase() === target.origin.host;
}
