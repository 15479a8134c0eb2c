import { Child, nodeProgram } from '../child.ts';
import type { Place } from '../place.ts';
import type { Filled } from './filled-store.ts';
import type { StoreJob } from './store-job.ts';

/** How many responses are asked for at once: a process may be silent for a minute only. */
const FILLED_AT_ONCE = 10_000;

/** Starts the process of a cache with nothing in it yet. */
export async function startStore(name: string, job: StoreJob, { pinning }: Pick<Place, 'pinning'>): Promise<Child> {
  const child = new Child(pinning.client, nodeProgram(name, new URL('./store-process.ts', import.meta.url), JSON.stringify(job)));
  try {
    await child.first('ready');
    return child;
  } catch (error) {
    await child[Symbol.asyncDispose]();
    throw error;
  }
}

/** Has a cache ask for so many URLs that it was not asked for yet. */
export async function fillStore(child: Child, responses: number): Promise<Filled> {
  for (let left = responses; left > FILLED_AT_ONCE; left -= FILLED_AT_ONCE) {
    await child.ask({ kind: 'fill', responses: FILLED_AT_ONCE }, 'filled');
  }
  return child.ask({ kind: 'fill', responses: responses % FILLED_AT_ONCE === 0 ? FILLED_AT_ONCE : responses % FILLED_AT_ONCE }, 'filled');
}
