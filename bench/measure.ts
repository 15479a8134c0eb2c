import { SIZES, type SizeName } from './answers.ts';
import { Child } from './child.ts';
import type { ClientName } from './client-list.ts';
import type { Order, Report, Sample } from './messages.ts';
import type { Pinning } from './pinning.ts';

/** What is measured, and for how long. */
export interface Plan {
  readonly clients: readonly ClientName[];
  readonly concurrency: number;
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly windowMs: number;
}

/** The windows of one client, one a round. */
export interface Measured {
  readonly client: ClientName;
  readonly samples: readonly Sample[];
}

/** Where a run happens. */
export interface Place {
  readonly port: number;
  readonly pinning: Pinning;
  readonly onProgress: (text: string) => void;
}

interface Running {
  readonly client: ClientName;
  readonly child: Child;
  readonly samples: Sample[];
  /** Of each window. */
  requests: number;
}

const SERVER = new URL('./server.ts', import.meta.url);

/** Measures one client. */
export const CLIENT: URL = new URL('./client-process.ts', import.meta.url);

/** Starts the server. @returns its process and the port it listens on. */
export async function startServer(pinning: Pinning): Promise<{ readonly server: Child; readonly port: number }> {
  const server = new Child(pinning.server, SERVER, []);
  const report = await server.first();
  if (report.kind !== 'listening') throw unexpected(report);
  return { server, port: report.port };
}

/**
 * Measures each client with bodies of this size, in a process of its own. The processes are there all the time and take turns, so that what
 * else the machine does falls on all of them alike.
 */
export async function measureSize(size: SizeName, plan: Plan, place: Place): Promise<readonly Measured[]> {
  await using children = new AsyncDisposableStack();
  const running: Running[] = [];
  for (const client of plan.clients) {
    place.onProgress(`${size}: warming up ${client}`);
    const url = `http://127.0.0.1:${place.port}/${size}`;
    const child = children.use(new Child(place.pinning.client, CLIENT, [client, url, String(SIZES[size]), String(plan.concurrency)]));
    running.push(await warmUp(client, child, plan));
  }
  for (let round = 1; round <= plan.rounds; round++) {
    place.onProgress(`${size}: round ${round} of ${plan.rounds}`);
    for (const each of running) each.samples.push(await sample(each));
  }
  return running;
}

async function warmUp(client: ClientName, child: Child, plan: Plan): Promise<Running> {
  const ready = await child.first();
  if (ready.kind !== 'ready') throw unexpected(ready);
  const report = await child.ask({ kind: 'warm-up', forMs: plan.warmUpMs });
  if (report.kind !== 'warmed-up') throw unexpected(report);
  return { client, child, samples: [], requests: Math.ceil((report.requestsPerSecond * plan.windowMs) / 1_000) };
}

async function sample({ child, requests }: Running): Promise<Sample> {
  const order: Order = { kind: 'measure', requests };
  const report = await child.ask(order);
  if (report.kind !== 'measured') throw unexpected(report);
  return report.sample;
}

function unexpected(report: Report): Error {
  return new Error(`unexpected report: ${report.kind}`);
}
