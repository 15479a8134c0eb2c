import type { Duplex } from 'node:stream';
import { connect, type TLSSocket } from 'node:tls';

import { discard, Opening, type OpeningOutcome } from './opening.ts';
import { OpeningSteps, type OpenSocketSteps } from './opening-steps.ts';
import { SocketWire } from './socket-wire.ts';
import { tlsInfo, type TlsClient, type TlsPeer } from './tls-client.ts';
import type { WireInfo } from './wire.ts';

/** Whom to speak TLS with, and over what. */
export interface SecureStreamOptions extends TlsPeer {
  readonly tls: TlsClient;
  /** Open, and nobody else's: it is destroyed with the TLS that is over it. */
  readonly carrier: Duplex;
  /** The carrier's ends. */
  readonly info: WireInfo;
}

/**
 * Speaks TLS over a stream that is there. Nothing is reported within the call. @throws what `tls.connect` throws for options it cannot use.
 * @returns a function that gives it up, as that of `openSocket` does.
 */
export function secureStream(options: SecureStreamOptions, listener: OpenSocketSteps, outcome: OpeningOutcome): () => void {
  const { tls, carrier, info } = options;
  const steps = new OpeningSteps(listener);
  const socket = connectOver(carrier, options);
  // Node tells the socket on top of what becomes of the carrier; with nobody to hear it, the carrier's own error would end the process.
  carrier.on('error', () => {});
  socket.once('close', () => carrier.destroy());
  const opening = new Opening(socket, steps, {
    opened: (wire) => outcome.opened(wire),
    failed: (error) => {
      tls.dropSession(options);
      outcome.failed(error);
    },
  });
  tls.keepSessions(socket, options);
  process.nextTick(() => steps.secure(tls.servername(options.hostname)));
  socket.once('secureConnect', () => {
    const agreed = tlsInfo(socket);
    steps.secured(agreed);
    opening.opened(() => {
      const wire = new SocketWire();
      wire.open(socket, { ...info, tls: agreed }, false);
      return wire;
    });
  });
  return () => opening.giveUp();
}

function connectOver(carrier: Duplex, options: SecureStreamOptions): TLSSocket {
  try {
    // Over one that is closed Node would wait for ever.
    if (carrier.destroyed) throw new Error('the connection was closed before the handshake');
    return connect({ ...options.tls.connectOptions(options), socket: carrier });
  } catch (error) {
    discard(carrier);
    throw error;
  }
}
