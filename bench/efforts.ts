import type { SlowPlan } from './messages.ts';
import { groupOf, type PartName } from './parts.ts';
import type { Effort } from './turns.ts';

export type EffortName = 'quick' | 'default' | 'full';

interface Efforts {
  /** GET of 1 KiB over plain TCP, which the other figures lean on: many processes of each, since some clients have more than one speed, process by process. */
  readonly smallGet: Effort;
  /** Of a larger body. */
  readonly get: Effort;
  readonly exchange: Effort;
  /** GET over HTTP/2: there are more clients to it that are slow to warm up, and four works. */
  readonly http2Get: Effort;
  /** Short windows and many: what is looked for is small. */
  readonly cost: Effort;
  /** As `cost`, but longer: to collect the garbage of what was stored falls on few requests. */
  readonly miss: Effort;
  /** Hits of caches, a dozen µs each: their windows hold many. */
  readonly hit: Effort;
  /** Each launch begins with filling stores, which takes longer than what comes then. Long windows, as for `miss`. */
  readonly many: Effort;
  readonly slow: SlowPlan;
  /** How often a process is started whose memory is looked at, with streams and connections that it holds over HTTP/2. */
  readonly heldLaunches: number;
}

const EFFORTS: Readonly<Record<EffortName, Efforts>> = {
  quick: {
    smallGet: { launches: 1, rounds: 2, warmUpMs: 300, windowMs: 100 },
    get: { launches: 1, rounds: 2, warmUpMs: 300, windowMs: 100 },
    exchange: { launches: 1, rounds: 2, warmUpMs: 300, windowMs: 100 },
    http2Get: { launches: 1, rounds: 2, warmUpMs: 300, windowMs: 100 },
    cost: { launches: 1, rounds: 4, warmUpMs: 400, windowMs: 40 },
    miss: { launches: 1, rounds: 4, warmUpMs: 400, windowMs: 60 },
    hit: { launches: 1, rounds: 2, warmUpMs: 300, windowMs: 100 },
    many: { launches: 1, rounds: 2, warmUpMs: 300, windowMs: 200 },
    slow: { everyMs: 5, slowMs: 600, pauseMs: 300 },
    heldLaunches: 1,
  },
  default: {
    smallGet: { launches: 3, rounds: 2, warmUpMs: 1_000, windowMs: 300 },
    get: { launches: 1, rounds: 3, warmUpMs: 1_000, windowMs: 300 },
    exchange: { launches: 1, rounds: 3, warmUpMs: 700, windowMs: 300 },
    http2Get: { launches: 1, rounds: 3, warmUpMs: 700, windowMs: 300 },
    cost: { launches: 1, rounds: 10, warmUpMs: 1_000, windowMs: 80 },
    miss: { launches: 1, rounds: 8, warmUpMs: 1_000, windowMs: 200 },
    hit: { launches: 1, rounds: 3, warmUpMs: 700, windowMs: 200 },
    many: { launches: 1, rounds: 3, warmUpMs: 700, windowMs: 600 },
    slow: { everyMs: 5, slowMs: 1_500, pauseMs: 500 },
    heldLaunches: 3,
  },
  // Slow clients gain 20 % with warm-up.
  full: {
    smallGet: { launches: 9, rounds: 2, warmUpMs: 2_000, windowMs: 300 },
    get: { launches: 4, rounds: 4, warmUpMs: 2_000, windowMs: 300 },
    exchange: { launches: 2, rounds: 4, warmUpMs: 1_000, windowMs: 300 },
    http2Get: { launches: 3, rounds: 3, warmUpMs: 1_500, windowMs: 300 },
    cost: { launches: 3, rounds: 20, warmUpMs: 1_400, windowMs: 80 },
    miss: { launches: 3, rounds: 10, warmUpMs: 1_400, windowMs: 200 },
    hit: { launches: 3, rounds: 3, warmUpMs: 1_500, windowMs: 300 },
    many: { launches: 2, rounds: 4, warmUpMs: 1_500, windowMs: 1_000 },
    slow: { everyMs: 5, slowMs: 2_000, pauseMs: 1_000 },
    heldLaunches: 5,
  },
};

/** How long a part is measured. */
export function effortFor(part: PartName, name: EffortName): Effort {
  const { smallGet, get, exchange, http2Get, cost, miss, hit, many } = EFFORTS[name];
  switch (groupOf(part)) {
    case 'cost':
      return cost;
    case 'cache-miss':
      return miss;
    case 'cache-hit':
      return hit;
    case 'cache-many':
      return many;
    case 'get':
      return part === 'get-1k' ? smallGet : get;
    case 'h2-get':
      return http2Get;
    default:
      return exchange;
  }
}

export function slowPlanFor(name: EffortName): SlowPlan {
  return EFFORTS[name].slow;
}

export function heldLaunchesFor(name: EffortName): number {
  return EFFORTS[name].heldLaunches;
}
