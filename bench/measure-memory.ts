import { readFileSync } from 'node:fs';
import { SHORT_TEXT, SIZES } from './answers.ts';
import type { BenchServer } from './bench-server.ts';
import type { ClientName } from './client-names.ts';
import { jobFor } from './measure.ts';
import type { SlowPlan } from './messages.ts';
import { startClient, startServer, type Place } from './place.ts';
import { WORKS } from './works.ts';

/** What idle connections of one client take. */
export interface MeasuredIdle {
  readonly client: ClientName;
  readonly connections: number;
  /** Resident before they were opened, and with them idle. */
  readonly beforeBytes: number;
  readonly idleBytes: number;
}

/** What a client grew by while its reader was slow. */
export interface MeasuredSlow {
  readonly client: ClientName;
  readonly grownBytes: number;
  readonly readBytes: number;
}

/** Descriptors that a process needs besides its connections. */
const SPARE_DESCRIPTORS = 200;

/** So many of `wanted` connections as a process may have here. */
export function connectionsAllowed(wanted: number): number {
  const limit = /^Max open files +\S+ +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
  return limit === undefined ? wanted : Math.min(wanted, Number(limit) - SPARE_DESCRIPTORS);
}

/**
 * Measures what each client takes for a connection that is idle. Each has a server of its own: the ports of connections that were closed stay taken for a minute,
 * by the address of their server.
 * @throws Error when fewer connections than asked for are open at the end.
 */
export async function measureIdle(
  clients: readonly ClientName[],
  { connections, isTls }: { readonly connections: number; readonly isTls: boolean },
  place: Place,
): Promise<readonly MeasuredIdle[]> {
  const measured: MeasuredIdle[] = [];
  for (const client of clients) {
    place.onProgress(`${connections} idle connections${isTls ? ' over TLS' : ''}: ${client}`);
    await using server = await startServer(place);
    const origin = isTls ? server.tlsOrigin : server.origin;
    const job = {
      client,
      protocol: 'http/1.1',
      exchange: 'get',
      url: `${origin}/hold`,
      concurrency: connections,
      bodyBytes: 0,
      answerBytes: SHORT_TEXT.length,
    } as const;
    await using child = await startClient(job, place);
    await child.ask({ kind: 'exchange' }, 'done');
    await server.child.ask({ kind: 'hold', requests: connections }, 'done');
    const { beforeBytes, idleBytes } = await child.ask({ kind: 'idle' }, 'idle');
    const { connections: open } = await server.child.ask({ kind: 'ask-usage' }, 'usage');
    if (open < connections) throw new Error(`${client} has ${open} connections and not ${connections}`);
    measured.push({ client, connections, beforeBytes, idleBytes });
  }
  return measured;
}

/** Measures by how much each client grows while its reader takes 1 GiB slowly, and then not at all. */
export async function measureSlow(
  clients: readonly ClientName[],
  plan: SlowPlan,
  server: BenchServer,
  place: Place,
): Promise<readonly MeasuredSlow[]> {
  const measured: MeasuredSlow[] = [];
  for (const client of clients) {
    place.onProgress(`slow reader: ${client}`);
    await using child = await startClient(jobFor(client, WORKS['download-1g'], server), place);
    const { beforeBytes, peakBytes, readBytes } = await child.ask({ kind: 'read-slowly', ...plan }, 'read-slowly');
    if (readBytes === 0 || readBytes >= SIZES['1g']) throw new Error(`${client} has read ${readBytes} bytes`);
    measured.push({ client, grownBytes: peakBytes - beforeBytes, readBytes });
  }
  return measured;
}
