import type { Connection, Lease } from '../contract/connection.ts';
import type { TraceListener } from '../contract/trace-event.ts';
import { isReused, type PooledConnection } from './slot.ts';

/** Who gets a lease back. */
export interface LeaseOwner {
  release(pooled: PooledConnection, trace: TraceListener | undefined, wasUsed: boolean): void;
}

/** A connection that is asked again at once, as one that is always busy is, need not wait for a turn of the event loop: that would cost a GET one microsecond in ten. */
const MOMENT_MS = 2;

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

  /** @param idleMs For how long it was idle; undefined where it was not. */
  constructor(owner: LeaseOwner, pooled: PooledConnection, trace: TraceListener | undefined, idleMs: number | undefined) {
    this.connection = pooled.connection;
    this.isReused = isReused(pooled);
    this.wasIdle = idleMs !== undefined;
    // Also where a clock was set back.
    this.needsLook = idleMs !== undefined && !(idleMs >= 0 && idleMs < MOMENT_MS);
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
