import type { CloseReason } from '../contract/trace-event.ts';
import type { PooledConnection } from './slot.ts';

/** Why a connection is given to nobody any more; undefined where it may serve on. */
export function reasonToRetire(pooled: PooledConnection, monotonicMs: number): CloseReason | undefined {
  const { keepsAlive, maxRequestsPerConn } = pooled.slot.limits;
  if (!keepsAlive && pooled.granted > 0) return 'keep-alives-disabled';
  if (maxRequestsPerConn > 0 && pooled.granted >= maxRequestsPerConn) return 'max-requests-per-conn';
  return monotonicMs >= pooled.retireAtMonotonicMs ? 'max-conn-lifetime' : undefined;
}

/** How long a connection may be idle: as long as we hold it, or its peer where that is shorter. Infinite for no limit. */
export function idleTimeoutMs({ connection, slot }: Pick<PooledConnection, 'connection' | 'slot'>): number {
  const ours = slot.limits.idleConnTimeoutMs === 0 ? Infinity : slot.limits.idleConnTimeoutMs;
  return Math.min(ours, connection.peerIdleTimeoutMs ?? Infinity);
}

/** What it is closed for when that is over. */
export function idleReason({ connection, slot }: Pick<PooledConnection, 'connection' | 'slot'>): CloseReason {
  const { idleConnTimeoutMs } = slot.limits;
  const isPeersLimit =
    connection.peerIdleTimeoutMs !== undefined && (idleConnTimeoutMs === 0 || connection.peerIdleTimeoutMs < idleConnTimeoutMs);
  return isPeersLimit ? 'server-idle-timeout' : 'idle-timeout';
}
