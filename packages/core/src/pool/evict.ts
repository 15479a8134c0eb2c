import type { PoolLimits } from './limits.ts';
import type { PooledConnection } from './slot.ts';

/**
 * Which connection makes room when too many are idle: the one that has been idle the longest, of any route.
 * @param idle All idle connections, the longest idle first.
 */
export function evict(idle: ReadonlySet<PooledConnection>, limits: PoolLimits): PooledConnection | undefined {
  if (limits.maxIdleConns === 0 || idle.size <= limits.maxIdleConns) return undefined;
  return idle.values().next().value;
}
