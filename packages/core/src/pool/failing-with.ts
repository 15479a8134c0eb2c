import { isForMany } from './dial-count.ts';
import type { Dial } from './pending-dials.ts';
import type { Want } from './want.ts';

/**
 * Which requests fail with a dial. The one that it was begun for, unless that has begun another meanwhile; and, where it was to serve those that wait too and no
 * connection is left to, all of them: they would try one after the other what has just failed. A dial that we gave up ourselves says nothing to them.
 */
export function failingWith(dial: Dial): readonly Want[] {
  const { slot, want, controller } = dial;
  const { wants } = slot;
  if (isForMany(slot) && slot.total === slot.draining && !controller.signal.aborted) return [...wants];
  return want !== undefined && wants.dialOf(want) === dial ? [want] : [];
}
