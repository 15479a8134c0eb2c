import type { Connection, Lease } from '../contract/connection.ts';
import type { TraceListener } from '../contract/trace-event.ts';
import { isReused, type PooledConnection } from './slot.ts';

/** Who gets a lease back. */
export interface LeaseOwner {
  release(pooled: PooledConnection, trace: TraceListener | undefined, wasUsed: boolean): void;
}

/** A lease of a pool's connection, given back to that pool. */
export class PoolLease implements Lease {
  readonly connection: Connection;
  readonly isReused: boolean;
  readonly wasIdle: boolean;
  readonly #owner: LeaseOwner;
  readonly #pooled: PooledConnection;
  readonly #trace: TraceListener | undefined;
  #isReleased = false;

  constructor(owner: LeaseOwner, pooled: PooledConnection, trace: TraceListener | undefined, wasIdle: boolean) {
    this.connection = pooled.connection;
    this.isReused = isReused(pooled);
    this.wasIdle = wasIdle;
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
