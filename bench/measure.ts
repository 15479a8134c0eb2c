import { SHORT_TEXT, SIZES } from './answers.ts';
import type { BenchServer } from './bench-server.ts';
import type { ClientName } from './client-names.ts';
import type { Job } from './messages.ts';
import { startClient, type Place } from './place.ts';
import { pooled, takeTurns, type Effort, type Measured } from './turns.ts';
import { WORKS, type Work, type WorkName } from './works.ts';

/** What is measured. */
export interface Plan extends Effort {
  readonly clients: readonly ClientName[];
  /** In place of the work's own. */
  readonly concurrency?: number | undefined;
}

/**
 * Measures the clients at a work, each in a process of its own, and all of that as often as there are launches.
 *
 * A process settles into one speed and keeps it, however long it is warmed up: undici.request is found at 15 µs in one and at 23 in the next. The
 * windows of one process agree with each other and say nothing of that. What it is at 23 µs is V8's guess, made once in a process, that what a request makes will live long
 * (allocation-site pretenuring): it is then put where only a major collection finds it dead, and what it leads to is copied until then. With `--no-allocation-site-pretenuring` all are at 16 to 20.
 */
export async function measureWork(name: WorkName, plan: Plan, server: BenchServer, place: Place): Promise<readonly Measured[]> {
  const launches: (readonly Measured[])[] = [];
  for (let launch = 1; launch <= plan.launches; launch++) {
    const onProgress = (text: string): void => place.onProgress(`${name}, launch ${launch} of ${plan.launches}: ${text}`);
    launches.push(await measureLaunch(WORKS[name], plan, server, { ...place, onProgress }));
  }
  return pooled(launches);
}

/** The job of a client at a work. */
export function jobFor(client: ClientName, work: Work, server: BenchServer, concurrency: number = work.concurrency): Omit<Job, 'ca'> {
  const isSent = work.exchange === 'post' || work.exchange === 'upload';
  // What answers HTTP/1.1 goes by the size of what it is sent; nghttpd sends the file that is asked for.
  const path = isSent && work.protocol === 'h2' ? SHORT_TEXT : work.size;
  return {
    client,
    protocol: work.protocol,
    exchange: work.exchange,
    url: `${work.isTls ? server.tlsOrigin : server.origin}/${path}`,
    concurrency,
    bodyBytes: isSent ? SIZES[work.size] : 0,
    answerBytes: isSent ? SHORT_TEXT.length : SIZES[work.size],
  };
}

function measureLaunch(work: Work, plan: Plan, server: BenchServer, place: Place): Promise<readonly Measured[]> {
  const turns = {
    clients: plan.clients,
    start: (client: ClientName) => startClient(jobFor(client, work, server, plan.concurrency), place),
    server,
    onProgress: place.onProgress,
  };
  if (work.protocol !== 'h2') return takeTurns(turns, plan);
  return takeTurns({ ...turns, onWarm: (client, warm) => expectOneConnectionEach(client, warm, server) }, plan);
}

/** A client that has opened more would be measured at something else. h2load has one while it runs. */
async function expectOneConnectionEach(last: ClientName, warm: readonly ClientName[], server: BenchServer): Promise<void> {
  const expected = warm.filter((client) => client !== 'h2load').length;
  const connections = await server.connections();
  if (connections === expected) return;
  throw new Error(`${last} has ${connections - expected + 1} connections, expected one`);
}
