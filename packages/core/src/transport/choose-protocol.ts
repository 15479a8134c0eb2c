import type { ConnectionInfo } from '../contract/connection-info.ts';
import type { Route } from '../contract/route.ts';
import type { ResolvedProtocolOptions } from './protocol-options.ts';

type Protocol = ConnectionInfo['protocol'];
type Enabled = ResolvedProtocolOptions['protocols'];

/** What may come to be spoken along a route. */
export function possibleProtocols(route: Route, enabled: Enabled): readonly Protocol[] {
  if (route.origin.scheme === 'https' && !route.isForwarded) return offeredProtocols(route, enabled);
  const chosen = chooseProtocol(route, undefined, enabled);
  return chosen === undefined ? [] : [chosen];
}

/** What the server may choose from by ALPN (RFC 7301), what we like best first. */
export function offeredProtocols({ isHttp1Only = false }: Route, { http1, http2 }: Enabled): readonly Protocol[] {
  const offered: Protocol[] = [];
  if (http2 && !isHttp1Only) offered.push('h2');
  if (http1) offered.push('http/1.1');
  return offered;
}

/**
 * What is spoken on a connection that is open.
 * @param chosen By ALPN; undefined where the server has chosen nothing.
 * @returns undefined where it cannot be any that is enabled.
 */
export function chooseProtocol(
  route: Route,
  chosen: string | undefined,
  { http1, http2, unencryptedHttp2 }: Enabled,
): Protocol | undefined {
  const mayBeHttp2 = route.isHttp1Only !== true && !route.isForwarded;
  if (route.origin.scheme === 'https' && mayBeHttp2 && http2 && chosen === 'h2') return 'h2';
  if (http1) return chosen === 'h2' ? undefined : 'http/1.1';
  return route.origin.scheme === 'http' && mayBeHttp2 && unencryptedHttp2 ? 'h2' : undefined;
}
