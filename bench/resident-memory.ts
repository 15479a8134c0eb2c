import { setTimeout as delay } from 'node:timers/promises';

const SETTLE_MS = 200;
const TRIES = 3;

/**
 * Bytes resident once the garbage is collected: the least of a few looks, as memory is given back to the system some time after it is free.
 * @param collect How: by {@link giveMemoryBack} for what is to stay as it is, by {@link collectGarbage} for what goes on.
 */
export async function settledRssBytes(collect: () => void): Promise<number> {
  let least = Infinity;
  for (let tries = 0; tries < TRIES; tries++) {
    collect();
    await delay(SETTLE_MS);
    least = Math.min(least, process.memoryUsage.rss());
  }
  return least;
}

export function collectGarbage(): void {
  collector()();
}

/**
 * Collects it and gives the system back what V8 keeps for what may come, as Go's client does with `debug.FreeOSMemory`: the space for young objects grows by up to
 * 18 MiB while many are made, or not at all, as chance has it, and stays so when they are gone.
 */
export function giveMemoryBack(): void {
  collector()({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

function collector(): NonNullable<typeof globalThis.gc> {
  if (globalThis.gc === undefined) throw new Error('this process was started without --expose-gc');
  return globalThis.gc;
}
