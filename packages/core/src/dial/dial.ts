import type { Route } from '../contract/route.ts';
import type { Wire } from '../wire/wire.ts';
import type { DialOptions, DialRequest } from './dial-options.ts';
import { Dialling } from './dialling.ts';
import { openHop } from './open-hop.ts';
import { FOR_PROXIES, openTunnel } from './open-tunnel.ts';

/** Opens a wire along `route`. @throws RoundTripError with a code of the `dns`, `dial`, `tls` or `proxy` family or `address-refused`, always with `sent: 'nothing'`. */
export async function dial(route: Route, options: DialOptions, request: DialRequest): Promise<Wire> {
  const { origin, proxy } = route;
  const dialling = new Dialling(route, options, request);
  try {
    if (proxy !== undefined && !route.isForwarded) {
      return await openTunnel({ proxy, origin, limits: request.limits, alpnProtocols: request.alpnProtocols }, options, dialling);
    }
    const { scheme, hostname, port } = origin;
    // A proxy that passes requests on is spoken with as an origin is, but for its TLS.
    const tls = proxy === undefined ? options.tls : options.proxyTls;
    const alpnProtocols = proxy === undefined ? request.alpnProtocols : FOR_PROXIES;
    return await openHop(
      { scheme, hostname, port, tls: scheme === 'https' ? tls : undefined, alpnProtocols },
      options,
      dialling,
      proxy === undefined ? 'origin' : 'proxy',
    );
  } finally {
    dialling.end();
  }
}
