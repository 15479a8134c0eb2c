import type { CloseReason } from '../contract/trace-event.ts';
import type { PoolLimits } from './limits.ts';
import type { PooledConnection, Slot } from './slot.ts';
import type { Want } from './want.ts';

/** What becomes of a connection that has room again. */
export type Settlement =
  /** It is closed already. */
  | { readonly kind: 'gone'; readonly reason: CloseReason }
  | { readonly kind: 'close'; readonly reason: CloseReason }
  /** The first that waits gets it. */
  | { readonly kind: 'hand-over' }
  /** It becomes idle. */
  | { readonly kind: 'keep' }
  /** It has other exchanges under way, or no room. */
  | { readonly kind: 'stay' };

/** What the pool is about to do with all its connections. */
export type PoolMode = 'open' | 'closing-idle' | 'closed';

const HAND_OVER: Settlement = { kind: 'hand-over' };
const KEEP: Settlement = { kind: 'keep' };
const STAY: Settlement = { kind: 'stay' };

/** Go's tryPutIdleConn, in its order: who waits comes before any limit on what is idle. */
export function settle(pooled: PooledConnection, slot: Pick<Slot, 'ready' | 'wants'>, limits: PoolLimits, mode: PoolMode): Settlement {
  const { connection } = pooled;
  if (connection.closeReason !== undefined) return { kind: 'gone', reason: connection.closeReason };
  if (mode === 'closed') return pooled.leases === 0 ? { kind: 'close', reason: 'transport-closed' } : STAY;
  if (!limits.keepsAlive && pooled.hasCarried) return pooled.leases === 0 ? { kind: 'close', reason: 'keep-alives-disabled' } : STAY;
  const claim = firstClaim(pooled, slot);
  if (connection.capacity > 0 && claim === 'connection') return HAND_OVER;
  if (pooled.leases > 0) return STAY;
  if (!limits.keepsAlive) return { kind: 'close', reason: 'keep-alives-disabled' };
  if (claim === 'room') return { kind: 'close', reason: 'max-conns-per-host' };
  if (mode === 'closing-idle') return { kind: 'close', reason: 'close-idle-connections' };
  if (isHostFull(slot.ready, limits)) return { kind: 'close', reason: 'max-idle-conns-per-host' };
  return KEEP;
}

/** Whether a connection will do for a request that waits. */
export function isServedBy(want: Want, pooled: PooledConnection): boolean {
  return !want.isFreshOnly || !pooled.hasCarried;
}

type Claim = 'connection' | 'room' | 'none';

/** Who comes first of those that wait: one that this connection serves, or one that needs its room for a dial. */
function firstClaim(pooled: PooledConnection, { wants }: Pick<Slot, 'wants'>): Claim {
  for (const want of wants) {
    if (isServedBy(want, pooled)) return 'connection';
    if (wants.isWaiting(want)) return 'room';
  }
  return 'none';
}

function isHostFull(ready: readonly PooledConnection[], limits: PoolLimits): boolean {
  if (limits.maxIdleConnsPerHost <= 0) return limits.maxIdleConnsPerHost < 0;
  if (ready.length < limits.maxIdleConnsPerHost) return false;
  return ready.filter((other) => other.leases === 0).length >= limits.maxIdleConnsPerHost;
}
