import { setTimeout as delay } from 'node:timers/promises';

const SETTLE_MS = 200;
const TRIES = 3;

/** Bytes resident once the garbage is collected: the least of a few looks, as memory is given back to the system some time after it is free. */
export async function settledRssBytes(): Promise<number> {
  let least = Infinity;
  for (let tries = 0; tries < TRIES; tries++) {
    collectGarbage();
    await delay(SETTLE_MS);
    least = Math.min(least, process.memoryUsage.rss());
  }
  return least;
}

export function collectGarbage(): void {
  if (globalThis.gc === undefined) throw new Error('this process was started without --expose-gc');
  globalThis.gc();
}
