import { isUntried } from './calm.ts';
import { mayOpen, type SlotView } from './assign.ts';
import type { PoolLimits } from './limits.ts';

/** How many connections to open for `count` of them to be at hand or on their way, as far as the limits allow. */
export function missingAhead(slot: Omit<SlotView, 'wants'>, count: number, monotonicMs: number): number {
  if (!mayOpen(slot, monotonicMs)) return 0;
  const { limits, ready, dialing, total, isShared, calm } = slot;
  const missing = Math.min(count, mostIdle(limits)) - ready.length - dialing;
  const room = limits.maxConnsPerHost === 0 ? missing : limits.maxConnsPerHost - total;
  const isOneEnough = (isShared && !limits.opensWhenFull) || isUntried(calm);
  return Math.max(0, Math.min(missing, room, isOneEnough ? 1 : missing));
}

/** How many may be idle to one route: more would be closed as soon as they are open. */
function mostIdle({ maxIdleConns, maxIdleConnsPerHost }: PoolLimits): number {
  if (maxIdleConnsPerHost < 0) return 0;
  return Math.min(maxIdleConns || Infinity, maxIdleConnsPerHost || Infinity);
}
