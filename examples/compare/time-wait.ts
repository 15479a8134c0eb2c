import { readFile } from 'node:fs/promises';

/**
 * Sockets in TIME_WAIT, by who waits: the side that closed first. Somewhat fewer than there were connections: the system takes a port again by and by, and
 * with it the socket out of TIME_WAIT.
 */
export interface TimeWait {
  readonly client: number;
  readonly server: number;
}

const STATE = '06';

/** Those of connections to a server's port on this machine, where the system tells (Linux). Both ends are in the one list. */
export async function timeWait(port: number): Promise<TimeWait | undefined> {
  try {
    const lists = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'utf8')));
    return countTimeWait(lists.join('\n'), port);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** @param list Lines like `1: 0100007F:1F90 0100007F:C350 06 …`: number, local and remote address, state, all in hexadecimal. */
export function countTimeWait(list: string, port: number): TimeWait {
  let client = 0;
  let server = 0;
  for (const line of list.split('\n')) {
    const [, local = '', remote = '', state] = line.trim().split(/\s+/);
    if (state !== STATE) continue;
    if (portOf(local) === port) server += 1;
    else if (portOf(remote) === port) client += 1;
  }
  return { client, server };
}

function portOf(address: string): number {
  return Number.parseInt(address.slice(address.lastIndexOf(':') + 1), 16);
}
