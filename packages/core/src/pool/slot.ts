import type { Connection } from '../contract/connection.ts';
import type { Route } from '../contract/route.ts';
import type { RouteStats } from '../contract/route-stats.ts';
import type { CloseReason } from '../contract/trace-event.ts';
import { pauseLeftMs, type Calm } from './calm.ts';
import type { PoolLimits } from './limits.ts';
import type { Dial } from './pending-dials.ts';
import { WantQueue } from './want-queue.ts';

/** A connection and what the pool knows of it. Only the pool writes here. */
export interface PooledConnection {
  readonly connection: Connection;
  readonly slot: Slot;
  /** Whether it can carry several exchanges at once. */
  readonly isShared: boolean;
  /** When it is too old to be given to anybody, by the clock that never jumps; infinite where it may grow as old as it likes. */
  readonly retireAtMonotonicMs: number;
  /** The dial that opened it, until somebody has got it. */
  dial: Dial | undefined;
  /** Exchanges under way. */
  leases: number;
  /** Those of them that have not begun: the connection does not know of them yet. */
  reserved: number;
  /** Exchanges begun. */
  granted: number;
  hasCarried: boolean;
  /** Whether it is given to nobody any more, while exchanges under way go on. */
  isDraining: boolean;
  /** When it became idle, by the wall clock; infinite while it is not. That clock goes on while the machine sleeps, so that an old connection is seen to be old. */
  idleSinceMs: number;
  /** The same by the clock that never jumps. */
  idleSinceMonotonicMs: number;
  /** Its neighbours in the order of idleness, while it is idle. */
  older: PooledConnection | undefined;
  newer: PooledConnection | undefined;
}

/** What the pool holds for one route. */
export interface Slot {
  readonly route: Route;
  readonly limits: PoolLimits;
  /** Connections that would take an exchange, the most recently used last. */
  readonly ready: PooledConnection[];
  /** How many of its connections carry several exchanges at once, but for those that drain. */
  shared: number;
  /** How many of its connections drain. */
  draining: number;
  /** How many of its connections nobody uses. */
  idle: number;
  /** Whether the last connection that was opened can carry several exchanges: the next one probably can, too. */
  isShared: boolean;
  /** Requests without a connection. */
  readonly wants: WantQueue;
  /** Connections being dialled. */
  dialing: number;
  /** Of these, those which nobody has waited for in vain. */
  promising: number;
  /** Dials begun since there was none, while none has ever opened a connection. */
  firstDials: number;
  /** Connections, those being dialled included. */
  total: number;
  /** What it keeps to since a server has asked for calm, or has turned all away; undefined where none has, or that is forgotten. */
  calm: Calm | undefined;
  readonly tally: Tally;
}

/** What was counted since the slot was made. */
export interface Tally {
  opened: number;
  exchanges: number;
  reused: number;
  readonly closed: Partial<Record<CloseReason, number>>;
}

/** A connection that was just opened, which counts from now on. */
export function newcomer(dial: Dial, connection: Connection, monotonicMs: number): PooledConnection {
  const { slot } = dial;
  const { maxConnLifetimeMs, connLifetimeJitter } = slot.limits;
  const lifetimeMs = maxConnLifetimeMs === 0 ? Infinity : maxConnLifetimeMs * (1 - connLifetimeJitter * Math.random());
  const { isShared } = connection;
  const usage = {
    leases: 0,
    reserved: 0,
    granted: 0,
    hasCarried: false,
    isDraining: false,
    idleSinceMs: Infinity,
    idleSinceMonotonicMs: 0,
    older: undefined,
    newer: undefined,
  };
  if (isShared) slot.shared += 1;
  slot.isShared = isShared;
  slot.tally.opened += 1;
  return { connection, slot, dial, isShared, retireAtMonotonicMs: monotonicMs + lifetimeMs, ...usage };
}

/** Whether it would take another exchange. */
export function hasRoom({ connection, reserved, isDraining }: PooledConnection): boolean {
  return !isDraining && connection.capacity > reserved;
}

/** Puts it at hand as the one used most recently, where it has room: one that carries several stays there for as long as that is so. */
export function list(pooled: PooledConnection): void {
  if (pooled.isShared) unlist(pooled);
  if (hasRoom(pooled)) pooled.slot.ready.push(pooled);
}

/** An exchange is about to begin, of which the connection does not know yet. What room is left stays at hand: the request may ask for another from within. */
export function reserve(pooled: PooledConnection): void {
  pooled.reserved += 1;
  if (pooled.isShared) list(pooled);
  else unlist(pooled);
}

/** It is not at hand any more. */
function unlist(pooled: PooledConnection): void {
  const { ready } = pooled.slot;
  // It nearly always is the last or, where those that have been idle the longest are closed, the first.
  const at = ready[0] === pooled ? 0 : ready.lastIndexOf(pooled);
  if (at === ready.length - 1) ready.pop();
  else if (at !== -1) ready.splice(at, 1);
}

/** It is given to nobody any more. */
export function drain(pooled: PooledConnection): void {
  unlist(pooled);
  // One that is closed is not counted any more, or will not be soon.
  if (pooled.isDraining || pooled.connection.closeReason !== undefined) return;
  pooled.isDraining = true;
  pooled.slot.draining += 1;
  if (pooled.isShared) pooled.slot.shared -= 1;
}

/** It is closed. */
export function forget(pooled: PooledConnection): void {
  const { slot } = pooled;
  unlist(pooled);
  slot.total -= 1;
  if (pooled.isDraining) slot.draining -= 1;
  else if (pooled.isShared) slot.shared -= 1;
  tallyClosed(slot, pooled.connection.closeReason);
}

/** Whether it may have no more connections. */
export function isAtLimit({ limits, total }: Pick<Slot, 'limits' | 'total'>): boolean {
  return limits.maxConnsPerHost > 0 && total >= limits.maxConnsPerHost;
}

function tallyClosed({ tally }: Slot, reason: CloseReason | undefined): void {
  if (reason !== undefined) tally.closed[reason] = (tally.closed[reason] ?? 0) + 1;
}

/** Whether it had carried an exchange, or others are under way, before the one that was granted last. */
export function isReused({ hasCarried, leases }: Pick<PooledConnection, 'hasCarried' | 'leases'>): boolean {
  return hasCarried || leases > 1;
}

/** Whether it has carried no exchange, and carries none. */
export function isUnused({ hasCarried, leases }: Pick<PooledConnection, 'hasCarried' | 'leases'>): boolean {
  return !hasCarried && leases === 0;
}

/** A slot without anything in it. */
export function emptySlot(route: Route, limits: PoolLimits): Slot {
  return {
    route,
    limits,
    ready: [],
    shared: 0,
    draining: 0,
    idle: 0,
    isShared: limits.isSharedFirst,
    wants: new WantQueue(),
    dialing: 0,
    promising: 0,
    firstDials: 0,
    total: 0,
    calm: undefined,
    tally: { opened: 0, exchanges: 0, reused: 0, closed: {} },
  };
}

/** A slot as its owner's owner may see it. */
export function statsOf(slot: Slot, monotonicMs: number): RouteStats {
  const { dialing, total, idle, tally } = slot;
  const open = total - dialing;
  const { opened, exchanges, reused } = tally;
  const counted = { opened, exchanges, reused, closed: { ...tally.closed } };
  const { origin, proxy } = slot.route;
  const backingOffMs = pauseLeftMs(slot.calm, monotonicMs);
  return {
    origin: origin.key,
    ...(proxy === undefined ? {} : { proxy: proxy.name }),
    dialing,
    open,
    idle,
    busy: open - idle,
    waiting: slot.wants.size,
    ...(backingOffMs === 0 ? {} : { backingOffMs }),
    ...counted,
  };
}
