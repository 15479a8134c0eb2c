import { BLOCKS } from './blocks.ts';
import { CONNECTIONS } from './connections.ts';
import { FRAMES } from './frames.ts';
import { RESPONSES } from './responses.ts';
import type { FuzzTarget } from './target.ts';

/** All that `npm run fuzz` can fuzz; the one that owns any sample comes last. */
const TARGETS: readonly FuzzTarget[] = [FRAMES, BLOCKS, CONNECTIONS, RESPONSES];

/** @throws TypeError when there is none of that name. */
export function targetNamed(name: string): FuzzTarget {
  const target = TARGETS.find((each) => each.name === name);
  if (target !== undefined) return target;
  throw new TypeError(`--target is ${JSON.stringify(name)}: expected one of ${TARGETS.map((each) => each.name).join(', ')}`);
}

/** The target that a sample was made for. */
export function targetOf(method: string): FuzzTarget {
  return TARGETS.find(({ owns }) => owns(method)) ?? RESPONSES;
}
