import type { PooledConnection } from './slot.ts';

/**
 * Which connection makes room when too many are idle: the one that has been idle the longest, of any route.
 * @param idle How many are idle, and which of them has been so the longest.
 */
export function evict(idle: IdleConnections, maxIdleConns: number): PooledConnection | undefined {
  return maxIdleConns === 0 || idle.size <= maxIdleConns ? undefined : idle.oldest;
}

/** What the choice is made from. */
export interface IdleConnections {
  readonly size: number;
  readonly oldest: PooledConnection | undefined;
}
