import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import type { TlsInfo } from '../contract/connection-info.ts';
import type { WireInfo } from './wire.ts';

/** Of a wire that is not open. */
export const NO_INFO: WireInfo = {
  remoteAddress: undefined,
  remotePort: undefined,
  localAddress: undefined,
  localPort: undefined,
  tls: undefined,
};

/** The ends of a stream, as far as it has addresses. */
export function socketInfo(stream: Duplex, tls: TlsInfo | undefined): WireInfo {
  if (!(stream instanceof Socket)) return { ...NO_INFO, tls };
  return {
    remoteAddress: stream.remoteAddress,
    remotePort: stream.remotePort,
    localAddress: stream.localAddress,
    localPort: stream.localPort,
    tls,
  };
}

/** The ends of a socket of the Unix domain: a path stands for its address. */
export function localSocketInfo(path: string, tls: TlsInfo | undefined): WireInfo {
  return { ...NO_INFO, remoteAddress: path, tls };
}
