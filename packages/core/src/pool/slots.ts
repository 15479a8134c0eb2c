import type { Route } from '../contract/route.ts';
import type { PoolLimits } from './limits.ts';
import { emptySlot, type Slot } from './slot.ts';

/** How many slots are kept for what they have counted, once they are empty: a crawler sees millions of origins. */
const EMPTY_SLOTS = 1_000;

/** The slots of a pool, by route. An empty one is kept for its tally, until there are too many of them. */
export class Slots implements Iterable<Slot> {
  readonly #limitsOf: (route: Route) => PoolLimits;
  readonly #slots = new Map<string, Slot>();
  /** The longest empty first. */
  readonly #empty = new Set<Slot>();

  /** @param limitsOf Asked once for each slot. */
  constructor(limitsOf: (route: Route) => PoolLimits) {
    this.#limitsOf = limitsOf;
  }

  /** The slot of a route, and none other: it is in use from now on, until {@link release}. */
  use(route: Route): Slot {
    let slot = this.#slots.get(route.key);
    if (slot === undefined) {
      slot = emptySlot(route, this.#limitsOf(route));
      this.#slots.set(route.key, slot);
    } else if (this.#empty.size > 0) this.#empty.delete(slot);
    return slot;
  }

  get(route: Route): Slot | undefined {
    return this.#slots.get(route.key);
  }

  /** Something left the slot: it may be empty now. */
  release(slot: Slot): void {
    if (slot.total > 0 || slot.wants.size > 0) return;
    this.#empty.add(slot);
    if (this.#empty.size <= EMPTY_SLOTS) return;
    const [longest] = this.#empty;
    if (longest === undefined) return;
    this.#empty.delete(longest);
    this.#slots.delete(longest.route.key);
  }

  [Symbol.iterator](): MapIterator<Slot> {
    return this.#slots.values();
  }
}
