import type { Phase } from '../waterfall/page-data.ts';
import type { Style } from './paint.ts';

/** How a phase is called and coloured. The names are httpstat's, where it has one. */
export const PHASE_LOOK: Readonly<Record<Phase, { readonly name: string; readonly style: Style }>> = {
  queued: { name: 'Queued', style: 'gray' },
  dns: { name: 'DNS lookup', style: 'cyan' },
  connect: { name: 'TCP connection', style: 'blue' },
  proxy: { name: 'Proxy', style: 'magenta' },
  tls: { name: 'TLS handshake', style: 'magenta' },
  send: { name: 'Request sent', style: 'yellow' },
  wait: { name: 'Server processing', style: 'green' },
  download: { name: 'Content transfer', style: 'cyan' },
};

/** As wide as the longest of these names. */
export const PHASE_NAME_WIDTH = 17;

/** How the phase is called: a connection to a Unix domain socket has nothing to do with TCP. */
export function phaseName(phase: Phase, isUnix: boolean): string {
  return isUnix && phase === 'connect' ? 'Connection' : PHASE_LOOK[phase].name;
}
