/** The clients that are measured over HTTP/1.1, in the order they are measured and shown. */
export const HTTP1_CLIENT_NAMES = [
  'floor',
  'transport',
  'go',
  'undici.dispatch',
  'undici.request',
  'node:http',
  'fetch',
  'got',
  'axios',
] as const;

/** As {@link HTTP1_CLIENT_NAMES}, over HTTP/2. */
export const HTTP2_CLIENT_NAMES = ['h2load', 'transport', 'go', 'undici.request', 'node:http2', 'fetch'] as const;

export type Http1ClientName = (typeof HTTP1_CLIENT_NAMES)[number];
export type Http2ClientName = (typeof HTTP2_CLIENT_NAMES)[number];
export type ClientName = Http1ClientName | Http2ClientName;

export const CLIENT_NAMES: readonly ClientName[] = [...new Set<ClientName>([...HTTP1_CLIENT_NAMES, ...HTTP2_CLIENT_NAMES])];

export function isClientName(name: string): name is ClientName {
  return CLIENT_NAMES.some((known) => known === name);
}
