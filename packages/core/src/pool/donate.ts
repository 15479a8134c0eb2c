import { tellDonated } from './pool-events.ts';
import type { PooledConnection } from './slot.ts';

/** A connection is idle that nobody has had: unless the request that dialled it waits still, because it takes nothing yet, it is anybody's now. */
export function donateToPool(pooled: PooledConnection): void {
  const { dial, slot, connection } = pooled;
  if (dial === undefined || (dial.begunBy !== undefined && slot.wants.has(dial.begunBy))) return;
  pooled.dial = undefined;
  tellDonated(dial, connection, 'pool');
}
