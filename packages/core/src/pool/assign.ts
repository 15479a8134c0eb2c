import type { PoolLimits } from './limits.ts';
import type { PooledConnection } from './slot.ts';

/** What a request that needs a connection is to do. */
export type Assignment =
  | { readonly kind: 'reuse'; readonly pooled: PooledConnection }
  /** This one has been idle for too long: close it and ask again. */
  | { readonly kind: 'expire'; readonly pooled: PooledConnection }
  /** Close this one to make room, and ask again. */
  | { readonly kind: 'evict'; readonly pooled: PooledConnection }
  /** Wait, and dial meanwhile: whatever comes first serves it. */
  | { readonly kind: 'dial' }
  /** Wait for a connection, or for the right to dial one. */
  | { readonly kind: 'wait' }
  /** Too many wait already. */
  | { readonly kind: 'refuse' };

/** A slot as far as the decision goes. */
export interface SlotView {
  readonly ready: readonly PooledConnection[];
  readonly total: number;
  readonly wants: { readonly waitingCount: number };
}

const DIAL: Assignment = { kind: 'dial' };
const WAIT: Assignment = { kind: 'wait' };
const REFUSE: Assignment = { kind: 'refuse' };

/**
 * Go's queueForIdleConn and queueForDial: the most recently used connection first, since it is the least likely to have been closed by the
 * server and the others may grow old; then a new one, where the limit allows it. Who wants a fresh one only has the least recently used make room for it.
 */
export function assign(slot: SlotView, limits: PoolLimits, nowMs: number, isFreshOnly: boolean): Assignment {
  const latest = isFreshOnly ? undefined : slot.ready.at(-1);
  if (latest !== undefined) return { kind: isTooOld(latest, limits, nowMs) ? 'expire' : 'reuse', pooled: latest };
  if (limits.maxConnsPerHost === 0 || slot.total < limits.maxConnsPerHost) return DIAL;
  const idle = isFreshOnly ? slot.ready.find((pooled) => pooled.leases === 0) : undefined;
  if (idle !== undefined) return { kind: 'evict', pooled: idle };
  if (limits.maxQueuedPerHost > 0 && slot.wants.waitingCount >= limits.maxQueuedPerHost) return REFUSE;
  return WAIT;
}

function isTooOld(pooled: PooledConnection, limits: PoolLimits, nowMs: number): boolean {
  return limits.idleConnTimeoutMs > 0 && pooled.leases === 0 && nowMs - pooled.idleSinceMs > limits.idleConnTimeoutMs;
}
