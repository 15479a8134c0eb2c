import type { Connection } from '../contract/connection.ts';
import type { Route } from '../contract/route.ts';
import type { RouteStats } from '../contract/route-stats.ts';
import type { CloseReason } from '../contract/trace-event.ts';
import type { PoolLimits } from './limits.ts';
import { WantQueue } from './want-queue.ts';

/** A connection and what the pool knows of it. Only the pool writes here. */
export interface PooledConnection {
  readonly connection: Connection;
  readonly slot: Slot;
  /** When it is too old to be given to anybody, by the clock that never jumps; infinite where it may grow as old as it likes. */
  readonly retireAtMonotonicMs: number;
  /** Exchanges under way. */
  leases: number;
  /** Exchanges begun. */
  granted: number;
  hasCarried: boolean;
  /** When it became idle, by the wall clock. It goes on while the machine sleeps, so that an old connection is seen to be old. */
  idleSinceMs: number;
  /** The same by the clock that never jumps. */
  idleSinceMonotonicMs: number;
}

/** What the pool holds for one route. */
export interface Slot {
  readonly route: Route;
  readonly limits: PoolLimits;
  /** Connections that would take an exchange, the most recently used last. */
  readonly ready: PooledConnection[];
  /** Requests without a connection. */
  readonly wants: WantQueue;
  /** Connections being dialled. */
  dialing: number;
  /** Connections, those being dialled included. */
  total: number;
  readonly tally: Tally;
}

/** What was counted since the slot was made. */
export interface Tally {
  opened: number;
  exchanges: number;
  reused: number;
  readonly closed: Partial<Record<CloseReason, number>>;
}

/** A slot without anything in it. */
export function emptySlot(route: Route, limits: PoolLimits): Slot {
  return {
    route,
    limits,
    ready: [],
    wants: new WantQueue(),
    dialing: 0,
    total: 0,
    tally: { opened: 0, exchanges: 0, reused: 0, closed: {} },
  };
}

/** A slot as its owner's owner may see it. */
export function statsOf(slot: Slot): RouteStats {
  const { dialing, total, tally } = slot;
  const open = total - dialing;
  const idle = idleCount(slot);
  const { opened, exchanges, reused } = tally;
  const counted = { opened, exchanges, reused, closed: { ...tally.closed } };
  const { origin, proxy } = slot.route;
  return {
    origin: origin.key,
    ...(proxy === undefined ? {} : { proxy: proxy.name }),
    dialing,
    open,
    idle,
    busy: open - idle,
    waiting: slot.wants.size,
    ...counted,
  };
}

/** How many of its connections nobody uses. */
export function idleCount({ ready }: Pick<Slot, 'ready'>): number {
  return ready.reduce((count, { leases }) => (leases === 0 ? count + 1 : count), 0);
}
