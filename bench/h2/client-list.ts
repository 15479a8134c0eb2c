import type { Http2ClientName } from '../client-names.ts';
import type { OpenHttp2Client } from './http2-client.ts';

/** Those over HTTP/2 that are in this process's language. Each is loaded in the one process that measures it. */
const LOADERS: Readonly<Record<Exclude<Http2ClientName, 'go' | 'h2load'>, () => Promise<OpenHttp2Client>>> = {
  'transport': async () => (await import('./clients/transport.ts')).openTransport,
  'undici.request': async () => (await import('./clients/undici.ts')).openUndici,
  'node:http2': async () => (await import('./clients/node-http2.ts')).openNodeHttp2,
  'fetch': async () => (await import('./clients/fetch.ts')).openFetch,
};

/** @throws Error when there is none of that name. */
export async function loadHttp2Client(name: string): Promise<OpenHttp2Client> {
  if (!isLoadable(name)) throw new Error(`there is no HTTP/2 client ${name}`);
  return LOADERS[name]();
}

function isLoadable(name: string): name is keyof typeof LOADERS {
  return Object.hasOwn(LOADERS, name);
}
