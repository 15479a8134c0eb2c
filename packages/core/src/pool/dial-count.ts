import type { Dial } from './pending-dials.ts';
import type { Slot } from './slot.ts';

/** A dial begins. */
export function beginDial(slot: Slot): void {
  slot.total += 1;
  slot.dialing += 1;
  slot.promising += 1;
  if (slot.tally.opened === 0) slot.firstDials += 1;
}

/** Who began it waited in vain: it may take for ever, and nobody else is to wait for it alone. */
export function giveUpOn(dial: Pick<Dial, 'slot' | 'isPromising'>): void {
  const { slot } = dial;
  if (!dial.isPromising) return;
  dial.isPromising = false;
  slot.promising -= 1;
  if (slot.firstDials > 0) slot.firstDials -= 1;
}

/** It is over. @param isOpen Whether it has opened a connection. */
export function endDial({ slot, isPromising }: Pick<Dial, 'slot' | 'isPromising'>, isOpen: boolean): void {
  slot.dialing -= 1;
  if (isPromising) slot.promising -= 1;
  if (!isOpen) slot.total -= 1;
  if (slot.dialing === 0) slot.firstDials = 0;
}

/** Whether as many dials are under way as there may be to a host that nothing is known of. What they show is waited for. */
export function isFindingOut({ tally, limits, firstDials }: Pick<Slot, 'tally' | 'limits' | 'firstDials'>): boolean {
  return tally.opened === 0 && limits.maxFirstDials > 0 && firstDials >= limits.maxFirstDials;
}

/** Whether a dial is to serve those that wait, too: what it opens can probably carry them, or nothing is known of that yet. */
export function isForMany({ isShared, tally, limits }: Pick<Slot, 'isShared' | 'tally' | 'limits'>): boolean {
  return isShared || (tally.opened === 0 && limits.maxFirstDials > 0);
}
