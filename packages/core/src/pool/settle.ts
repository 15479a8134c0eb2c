import type { CloseReason } from '../contract/trace-event.ts';
import type { PoolLimits } from './limits.ts';
import { idleReason, idleTimeoutMs, reasonToRetire } from './retire.ts';
import { idleCount, type PooledConnection, type Slot } from './slot.ts';
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
export function settle(pooled: PooledConnection, mode: PoolMode, monotonicMs: number): Settlement {
  const { connection, slot } = pooled;
  const { limits } = slot;
  if (connection.closeReason !== undefined) return { kind: 'gone', reason: connection.closeReason };
  if (mode === 'closed') return closeOrStay(pooled, 'transport-closed');
  if (!limits.keepsAlive && pooled.hasCarried) return closeOrStay(pooled, 'keep-alives-disabled');
  const retired = reasonToRetire(pooled, monotonicMs);
  if (retired !== undefined) return closeOrStay(pooled, retired);
  const claim = firstClaim(pooled, slot);
  if (connection.capacity > 0 && claim === 'connection') return HAND_OVER;
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

/** Whether a connection will do for a request that waits. */
export function isServedBy(want: Want, pooled: PooledConnection): boolean {
  // One that carries several exchanges is not the one that failed: that is closed.
  return !want.isFreshOnly || !pooled.hasCarried || pooled.connection.isShared;
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

function isHostFull(slot: Pick<Slot, 'ready'>, limits: PoolLimits): boolean {
  if (limits.maxIdleConnsPerHost <= 0) return limits.maxIdleConnsPerHost < 0;
  if (slot.ready.length < limits.maxIdleConnsPerHost) return false;
  return idleCount(slot) >= limits.maxIdleConnsPerHost;
}
