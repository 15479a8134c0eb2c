import type { Want } from './want.ts';

/** The requests of one route that are without a connection, in the order they came. Each has a dial of its own under way, or waits for room for one. */
export class WantQueue implements Iterable<Want> {
  readonly #dials = new Map<Want, object | undefined>();
  #waitingCount = 0;

  get size(): number {
    return this.#dials.size;
  }

  /** How many have no dial. */
  get waitingCount(): number {
    return this.#waitingCount;
  }

  has(want: Want): boolean {
    return this.#dials.has(want);
  }

  /** Puts it at the end, or gives one that is there a dial, which leaves it in its place. */
  set(want: Want, dial: object | undefined): void {
    if (this.isWaiting(want)) this.#waitingCount -= 1;
    if (dial === undefined) this.#waitingCount += 1;
    this.#dials.set(want, dial);
  }

  /** @returns whether it was there. */
  delete(want: Want): boolean {
    if (this.isWaiting(want)) this.#waitingCount -= 1;
    return this.#dials.delete(want);
  }

  /** The dial that was begun for it last. */
  dialOf(want: Want): object | undefined {
    return this.#dials.get(want);
  }

  /** Whether it is there and has no dial. */
  isWaiting(want: Want): boolean {
    return this.#dials.has(want) && this.#dials.get(want) === undefined;
  }

  /** The first that has no dial. */
  firstWaiting(): Want | undefined {
    if (this.#waitingCount === 0) return undefined;
    for (const want of this) if (this.isWaiting(want)) return want;
    return undefined;
  }

  [Symbol.iterator](): MapIterator<Want> {
    return this.#dials.keys();
  }
}
