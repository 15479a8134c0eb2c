import type { CloseReason } from '../contract/trace-event.ts';
import { idleReason, idleTimeoutMs, reasonToRetire } from './retire.ts';
import type { PooledConnection, Slot } from './slot.ts';

/** What a request that needs a connection is to do. */
export type Assignment =
  | { readonly kind: 'reuse'; readonly pooled: PooledConnection }
  /** This one has been idle for too long, or has served for long enough: close it and ask again. */
  | { readonly kind: 'expire'; readonly pooled: PooledConnection; readonly reason: CloseReason }
  /** The same of one that others use still: give it to nobody, and ask again. */
  | { readonly kind: 'retire'; readonly pooled: PooledConnection }
  /** Close this one to make room, and ask again. */
  | { readonly kind: 'evict'; readonly pooled: PooledConnection }
  /** Wait, and dial meanwhile: whatever comes first serves it. */
  | { readonly kind: 'dial' }
  /** Wait for a connection, or for the right to dial one. */
  | { readonly kind: 'wait' }
  /** Too many wait already. */
  | { readonly kind: 'refuse' };

/** A slot as far as the decision goes. */
export interface SlotView extends Pick<Slot, 'ready' | 'shared' | 'isShared' | 'total' | 'dialing' | 'limits'> {
  readonly wants: { readonly waitingCount: number };
}

/** The time, by both clocks. */
export interface Now {
  readonly nowMs: number;
  readonly monotonicMs: number;
}

const DIAL: Assignment = { kind: 'dial' };
const WAIT: Assignment = { kind: 'wait' };
const REFUSE: Assignment = { kind: 'refuse' };

/**
 * Go's queueForIdleConn and queueForDial: the most recently used connection first, since it is the least likely to have been closed by the
 * server and the others may grow old; then a new one, where the limit allows it. Who wants a fresh one only has the least recently used make room for it.
 */
export function assign(slot: SlotView, now: Now, isFreshOnly: boolean): Assignment {
  const found = slot.shared.size > 0 ? leastLoaded(slot.ready) : undefined;
  const chosen = found ?? (isFreshOnly ? undefined : slot.ready.at(-1));
  if (chosen !== undefined) return reuse(chosen, now);
  if (mayDial(slot)) return DIAL;
  const { maxQueuedPerHost } = slot.limits;
  const idle = isFreshOnly ? slot.ready.find((pooled) => pooled.leases === 0) : undefined;
  if (idle !== undefined) return { kind: 'evict', pooled: idle };
  if (maxQueuedPerHost > 0 && slot.wants.waitingCount >= maxQueuedPerHost) return REFUSE;
  return WAIT;
}

/** How many requests wait for one dial, where what it opens can probably carry them: what RFC 9113 §6.5.2 asks servers not to go below. */
const EXCHANGES_PER_DIAL = 100;

/** Whether one that waits may have a dial of its own. */
export function mayDial({ limits, total, dialing, isShared, shared, wants }: Omit<SlotView, 'ready'>): boolean {
  if (limits.maxConnsPerHost > 0 && total >= limits.maxConnsPerHost) return false;
  if (!isShared) return true;
  if (!limits.opensWhenFull && shared.size + dialing > 0) return false;
  return wants.waitingCount >= dialing * EXCHANGES_PER_DIAL;
}

/** Of those that carry several exchanges the one with the fewest; of several such the most recently used. */
function leastLoaded(ready: readonly PooledConnection[]): PooledConnection | undefined {
  let least: PooledConnection | undefined;
  for (const pooled of ready) {
    if (pooled.connection.isShared && (least === undefined || pooled.leases <= least.leases)) least = pooled;
  }
  return least;
}

function reuse(pooled: PooledConnection, now: Now): Assignment {
  const reason = reasonToRetire(pooled, now.monotonicMs) ?? reasonOfAge(pooled, now.nowMs);
  if (reason === undefined) return { kind: 'reuse', pooled };
  return pooled.leases > 0 ? { kind: 'retire', pooled } : { kind: 'expire', pooled, reason };
}

/** By the wall clock: an hour asleep counts. */
function reasonOfAge(pooled: PooledConnection, nowMs: number): CloseReason | undefined {
  return pooled.leases === 0 && nowMs - pooled.idleSinceMs > idleTimeoutMs(pooled) ? idleReason(pooled) : undefined;
}
