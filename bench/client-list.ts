import type { OpenClient } from './client.ts';

/** In the order they are measured and shown. */
export const CLIENT_NAMES = ['floor', 'transport', 'undici.dispatch', 'undici.request', 'node:http', 'fetch', 'got', 'axios'] as const;

export type ClientName = (typeof CLIENT_NAMES)[number];

/** Each is loaded in the one process that measures it. */
const LOADERS: Readonly<Record<ClientName, () => Promise<OpenClient>>> = {
  'floor': async () => (await import('./clients/floor.ts')).openFloor,
  'transport': async () => (await import('./clients/transport.ts')).openTransport,
  'undici.dispatch': async () => (await import('./clients/undici-dispatch.ts')).openUndiciDispatch,
  'undici.request': async () => (await import('./clients/undici-request.ts')).openUndiciRequest,
  'node:http': async () => (await import('./clients/node-http.ts')).openNodeHttp,
  'fetch': async () => (await import('./clients/fetch.ts')).openFetch,
  'got': async () => (await import('./clients/got.ts')).openGot,
  'axios': async () => (await import('./clients/axios.ts')).openAxios,
};

export function isClientName(name: string): name is ClientName {
  return Object.hasOwn(LOADERS, name);
}

export function loadClient(name: ClientName): Promise<OpenClient> {
  return LOADERS[name]();
}
