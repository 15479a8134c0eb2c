import type { Timer } from '../contract/clock.ts';
import type { Dial } from './pending-dials.ts';
import type { Needs, Want } from './want.ts';

interface Entry {
  readonly dial: Dial | undefined;
  readonly timer: Timer | undefined;
}

/** The requests of one route that are without a connection, in the order they came. Each has a dial of its own under way, or waits for room for one. */
export class WantQueue implements Iterable<Want> {
  readonly #entries = new Map<Want, Entry>();
  #waitingCount = 0;
  #unusedCount = 0;

  get size(): number {
    return this.#entries.size;
  }

  /** How many have no dial. */
  get waitingCount(): number {
    return this.#waitingCount;
  }

  /** How many of all need an unused connection. */
  get unusedCount(): number {
    return this.#unusedCount;
  }

  has(want: Want): boolean {
    return this.#entries.has(want);
  }

  /** Puts it at the end. @param timer Cancelled when it leaves. */
  add(want: Want, dial: Dial | undefined, timer: Timer | undefined): void {
    if (dial === undefined) this.#waitingCount += 1;
    if (want.needs === 'unused') this.#unusedCount += 1;
    this.#entries.set(want, { dial, timer });
  }

  /** Gives one that is there a dial, which leaves it in its place. */
  setDial(want: Want, dial: Dial): void {
    if (this.isWaiting(want)) this.#waitingCount -= 1;
    this.#entries.set(want, { dial, timer: this.#entries.get(want)?.timer });
  }

  /** The dial that was begun for one that is there is over, and it waits on. */
  dropDial(want: Want, dial: Dial): void {
    const entry = this.#entries.get(want);
    if (entry?.dial !== dial) return;
    this.#waitingCount += 1;
    this.#entries.set(want, { dial: undefined, timer: entry.timer });
  }

  /** @returns whether it was there. */
  delete(want: Want): boolean {
    const entry = this.#entries.get(want);
    if (entry === undefined) return false;
    if (entry.dial === undefined) this.#waitingCount -= 1;
    if (want.needs === 'unused') this.#unusedCount -= 1;
    entry.timer?.cancel();
    return this.#entries.delete(want);
  }

  /** The dial that was begun for it last. */
  dialOf(want: Want): Dial | undefined {
    return this.#entries.get(want)?.dial;
  }

  /** Whether it is there and has no dial. */
  isWaiting(want: Want): boolean {
    const entry = this.#entries.get(want);
    return entry !== undefined && entry.dial === undefined;
  }

  /** The first that has no dial. @param needs Only of those that need this. */
  firstWaiting(needs?: Needs): Want | undefined {
    if (this.#waitingCount === 0 || (needs === 'unused' && this.#unusedCount === 0)) return undefined;
    for (const want of this) if (this.isWaiting(want) && (needs === undefined || want.needs === needs)) return want;
    return undefined;
  }

  [Symbol.iterator](): MapIterator<Want> {
    return this.#entries.keys();
  }
}
