import type { CloseReason } from '../contract/trace-event.ts';
import type { PoolLimits } from './limits.ts';
import { idleReason, idleTimeoutMs, reasonToRetire } from './retire.ts';
import { hasRoom, isAtLimit, isUnused, type PooledConnection, type Slot } from './slot.ts';
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
  /** It has other exchanges under way. */
  | { readonly kind: 'stay' };

/** What the pool is about to do with all its connections. */
export type PoolMode = 'open' | 'closing-idle' | 'closed';

const HAND_OVER: Settlement = { kind: 'hand-over' };
const KEEP: Settlement = { kind: 'keep' };
const STAY: Settlement = { kind: 'stay' };

/** Go's tryPutIdleConn, in its order: who waits comes before any limit on what is idle. */
export function settle(pooled: PooledConnection, mode: PoolMode, monotonicMs: number): Settlement {
  const { connection, slot } = pooled;
  const { limits } = slot;
  if (connection.closeReason !== undefined) return { kind: 'gone', reason: connection.closeReason };
  if (mode === 'closed') return closeOrStay(pooled, 'transport-closed');
  const retired = reasonToRetire(pooled, monotonicMs);
  if (retired !== undefined) return closeOrStay(pooled, retired);
  const claim = firstClaim(pooled, slot);
  if (claim === 'connection' && hasRoom(pooled)) return HAND_OVER;
  if (pooled.leases > 0) return STAY;
  const reason = claim === 'room' ? 'max-conns-per-host' : reasonNotToKeep(pooled, limits, mode);
  return reason === undefined ? KEEP : { kind: 'close', reason };
}

function closeOrStay(pooled: PooledConnection, reason: CloseReason): Settlement {
  return pooled.leases === 0 ? { kind: 'close', reason } : STAY;
}

function reasonNotToKeep(pooled: PooledConnection, limits: PoolLimits, mode: PoolMode): CloseReason | undefined {
  if (!limits.keepsAlive) return 'keep-alives-disabled';
  if (mode === 'closing-idle') return 'close-idle-connections';
  if (isHostFull(pooled.slot, limits)) return 'max-idle-conns-per-host';
  return idleTimeoutMs(pooled) > 0 ? undefined : idleReason(pooled);
}

/** Whether one that was dialled for a request that does not wait any more is of use: what serves all there are is there already. */
export function isSurplus({ isShared, slot, leases }: Pick<PooledConnection, 'isShared' | 'slot' | 'leases'>): boolean {
  return isShared && leases === 0 && slot.shared > 1 && slot.wants.size === 0;
}

/** Whether a connection will do for a request that waits. */
export function isServedBy(want: Want, pooled: PooledConnection): boolean {
  if (want.needs === 'any' || isUnused(pooled)) return true;
  return want.needs === 'fresh' && pooled.isShared;
}

type Claim = 'connection' | 'room' | 'none';

/** Who comes first of those that wait: one that this connection serves, or one that needs its room for a dial. */
function firstClaim(pooled: PooledConnection, slot: Slot): Claim {
  const { wants } = slot;
  // Mostly nobody waits, and an iterator is 140 bytes.
  if (wants.size === 0) return 'none';
  for (const want of wants) {
    if (isServedBy(want, pooled)) return 'connection';
    // It may wait for the dial of another, too; and one that others use has no room to give.
    if (pooled.leases === 0 && wants.isWaiting(want) && isAtLimit(slot)) return 'room';
  }
  return 'none';
}

function isHostFull({ idle }: Pick<Slot, 'idle'>, { maxIdleConnsPerHost }: PoolLimits): boolean {
  return maxIdleConnsPerHost < 0 || (maxIdleConnsPerHost > 0 && idle >= maxIdleConnsPerHost);
}
