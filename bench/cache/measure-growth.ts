import { SIZES, storablePath } from '../answers.ts';
import { startServer, type Place } from '../place.ts';
import type { Filled } from './filled-store.ts';
import { fillStore, startStore } from './store-child.ts';
import type { StoreJob } from './store-job.ts';

/** By how much a process has grown with a store in memory, and what the store says of itself. */
export interface MeasuredGrowth extends Pick<Filled, 'entries' | 'bytes' | 'maxBytes' | 'evictions'> {
  /** What of the heap and of buffers is in use, less what was with an empty store: what the store's bytes are to be like. */
  readonly liveGrownBytes: number;
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
export async function measureGrowth({ responses, settleMs }: GrowthPlan, place: Place): Promise<readonly MeasuredGrowth[]> {
  const exactly = await measureStore({ responses, settleMs, fills: 2, maxBytes: undefined }, place);
  const maxBytes = Math.min(DEFAULT_MAX_BYTES, responses * SIZES['1k']);
  return [...exactly, ...(await measureStore({ responses, settleMs, fills: 1, maxBytes }, place))];
}

export interface GrowthPlan {
  readonly responses: number;
  /** How long a process is left alone before it is looked how large it is. */
  readonly settleMs: number;
}

interface StorePlan extends GrowthPlan {
  /** How often so many come. */
  readonly fills: number;
  readonly maxBytes: number | undefined;
}

async function measureStore({ responses, settleMs, fills, maxBytes }: StorePlan, place: Place): Promise<readonly MeasuredGrowth[]> {
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
  const empty = await child.ask({ kind: 'ask-resident', settleMs }, 'resident');
  const measured: MeasuredGrowth[] = [];
  for (let fill = 0; fill < fills; fill++) {
    const { entries, bytes, maxBytes: allowed, evictions } = await fillStore(child, responses);
    const { rssBytes, peakRssBytes, liveBytes } = await child.ask({ kind: 'ask-resident', settleMs }, 'resident');
    measured.push({
      entries,
      bytes,
      maxBytes: allowed,
      evictions,
      liveGrownBytes: liveBytes - empty.liveBytes,
      grownBytes: rssBytes - empty.rssBytes,
      peakGrownBytes: peakRssBytes - empty.rssBytes,
    });
  }
  return measured;
}
