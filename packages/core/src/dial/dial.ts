import type { Route } from '../contract/route.ts';
import { openSocket } from '../wire/open-socket.ts';
import type { SocketWire } from '../wire/socket-wire.ts';
import type { Wire } from '../wire/wire.ts';
import type { DialOptions, DialRequest } from './dial-options.ts';
import { Dialling } from './dialling.ts';

/** Opens a wire along `route`. @throws RoundTripError with a code of the `dns`, `dial` or `tls` family, always with `sent: 'nothing'`. */
export async function dial(route: Route, options: DialOptions, request: DialRequest): Promise<Wire> {
  const dialling = new Dialling(route, options, request);
  try {
    return await openHop(route, options, dialling);
  } finally {
    dialling.end();
  }
}

function openHop({ origin }: Route, options: DialOptions, dialling: Dialling): Promise<SocketWire> {
  const { hostname, port, scheme } = origin;
  const tls = scheme === 'https' ? options.tls : undefined;
  dialling.enter('connect', options.dialTimeoutMs);
  return dialling.step((end) => openSocket({ ...options, hostname, port, tls }, dialling, end));
}
