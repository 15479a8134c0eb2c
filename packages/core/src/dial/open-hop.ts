import type { DialTarget } from '../contract/dialer.ts';
import { openSocket } from '../wire/open-socket.ts';
import { secureStream } from '../wire/secure-stream.ts';
import type { SocketWire } from '../wire/socket-wire.ts';
import type { TlsClient } from '../wire/tls-client.ts';
import { callerDial } from './caller-dial.ts';
import type { DialOptions } from './dial-options.ts';
import type { Dialling, DialPeer } from './dialling.ts';

/** Whom to connect to, and the TLS to speak with them where they speak it. */
export interface Hop extends DialTarget {
  readonly tls: TlsClient | undefined;
  readonly alpnProtocols: readonly string[];
}

/** Opens the first hop of a route: with a dial of the caller's where there is one, else by a socket. */
export async function openHop(hop: Hop, options: DialOptions, dialling: Dialling, peer: DialPeer): Promise<SocketWire> {
  const { tls, scheme, hostname, port } = hop;
  const isSecure = tls !== undefined && options.dialTLS !== undefined;
  const dialer = isSecure ? options.dialTLS : options.dial;
  dialling.enter('connect', options.dialTimeoutMs, peer);
  if (dialer === undefined) return dialling.step((end) => openSocket({ ...options, ...hop }, dialling, end));
  const named = { name: isSecure ? 'dialTLS' : 'dial', dialer } as const;
  const wire = await dialling.step<SocketWire>((end) => callerDial(named, { scheme, hostname, port }, dialling.trace, end));
  return tls === undefined || isSecure ? wire : secure(wire, { ...hop, tls }, dialling);
}

/** Speaks TLS over a wire, which is given up: it is closed with what is over it, or where that fails. */
export async function secure(
  wire: SocketWire,
  { tls, hostname, port, alpnProtocols }: Hop & { readonly tls: TlsClient },
  dialling: Dialling,
): Promise<SocketWire> {
  try {
    return await dialling.step<SocketWire>((end) =>
      secureStream({ tls, hostname, port, alpnProtocols, info: wire.info, carrier: wire.release() }, dialling, end),
    );
  } catch (error) {
    // Where the dial was given up before the step had begun it is still a wire.
    wire.destroy();
    throw error;
  }
}
