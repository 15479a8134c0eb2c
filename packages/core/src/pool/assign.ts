import type { CloseReason, WaitsFor } from '../contract/trace-event.ts';
import { isUntried, pauseLeftMs } from './calm.ts';
import { idleReason, idleTimeoutMs, reasonToRetire } from './retire.ts';
import { isFindingOut, isForMany } from './dial-count.ts';
import { isAtLimit, type PooledConnection, type Slot } from './slot.ts';
import type { WantQueue } from './want-queue.ts';
import type { Needs, Want } from './want.ts';

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
export interface SlotView extends Pick<
  Slot,
  'ready' | 'shared' | 'isShared' | 'total' | 'dialing' | 'promising' | 'firstDials' | 'calm' | 'tally' | 'limits'
> {
  readonly wants: Pick<WantQueue, 'size' | 'waitingCount' | 'unusedCount'>;
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
 * server and the others may grow old; then a new one, where the limit allows it. Who needs another one than are at hand has the least recently used make room for it.
 */
export function assign(slot: SlotView, now: Now, needs: Needs): Assignment {
  if (needs === 'unused') return assignUnused(slot, now.monotonicMs);
  const found = slot.shared > 0 ? leastLoaded(slot.ready) : undefined;
  // It is being handed to those who wait, in their order, and who asks in the midst of that comes after them.
  if (found !== undefined && slot.wants.size > slot.wants.unusedCount) return WAIT;
  const chosen = found ?? (needs === 'fresh' ? undefined : latest(slot));
  if (chosen !== undefined) return reuse(chosen, now);
  if (mayDial(slot, slot.wants.waitingCount, now.monotonicMs)) return DIAL;
  const idle = needs === 'fresh' && isAtLimit(slot) ? slot.ready.find((pooled) => !pooled.isShared) : undefined;
  if (idle !== undefined) return { kind: 'evict', pooled: idle };
  if (!isQueueFull(slot)) return WAIT;
  // Rather a connection more than a request less.
  return mayOpen(slot, now.monotonicMs) ? DIAL : REFUSE;
}

/** The same where only a connection that is dialled for it will do, however much room there is on others. */
function assignUnused(slot: SlotView, monotonicMs: number): Assignment {
  if (mayDialUnused(slot, monotonicMs)) return DIAL;
  // One that has just closed makes room by itself.
  const idle = isAtLimit(slot) ? slot.ready.find(({ leases, connection }) => leases === 0 && connection.capacity > 0) : undefined;
  if (idle !== undefined) return { kind: 'evict', pooled: idle };
  if (!isQueueFull(slot)) return WAIT;
  return isAtLimit(slot) || isHeldBack(slot, monotonicMs) ? REFUSE : DIAL;
}

/** The first that waits and may have a dial of its own now. */
export function nextToDial(slot: SlotView & Pick<Slot, 'wants'>, monotonicMs: number): Want | undefined {
  const { wants } = slot;
  if (mayDial(slot, wants.waitingCount - 1, monotonicMs)) return wants.firstWaiting();
  return mayDialUnused(slot, monotonicMs) ? wants.firstWaiting('unused') : undefined;
}

/** What RFC 9113 §6.5.2 asks servers not to go below. */
const USUAL_STREAMS = 100;

/** How many requests wait for the dial of another, where what it opens can probably carry them. */
function othersPerDial({ keepsAlive, maxRequestsPerConn }: Slot['limits']): number {
  if (!keepsAlive) return 0;
  return maxRequestsPerConn > 0 ? Math.min(USUAL_STREAMS, maxRequestsPerConn - 1) : USUAL_STREAMS;
}

/** Whether one that waits may have a dial of its own. @param others How many wait without one besides. */
export function mayDial(slot: Omit<SlotView, 'ready' | 'wants'>, others: number, monotonicMs: number): boolean {
  if (!mayOpen(slot, monotonicMs) || isFindingOut(slot)) return false;
  return !slot.isShared || others >= slot.promising * othersPerDial(slot.limits);
}

/** The same of one that needs an unused connection, which none that is open or dialled for others would be. */
function mayDialUnused(slot: Omit<SlotView, 'ready' | 'wants'>, monotonicMs: number): boolean {
  return !isAtLimit(slot) && !isHeldBack(slot, monotonicMs) && !isFindingOut(slot);
}

/** Whether there may be one connection more. */
export function mayOpen(slot: Omit<SlotView, 'ready' | 'wants'>, monotonicMs: number): boolean {
  if (isAtLimit(slot) || isHeldBack(slot, monotonicMs)) return false;
  if (slot.limits.opensWhenFull) return true;
  return slot.shared === 0 && !(slot.isShared && slot.promising > 0);
}

/** A server that asks for calm gets one connection at a time. */
function isHeldBack({ calm, dialing }: Pick<SlotView, 'calm' | 'dialing'>, monotonicMs: number): boolean {
  return isUntried(calm) && (dialing > 0 || pauseLeftMs(calm, monotonicMs) > 0);
}

/** What one that waits without a dial of its own waits for. */
export function waitsFor(slot: Pick<SlotView, 'shared' | 'isShared' | 'total' | 'promising' | 'tally' | 'limits' | 'calm'>): WaitsFor {
  if (isUntried(slot.calm)) return 'calm';
  if (slot.promising > 0 && isForMany(slot)) return 'another-dial';
  // Where connections carry several and no other is opened beside them, more room would not help.
  return isAtLimit(slot) && (slot.limits.opensWhenFull || slot.shared === 0) ? 'room' : 'capacity';
}

function isQueueFull({ limits, wants }: Pick<SlotView, 'limits' | 'wants'>): boolean {
  return limits.maxQueuedPerHost > 0 && wants.waitingCount >= limits.maxQueuedPerHost;
}

/** Of those that carry one exchange the one used last. */
function latest({ ready, shared }: Pick<SlotView, 'ready' | 'shared'>): PooledConnection | undefined {
  return shared === 0 ? ready.at(-1) : ready.findLast(({ isShared }) => !isShared);
}

/** Of those that carry several exchanges the one with the fewest; of several such the most recently used. */
function leastLoaded(ready: readonly PooledConnection[]): PooledConnection | undefined {
  let least: PooledConnection | undefined;
  for (const pooled of ready) {
    // One that has just closed is there until the first of its exchanges has given it back.
    if (!pooled.isShared || pooled.connection.capacity === 0) continue;
    if (least === undefined || pooled.leases <= least.leases) least = pooled;
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
  return nowMs - pooled.idleSinceMs > idleTimeoutMs(pooled) ? idleReason(pooled) : undefined;
}
