import { SHORT_TEXT, SIZES } from './answers.ts';
import type { BenchServer } from './bench-server.ts';
import type { Child } from './child.ts';
import type { ClientName } from './client-names.ts';
import type { Job, Sample } from './messages.ts';
import { startClient, type Place } from './place.ts';
import { WORKS, type Work, type WorkName } from './works.ts';

/** How long is measured. */
export interface Effort {
  /** How often every process is started afresh. */
  readonly launches: number;
  /** In each launch, each with one window for every client. */
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly windowMs: number;
}

/** What is measured. */
export interface Plan extends Effort {
  readonly clients: readonly ClientName[];
  /** In place of the work's own. */
  readonly concurrency?: number | undefined;
}

/** A window, and how busy the server was in it: from 0 to 1, of one CPU. */
export interface Window extends Sample {
  readonly serverBusy: number;
}

/** The windows of one client, one a round. */
export interface Measured {
  readonly client: ClientName;
  readonly windows: readonly Window[];
}

interface Running {
  readonly client: ClientName;
  readonly child: Child;
  readonly windows: Window[];
  /** Of each window. */
  readonly requests: number;
}

/**
 * Measures the clients at a work, each in a process of its own, and all of that as often as there are launches.
 *
 * A process settles into one speed and keeps it, however long it is warmed up: undici.request is found at 15 µs in one and at 23 in the next. The
 * windows of one process agree with each other and say nothing of that.
 */
export async function measureWork(name: WorkName, plan: Plan, server: BenchServer, place: Place): Promise<readonly Measured[]> {
  const launches: (readonly Measured[])[] = [];
  for (let launch = 1; launch <= plan.launches; launch++) {
    const onProgress = (text: string): void => place.onProgress(`${name}, launch ${launch} of ${plan.launches}: ${text}`);
    launches.push(await measureLaunch(WORKS[name], plan, server, { ...place, onProgress }));
  }
  return pooled(launches);
}

/** The windows of several launches as those of one, client by client. */
export function pooled(launches: readonly (readonly Measured[])[]): readonly Measured[] {
  const [first = []] = launches;
  return first.map(({ client }) => ({
    client,
    windows: launches.flatMap((launch) => launch.find((each) => each.client === client)?.windows ?? []),
  }));
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

/** The processes are there all the time and take turns, so that what else the machine does falls on all of them alike. */
async function measureLaunch(work: Work, plan: Plan, server: BenchServer, place: Place): Promise<readonly Measured[]> {
  await using children = new AsyncDisposableStack();
  const running: Running[] = [];
  for (const client of plan.clients) {
    place.onProgress(`warming up ${client}`);
    const child = children.use(await startClient(jobFor(client, work, server, plan.concurrency), place));
    const { requestsPerSecond } = await child.ask({ kind: 'warm-up', forMs: plan.warmUpMs }, 'warmed-up');
    running.push({ client, child, windows: [], requests: Math.ceil((requestsPerSecond * plan.windowMs) / 1_000) });
    if (work.protocol === 'h2') await expectOneConnectionEach(running, server);
  }
  for (let round = 1; round <= plan.rounds; round++) {
    place.onProgress(`round ${round} of ${plan.rounds}`);
    for (const each of running) each.windows.push(await measureWindow(each, server));
  }
  return running;
}

async function measureWindow({ child, requests }: Running, server: BenchServer): Promise<Window> {
  const before = await server.cpuMicros();
  const startedMs = performance.now();
  const { sample } = await child.ask({ kind: 'measure', requests }, 'measured');
  const wallMs = performance.now() - startedMs;
  return { ...sample, serverBusy: ((await server.cpuMicros()) - before) / 1_000 / wallMs };
}

/** A client that has opened more would be measured at something else. h2load has one while it runs. */
async function expectOneConnectionEach(running: readonly Running[], server: BenchServer): Promise<void> {
  const expected = running.filter(({ client }) => client !== 'h2load').length;
  const connections = await server.connections();
  if (connections === expected) return;
  throw new Error(`${running.at(-1)?.client ?? ''} has ${connections - expected + 1} connections, expected one`);
}
