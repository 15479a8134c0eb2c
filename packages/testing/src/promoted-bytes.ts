import { getHeapSpaceStatistics } from 'node:v8';

const TURNS = 5_000;
const TURNS_BETWEEN = 500;

/**
 * How many bytes `turn`, called again and again, leaves for the next major collection to find: all that it makes is garbage soon after, and minor collections find it, unless something
 * old that has gone still leads to it. A Map or Set that each turn puts something into and takes it out of does so, since it makes itself anew again and again, and each leads to the next.
 * Needs `--expose-gc`.
 */
export function promotedBytes(turn: () => void): number {
  const collect = globalThis.gc;
  if (collect === undefined) throw new Error('expected node to run with --expose-gc');
  for (let count = 0; count < TURNS; count++) turn();
  // Twice: what is in use is old after that.
  collect();
  collect();
  const before = oldBytes();
  for (let count = 0; count < TURNS; count++) {
    turn();
    if (count % TURNS_BETWEEN === 0) collect({ type: 'minor' });
  }
  return oldBytes() - before;
}

function oldBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space')?.space_used_size ?? 0;
}
