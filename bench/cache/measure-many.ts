import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SIZES, storablePath } from '../answers.ts';
import type { Child } from '../child.ts';
import { startServer, type Place, type RunningServer } from '../place.ts';
import { pooled, takeTurns, type Effort, type Measured } from '../turns.ts';
import { fillStore, startStore } from './store-child.ts';
import type { StoreJob } from './store-job.ts';
import { TemporaryFolder } from './temporary-folder.ts';

/** What is measured with few entries and with many. */
export const MANY_CASES = ['hit, memory', 'hit, Map', 'miss, memory', 'hit, SQLite'] as const;

export type ManyCase = (typeof MANY_CASES)[number];

/** With few entries, or with many. */
type ManyClient = `${ManyCase}, ${'few' | 'many'}`;

/** How many entries few and many are. */
export interface Counts {
  readonly few: number;
  readonly many: number;
}

/** The windows of one, with few entries and with many. */
export interface MeasuredMany {
  readonly name: ManyCase;
  readonly few: Measured<ManyClient>['windows'];
  readonly many: Measured<ManyClient>['windows'];
}

const CONCURRENCY = 50;

/** More than is stored there. */
const SQLITE_BYTES = 1_073_741_824;

/** Measures what the number of entries makes of hits, and of misses in a store that is full. Each has a process of its own: what is in a heap slows down all that is in it. */
export async function measureMany(counts: Counts, effort: Effort, place: Place): Promise<readonly MeasuredMany[]> {
  const launches: (readonly Measured<ManyClient>[])[] = [];
  for (let launch = 1; launch <= effort.launches; launch++) {
    const onProgress = (text: string): void => place.onProgress(`cache-many, launch ${launch} of ${effort.launches}: ${text}`);
    launches.push(await measureLaunch(counts, effort, { ...place, onProgress }));
  }
  const measured = pooled(launches);
  const windowsOf = (client: ManyClient): MeasuredMany['few'] => measured.find((each) => each.client === client)?.windows ?? [];
  return MANY_CASES.map((name) => ({ name, few: windowsOf(`${name}, few`), many: windowsOf(`${name}, many`) }));
}

async function measureLaunch(counts: Counts, effort: Effort, place: Place): Promise<readonly Measured<ManyClient>[]> {
  await using server = await startServer(place);
  using folder = new TemporaryFolder();
  const start = async (client: ManyClient): Promise<Child> => {
    const job = jobFor(client, counts, { server, folder: join(folder.path, client) });
    await mkdir(job.folder);
    return startFilled(client, job, place);
  };
  const clients = MANY_CASES.flatMap((name): readonly ManyClient[] => [`${name}, few`, `${name}, many`]);
  return await takeTurns({ clients, start, server, onProgress: place.onProgress }, effort);
}

const STORES = ['SQLite', 'Map'] as const;

function jobFor(client: ManyClient, { few, many }: Counts, at: { readonly server: RunningServer; readonly folder: string }): StoreJob {
  const store = STORES.find((each) => client.includes(each)) ?? 'memory';
  return {
    store,
    exchange: client.startsWith('miss') ? 'miss' : 'hit',
    entries: client.endsWith('many') ? many : few,
    maxBytes: store === 'SQLite' ? SQLITE_BYTES : undefined,
    url: `${at.server.origin}${storablePath('1k')}`,
    concurrency: CONCURRENCY,
    answerBytes: SIZES['1k'],
    folder: at.folder,
  };
}

async function startFilled(client: ManyClient, job: StoreJob, place: Place): Promise<Child> {
  const child = await startStore(client, job, place);
  try {
    const { entries, evictions } = await fillStore(child, job.entries);
    if (entries === job.entries && evictions === 0) return child;
    throw new Error(`${client}: has ${entries} entries and not ${job.entries}, ${evictions} went`);
  } catch (error) {
    await child[Symbol.asyncDispose]();
    throw error;
  }
}
