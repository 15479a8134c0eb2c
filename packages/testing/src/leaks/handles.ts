import { createHook } from 'node:async_hooks';

import { creation } from './creation.ts';
import type { Ledger } from './ledger.ts';

/**
 * What keeps a process alive or wakes it, by the name that async_hooks has for it. A TLS socket and an HTTP/2 session are not listed:
 * they go by garbage collection, and below each there is a socket that is.
 */
const KINDS: ReadonlyMap<string, string> = new Map([
  ['TCPWRAP', 'socket'],
  ['TCPSERVERWRAP', 'server'],
  ['PIPEWRAP', 'pipe'],
  ['PIPESERVERWRAP', 'server'],
  ['UDPWRAP', 'UDP socket'],
  ['PROCESSWRAP', 'child process'],
  ['WORKER', 'worker'],
  ['GETADDRINFOREQWRAP', 'name lookup'],
  ['QUERYWRAP', 'name lookup'],
  ['Timeout', 'timer'],
  ['Immediate', 'immediate'],
]);

/** Enters every handle and timer of the process into the ledger, until it is closed. */
export function watchHandles(ledger: Ledger): void {
  const init = (asyncId: number, type: string, _trigger: number, resource: object): void => {
    const kind = KINDS.get(type);
    if (kind === undefined) return;
    ledger.open(asyncId, { kind, created: creation(init), describe: () => describe(resource) });
  };
  // Of a timer that has fired or was cleared, and of a handle that was closed, Node tells a turn or two of the event loop later.
  // Promises are of no interest, and to track them would slow down all of them.
  createHook({ init, destroy: (asyncId) => ledger.close(asyncId), trackPromises: false }).enable();
}

function describe(resource: object): string {
  if ('hasRef' in resource && typeof resource.hasRef === 'function' && 'refresh' in resource) {
    return resource.hasRef() === true ? '' : "(unref'd)";
  }
  const local = address(resource, 'getsockname');
  const remote = address(resource, 'getpeername');
  return [local, remote].filter((one) => one !== '').join(' -> ');
}

/** A handle tells its addresses by these two functions, which take the object to write to. */
function address(handle: object, ask: 'getsockname' | 'getpeername'): string {
  const asked: unknown = Reflect.get(handle, ask);
  if (typeof asked !== 'function') return '';
  const answer: { address?: string; port?: number } = {};
  asked.call(handle, answer);
  return answer.port === undefined ? '' : `${answer.address}:${answer.port}`;
}
