import type { Connection } from '../contract/connection.ts';
import type { IdleList } from './idle-list.ts';
import type { Dial } from './pending-dials.ts';
import { forget, list, newcomer, type PooledConnection } from './slot.ts';

/** The connections there are, of all routes. */
export class Connections {
  readonly #all = new Map<Connection, PooledConnection>();
  readonly #idle: IdleList;

  constructor(idle: IdleList) {
    this.#idle = idle;
  }

  get size(): number {
    return this.#all.size;
  }

  get(connection: Connection): PooledConnection | undefined {
    return this.#all.get(connection);
  }

  [Symbol.iterator](): MapIterator<Connection> {
    return this.#all.keys();
  }

  /** One that was just opened. What it has room for is at hand at once, where it carries several: who asks for a connection now waits for that. */
  add(connection: Connection, dial: Dial, monotonicMs: number): PooledConnection {
    const pooled = newcomer(dial, connection, monotonicMs);
    this.#all.set(connection, pooled);
    if (pooled.isShared) list(pooled);
    return pooled;
  }

  /** It is closed. Idempotent: it may be closed by the very listener that is told of it. @returns whether it was there. */
  drop(pooled: PooledConnection): boolean {
    const { connection } = pooled;
    if (!this.#all.delete(connection)) return false;
    this.#idle.delete(pooled);
    forget(pooled);
    // At once: what a listener has counted agrees with what is counted here.
    connection.tellClosed();
    return true;
  }
}
