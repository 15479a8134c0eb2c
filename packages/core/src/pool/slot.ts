import type { Connection } from '../contract/connection.ts';
import type { Route } from '../contract/route.ts';
import type { RouteStats } from '../contract/route-stats.ts';
import type { CloseReason } from '../contract/trace-event.ts';
import type { PoolLimits } from './limits.ts';
import { reasonToRetire } from './retire.ts';
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
  /** Those of its connections that carry several exchanges at once, but for those that take none any more. */
  readonly shared: Set<PooledConnection>;
  /** Whether the last connection that was opened can carry several exchanges: the next one probably can, too. */
  isShared: boolean;
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

/** A connection that was just opened. */
export function newcomer(slot: Slot, connection: Connection, monotonicMs: number): PooledConnection {
  const { maxConnLifetimeMs, connLifetimeJitter } = slot.limits;
  const lifetimeMs = maxConnLifetimeMs === 0 ? Infinity : maxConnLifetimeMs * (1 - connLifetimeJitter * Math.random());
  const usage = { leases: 0, granted: 0, hasCarried: false, idleSinceMs: 0, idleSinceMonotonicMs: 0 };
  const pooled: PooledConnection = { connection, slot, retireAtMonotonicMs: monotonicMs + lifetimeMs, ...usage };
  slot.isShared = connection.isShared;
  if (connection.isShared) slot.shared.add(pooled);
  return pooled;
}

/** Puts it at hand, where it would take an exchange: one that carries several stays there for as long as it has room. */
export function list(pooled: PooledConnection, monotonicMs: number): void {
  const { ready } = pooled.slot;
  if (pooled.connection.capacity === 0 || ready.lastIndexOf(pooled) !== -1) return;
  if (reasonToRetire(pooled, monotonicMs) === undefined) ready.push(pooled);
}

/** It is not at hand any more. */
export function unlist(pooled: PooledConnection): void {
  const { ready } = pooled.slot;
  // It nearly always is the last or, where those that have been idle the longest are closed, the first.
  const at = ready[0] === pooled ? 0 : ready.lastIndexOf(pooled);
  if (at === ready.length - 1) ready.pop();
  else if (at !== -1) ready.splice(at, 1);
}

export function tallyClosed({ tally }: Slot, reason: CloseReason | undefined): void {
  if (reason !== undefined) tally.closed[reason] = (tally.closed[reason] ?? 0) + 1;
}

/** Whether it had carried an exchange, or others are under way, before the one that was granted last. */
export function isReused({ hasCarried, leases }: Pick<PooledConnection, 'hasCarried' | 'leases'>): boolean {
  return hasCarried || leases > 1;
}

/** A slot without anything in it. */
export function emptySlot(route: Route, limits: PoolLimits): Slot {
  return {
    route,
    limits,
    ready: [],
    shared: new Set(),
    isShared: false,
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
