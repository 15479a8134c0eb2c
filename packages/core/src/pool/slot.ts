import type { Connection } from '../contract/connection.ts';
import type { Route } from '../contract/route.ts';
import { WantQueue } from './want-queue.ts';

/** A connection and what the pool knows of it. Only the pool writes here. */
export interface PooledConnection {
  readonly connection: Connection;
  readonly slot: Slot;
  /** Exchanges under way. */
  leases: number;
  hasCarried: boolean;
  /** When it became idle, by the wall clock. It goes on while the machine sleeps, so that an old connection is seen to be old. */
  idleSinceMs: number;
  /** The same by the clock that never jumps. */
  idleSinceMonotonicMs: number;
}

/** What the pool holds for one route. */
export interface Slot {
  readonly route: Route;
  /** Connections that would take an exchange, the most recently used last. */
  readonly ready: PooledConnection[];
  /** Requests without a connection. */
  readonly wants: WantQueue;
  /** Connections being dialled. */
  dialing: number;
  /** Connections, those being dialled included. */
  total: number;
}

/** A slot without anything in it. */
export function emptySlot(route: Route): Slot {
  return { route, ready: [], wants: new WantQueue(), dialing: 0, total: 0 };
}
