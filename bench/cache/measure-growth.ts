import { SIZES, storablePath } from '../answers.ts';
import type { Child } from '../child.ts';
import { startServer, type Place } from '../place.ts';
import { fillStore, startStore, type Filled } from './store-child.ts';
import type { StoreJob } from './store-job.ts';

/** By how much a process has grown with a store in memory, and what the store says of itself. */
export interface MeasuredGrowth extends Pick<Filled, 'entries' | 'bytes' | 'maxBytes' | 'evictions'> {
  /** What is resident once garbage is collected, less what was with an empty store. */
  readonly grownBytes: number;
  /** The most that was resident so far, garbage and all, less the same. */
  readonly peakGrownBytes: number;
}

const CONCURRENCY = 50;

/** Of the responses with which code is compiled and buffers are made before anything is measured. */
const WARM_UP_SHARE = 0.1;

/** What a memory store takes where nobody says anything else. */
const DEFAULT_MAX_BYTES = 67_108_864;

/**
 * Measures what so many responses of 1 KiB take in a store that has room for them and no more, then what as many again leave of it, each of which has another go;
 * and what they take in a store as it is by itself, from which they have to go.
 */
export async function measureGrowth(responses: number, place: Place): Promise<readonly MeasuredGrowth[]> {
  const exactly = await measureStore({ responses, fills: 2, maxBytes: undefined }, place);
  const bounded = await measureStore({ responses, fills: 1, maxBytes: Math.min(DEFAULT_MAX_BYTES, responses * SIZES['1k']) }, place);
  return [...exactly, ...bounded];
}

interface GrowthPlan {
  readonly responses: number;
  /** How often so many come. */
  readonly fills: number;
  readonly maxBytes: number | undefined;
}

async function measureStore({ responses, fills, maxBytes }: GrowthPlan, place: Place): Promise<readonly MeasuredGrowth[]> {
  await using server = await startServer(place);
  const job: StoreJob = {
    store: 'memory',
    exchange: 'miss',
    entries: responses,
    maxBytes,
    url: `${server.origin}${storablePath('1k')}`,
    concurrency: CONCURRENCY,
    answerBytes: SIZES['1k'],
    folder: '',
  };
  place.onProgress(`cache-memory: ${responses} responses in ${maxBytes === undefined ? 'room for them' : `${maxBytes} bytes`}`);
  await using child = await startStore('a store in memory', job, place);
  await fillStore(child, Math.ceil(responses * WARM_UP_SHARE));
  await child.ask({ kind: 'clear' }, 'done');
  const { rssBytes: beforeBytes } = await child.ask({ kind: 'ask-resident' }, 'resident');
  const measured: MeasuredGrowth[] = [];
  for (let fill = 0; fill < fills; fill++) measured.push(await measureFill(child, responses, beforeBytes));
  return measured;
}

async function measureFill(child: Child, responses: number, beforeBytes: number): Promise<MeasuredGrowth> {
  const { entries, bytes, maxBytes, evictions } = await fillStore(child, responses);
  const { rssBytes, peakRssBytes } = await child.ask({ kind: 'ask-resident' }, 'resident');
  return { entries, bytes, maxBytes, evictions, grownBytes: rssBytes - beforeBytes, peakGrownBytes: peakRssBytes - beforeBytes };
}
