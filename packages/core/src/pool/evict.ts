import type { PooledConnection } from './slot.ts';

/**
 * Which connection makes room when too many are idle: the one that has been idle the longest, of any route.
 * @param idle All idle connections, the longest idle first.
 */
export function evict(idle: ReadonlySet<PooledConnection>, maxIdleConns: number): PooledConnection | undefined {
  if (maxIdleConns === 0 || idle.size <= maxIdleConns) return undefined;
  return idle.values().next().value;
}
