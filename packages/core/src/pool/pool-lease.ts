import type { Connection, Lease } from '../contract/connection.ts';
import type { TraceListener } from '../contract/trace-event.ts';
import { isReused, type PooledConnection } from './slot.ts';

/** Who gets a lease back. */
export interface LeaseOwner {
  release(pooled: PooledConnection, trace: TraceListener | undefined, wasUsed: boolean): void;
}

/** A connection that is asked again at once, as one that is always busy is, need not wait for a turn of the event loop: that would cost a GET one microsecond in ten. */
const MOMENT_MS = 2;

/** Whether a connection was idle before it was leased, and for more than a moment. */
export type Rest = 'none' | 'short' | 'long';

/** Of one that is idle. Where a clock was set back nobody knows for how long. */
export function restOf({ idleSinceMs }: Pick<PooledConnection, 'idleSinceMs'>, nowMs: number): Rest {
  const idleMs = nowMs - idleSinceMs;
  return idleMs >= 0 && idleMs < MOMENT_MS ? 'short' : 'long';
}

/** A lease of a pool's connection, given back to that pool. */
export class PoolLease implements Lease {
  readonly connection: Connection;
  readonly isReused: boolean;
  readonly wasIdle: boolean;
  readonly needsLook: boolean;
  readonly #owner: LeaseOwner;
  readonly #pooled: PooledConnection;
  readonly #trace: TraceListener | undefined;
  #isReleased = false;

  constructor(owner: LeaseOwner, pooled: PooledConnection, trace: TraceListener | undefined, rest: Rest) {
    this.connection = pooled.connection;
    this.isReused = isReused(pooled);
    this.wasIdle = rest !== 'none';
    this.needsLook = rest === 'long';
    this.#owner = owner;
    this.#pooled = pooled;
    this.#trace = trace;
  }

  release(wasUsed = true): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#owner.release(this.#pooled, this.#trace, wasUsed);
  }
}
