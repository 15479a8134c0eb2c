import { duplexPair, type Duplex } from 'node:stream';

import { HttpRequest, Transport, type TransportOptions } from '@roundtripper/core';

/**
 * Dials in vain, so that the first request is not the one that pays for what a process does at its first dial: measured, 9 of the 11 ms that it would take to begin
 * looking up a name, and 11 of 14 where TLS is spoken. `localhost` is looked up and not connected to, TLS is spoken in memory: nothing leaves the machine.
 */
export async function warmUp(scheme: 'http' | 'https', { tls, protocols }: TransportOptions): Promise<void> {
  await dialInVain('http://localhost/', { allowAddress: () => false, dialTimeout: LONGEST_LOOKUP_MS });
  if (scheme === 'https') await dialInVain('https://warm-up.invalid/', { tls, protocols, dial: peerThatHangsUp });
}

/** It is in the hosts file: a machine on which it takes longer has other troubles. */
const LONGEST_LOOKUP_MS = 250;

async function dialInVain(url: string, options: TransportOptions): Promise<void> {
  const transport = new Transport(options);
  try {
    const response = await transport.roundTrip(new HttpRequest(url));
    await response.dispose();
  } catch {
    // As it should be.
  }
  await transport.close({ graceful: false });
}

/** Not before it was spoken to: it is what leads to that which takes the time. */
async function peerThatHangsUp(): Promise<Duplex> {
  const [wire, peer] = duplexPair();
  peer.once('data', () => peer.destroy());
  return wire;
}
