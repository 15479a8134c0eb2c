import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SIZES, storablePath } from '../answers.ts';
import { Child, nodeProgram } from '../child.ts';
import { startServer, type Place, type RunningServer } from '../place.ts';
import { pooled, takeTurns, type Effort, type Measured } from '../turns.ts';
import { HIT_CLIENTS, needsRedis, type HitClient } from './hit-clients.ts';
import { startRedis } from './redis.ts';
import { TemporaryFolder } from './temporary-folder.ts';

/** The sizes of the bodies that are stored. */
export type HitSize = '1k' | '64k';

/** What the process of a client is made for, given to it as JSON. */
export interface HitJob {
  readonly client: HitClient;
  readonly url: string;
  readonly concurrency: number;
  readonly answerBytes: number;
  readonly folder: string;
  readonly redisUrl: string | undefined;
}

/** A response may be stored after it was read: those who come next are to find it. */
const STORED_MS = 200;

const CONCURRENCY = 50;

/** Measures what an answer out of each client's store costs. Who asks the server for it a second time makes this fail. */
export async function measureHits(size: HitSize, effort: Effort, place: Place): Promise<readonly Measured<HitClient>[]> {
  const launches: (readonly Measured<HitClient>[])[] = [];
  for (let launch = 1; launch <= effort.launches; launch++) {
    const onProgress = (text: string): void => place.onProgress(`cache-hit-${size}, launch ${launch} of ${effort.launches}: ${text}`);
    launches.push(await measureLaunch(size, effort, { ...place, onProgress }));
  }
  return pooled(launches);
}

/** With a server, a Redis and a folder of their own. */
async function measureLaunch(size: HitSize, effort: Effort, place: Place): Promise<readonly Measured<HitClient>[]> {
  await using server = await startServer(place);
  await using redis = place.redis === undefined ? undefined : await startRedis(place.redis, place.pinning.server);
  using folder = new TemporaryFolder();
  const jobFor = (client: HitClient): HitJob => ({
    client,
    url: `${server.origin}${storablePath(size)}`,
    concurrency: CONCURRENCY,
    answerBytes: SIZES[size],
    folder: join(folder.path, client),
    redisUrl: redis?.url,
  });
  let asked = 0;
  const expectHits = async (client: HitClient): Promise<void> => {
    const found = await storableRequests(server);
    if (found !== asked) throw new Error(`${client} has asked the server ${found - asked + 1} times, expected once`);
  };
  return await takeTurns(
    {
      clients: HIT_CLIENTS.filter((client) => redis !== undefined || !needsRedis(client)),
      start: (client) => {
        asked += 1;
        return startFilled(jobFor(client), place);
      },
      server,
      onWarm: expectHits,
      onWindow: expectHits,
      onProgress: place.onProgress,
    },
    effort,
  );
}

/** @returns its process, once it has stored what it is going to be asked for. */
async function startFilled(job: HitJob, { pinning }: Place): Promise<Child> {
  await mkdir(job.folder);
  const child = new Child(pinning.client, nodeProgram(job.client, new URL('./hit-process.ts', import.meta.url), JSON.stringify(job)));
  try {
    await child.first('ready');
    await child.ask({ kind: 'exchange' }, 'done');
    await delay(STORED_MS);
    await child.ask({ kind: 'exchange' }, 'done');
    return child;
  } catch (error) {
    await child[Symbol.asyncDispose]();
    throw error;
  }
}

async function storableRequests({ child }: RunningServer): Promise<number> {
  return (await child.ask({ kind: 'ask-usage' }, 'usage')).storableRequests;
}
