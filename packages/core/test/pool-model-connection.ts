import type { PoolLimits } from '../src/pool/limits.ts';
import type { Needs } from '../src/pool/want.ts';

/** A connection as the model of a pool sees it. */
export interface ModelConnection {
  readonly id: number;
  readonly route: string;
  /** Whether it can carry several exchanges at once. */
  readonly isShared: boolean;
  readonly retireAtMs: number;
  /** How many exchanges it carries at most. */
  max: number;
  /** How many it carries. */
  carried: number;
  granted: number;
  hasCarried: boolean;
  /** Whether it is given to nobody any more. */
  isDraining: boolean;
  asksForCalm: boolean;
  /** Whether its peer has said that it does not look at some of what it was asked; and whether that was heard. */
  hasTurnedAway: boolean;
  isHeard: boolean;
  /** When it was used last, by a count. */
  usedAt: number;
  idleSince: { readonly wallMs: number; readonly monotonicMs: number };
}

/** What is counted for one route now. */
export interface RouteCounts {
  readonly open: number;
  readonly idle: number;
  readonly dialing: number;
  readonly waiting: number;
}

/** What a dial comes to. */
export interface Dialed {
  /** How many exchanges the connection carries at once; undefined for one that carries them one after another. */
  readonly streams: number | undefined;
  /** Whether it is closed again before the pool sees it. */
  readonly isDead: boolean;
}

/** Whose turn it is when a connection has room. */
export type NextInTurn = 'hand-over' | 'make-room' | 'nobody';

const NEVER = { wallMs: 0, monotonicMs: 0 };

/** For how long the peer of a connection says that it holds it idle: every third says so, if it is none that carries several exchanges. */
export function peerIdleTimeoutMs(connectionId: number, isShared: boolean): number | undefined {
  return connectionId % 3 === 0 && !isShared ? 500 : undefined;
}

/** @param streams How many exchanges it carries at once; undefined for one that carries them one after another. */
export function openedConnection(id: number, route: string, streams: number | undefined, retireAtMs: number): ModelConnection {
  const usage = { carried: 0, granted: 0, hasCarried: false, isDraining: false, usedAt: 0, idleSince: NEVER };
  const words = { asksForCalm: false, hasTurnedAway: false, isHeard: false };
  return { id, route, isShared: streams !== undefined, retireAtMs, max: streams ?? 1, ...usage, ...words };
}

/** Whether it is of no use to anybody. */
export function turnsAway({ hasCarried, hasTurnedAway, max }: ModelConnection): boolean {
  return !hasCarried && (hasTurnedAway || max === 0);
}

export function hasRoom({ isDraining, carried, max }: ModelConnection): boolean {
  return !isDraining && carried < max;
}

/** How many connections to open for `count` of them to be at hand. */
export function missing(count: number, open: readonly ModelConnection[], dialing: number, limits: PoolLimits): number {
  const room = limits.maxConnsPerHost === 0 ? count : limits.maxConnsPerHost - open.length - dialing;
  return Math.max(0, Math.min(mostIdle(limits, count) - open.filter(hasRoom).length - dialing, room));
}

/** How many of `count` may be idle at most. */
function mostIdle({ maxIdleConns, maxIdleConnsPerHost }: PoolLimits, count: number): number {
  return maxIdleConnsPerHost < 0 ? 0 : Math.min(maxIdleConnsPerHost || count, maxIdleConns || count, count);
}

/** Of the connections that are open and those of them that are idle the one to serve a request that has just come. */
export function chooseFor(
  { needs }: { readonly needs: Needs },
  open: readonly ModelConnection[],
  idle: readonly ModelConnection[],
): ModelConnection | undefined {
  if (needs === 'unused') return undefined;
  const shared = leastLoaded(open.filter((each) => each.isShared && hasRoom(each)));
  return shared ?? (needs === 'fresh' ? undefined : idle.findLast((each) => !each.isShared));
}

/** The one to be closed for a request that needs another: the one used least recently. */
export function oldestInTheWay({ needs }: { readonly needs: Needs }, idle: readonly ModelConnection[]): ModelConnection | undefined {
  if (needs === 'any') return undefined;
  const inTheWay = idle.filter((each) => hasRoom(each) && (needs === 'unused' || !each.isShared));
  return inTheWay.toSorted((one, other) => one.usedAt - other.usedAt)[0];
}

/** What `next` means of several that have room: the one with the fewest exchanges; of several such the one used last. */
function leastLoaded(connections: readonly ModelConnection[]): ModelConnection | undefined {
  return connections.toSorted((one, other) => one.carried - other.carried || other.usedAt - one.usedAt)[0];
}

/** Why it is given to nobody any more, if it is not for its peer. */
export function reasonToRetire({ granted, retireAtMs }: ModelConnection, nowMs: number, limits: PoolLimits): string | undefined {
  const { keepsAlive, maxRequestsPerConn } = limits;
  if (!keepsAlive && granted > 0) return 'keep-alives-disabled';
  if (maxRequestsPerConn > 0 && granted >= maxRequestsPerConn) return 'max-requests-per-conn';
  return nowMs >= retireAtMs ? 'max-conn-lifetime' : undefined;
}

/** Ours, or the peer's where that is shorter. */
export function idleTimeoutMs({ id, isShared }: ModelConnection, { idleConnTimeoutMs }: PoolLimits): number {
  return Math.min(idleConnTimeoutMs === 0 ? Infinity : idleConnTimeoutMs, peerIdleTimeoutMs(id, isShared) ?? Infinity);
}

/** Until when it stays, if nobody uses it, by the clock that never jumps. */
export function idleUntilMs(connection: ModelConnection, limits: PoolLimits): number {
  return Math.min(connection.idleSince.monotonicMs + idleTimeoutMs(connection, limits), connection.retireAtMs);
}

export function idleReason(connection: ModelConnection, limits: PoolLimits): string {
  return idleTimeoutMs(connection, limits) === limits.idleConnTimeoutMs ? 'idle-timeout' : 'server-idle-timeout';
}

/** Whether it will do for a request: one that carries several exchanges is not the one that was stale. */
export function isServedBy({ needs }: { readonly needs: Needs }, connection: ModelConnection): boolean {
  return needs === 'any' || isUnused(connection) || (needs === 'fresh' && connection.isShared);
}

/** Whether it has carried no exchange, and carries none. */
function isUnused({ hasCarried, carried }: ModelConnection): boolean {
  return !hasCarried && carried === 0;
}

export function on<Item extends { readonly route: string }>(items: readonly Item[], route: string): Item[] {
  return items.filter((item) => item.route === route);
}
