import type { Phase } from '../../page-data.ts';

/** As browsers call them. */
export const PHASE_LABELS: Readonly<Record<Phase, { readonly label: string; readonly meaning: string }>> = {
  queued: { label: 'Queued', meaning: 'no connection was at hand: waited for one, or for the steps of its dial' },
  dns: { label: 'DNS', meaning: 'the name was looked up' },
  connect: { label: 'Connect', meaning: 'TCP, from the first address tried to the one that answered' },
  proxy: { label: 'Proxy', meaning: 'a proxy was asked for the way to the origin' },
  tls: { label: 'TLS', meaning: 'the TLS handshake with the origin' },
  send: { label: 'Request sent', meaning: 'head and body were given to the socket' },
  wait: { label: 'Waiting', meaning: 'from the request’s last byte to the first of the answer' },
  download: { label: 'Download', meaning: 'from the answer’s first byte to the last that was read' },
};
