import type { OpenClient } from './client.ts';

/** Those in this process's language, in the order they are measured and shown. */
const NODE_CLIENT_NAMES = ['floor', 'transport', 'undici.dispatch', 'undici.request', 'node:http', 'fetch', 'got', 'axios'] as const;

type NodeClientName = (typeof NODE_CLIENT_NAMES)[number];

export type ClientName = NodeClientName | 'go';

/** In the order they are measured and shown. */
export const CLIENT_NAMES: readonly ClientName[] = ['floor', 'transport', 'go', ...NODE_CLIENT_NAMES.slice(2)];

/** Each is loaded in the one process that measures it. */
const LOADERS: Readonly<Record<NodeClientName, () => Promise<OpenClient>>> = {
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
  return name === 'go' || isNodeClientName(name);
}

/** @throws Error when there is none of that name. */
export async function loadClient(name: string): Promise<OpenClient> {
  if (!isNodeClientName(name)) throw new Error(`there is no client ${name}`);
  return LOADERS[name]();
}

function isNodeClientName(name: string): name is NodeClientName {
  return Object.hasOwn(LOADERS, name);
}
