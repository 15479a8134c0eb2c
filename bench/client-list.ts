import type { OpenClient } from './client.ts';
import type { Http1ClientName } from './client-names.ts';

/** Those over HTTP/1.1 that are in this process's language. Each is loaded in the one process that measures it. */
const LOADERS: Readonly<Record<Exclude<Http1ClientName, 'go'>, () => Promise<OpenClient>>> = {
  'floor': async () => (await import('./clients/floor.ts')).openFloor,
  'transport': async () => (await import('./clients/transport.ts')).openTransport,
  'undici.dispatch': async () => (await import('./clients/undici-dispatch.ts')).openUndiciDispatch,
  'undici.request': async () => (await import('./clients/undici-request.ts')).openUndiciRequest,
  'node:http': async () => (await import('./clients/node-http.ts')).openNodeHttp,
  'fetch': async () => (await import('./clients/fetch.ts')).openFetch,
  'got': async () => (await import('./clients/got.ts')).openGot,
  'axios': async () => (await import('./clients/axios.ts')).openAxios,
};

/** @throws Error when there is none of that name. */
export async function loadClient(name: string): Promise<OpenClient> {
  if (!isLoadable(name)) throw new Error(`there is no client ${name}`);
  return LOADERS[name]();
}

function isLoadable(name: string): name is keyof typeof LOADERS {
  return Object.hasOwn(LOADERS, name);
}
