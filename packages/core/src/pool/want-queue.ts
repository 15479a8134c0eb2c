import type { Timer } from '../contract/clock.ts';
import { Line, type InLine } from '../contract/line.ts';
import type { Dial } from './pending-dials.ts';
import type { Needs, QueuePlace, Want } from './want.ts';

interface Entry {
  readonly want: Want;
  readonly dial: Dial | undefined;
  readonly timer: Timer | undefined;
}

class Place implements QueuePlace, InLine<Place> {
  readonly queue: WantQueue;
  readonly want: Want;
  /** Grows from one to the next. */
  readonly number: number;
  readonly timer: Timer | undefined;
  dial: Dial | undefined;
  older: Place | undefined;
  newer: Place | undefined;

  constructor(queue: WantQueue, number: number, { want, dial, timer }: Entry) {
    this.queue = queue;
    this.want = want;
    this.number = number;
    this.dial = dial;
    this.timer = timer;
  }
}

/** The requests of one route that are without a connection, in the order they came. Each has a dial of its own under way, or waits for room for one. */
export class WantQueue implements Iterable<Want> {
  readonly #line = new Line<Place>();
  #lastNumber = 0;
  #waitingCount = 0;
  #unusedCount = 0;

  get size(): number {
    return this.#line.size;
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
    return this.#placeOf(want) !== undefined;
  }

  /** Puts it at the end. @param timer Cancelled when it leaves. */
  add(want: Want, dial: Dial | undefined, timer: Timer | undefined): void {
    if (dial === undefined) this.#waitingCount += 1;
    if (want.needs === 'unused') this.#unusedCount += 1;
    this.#lastNumber += 1;
    const place = new Place(this, this.#lastNumber, { want, dial, timer });
    want.place = place;
    this.#line.add(place);
  }

  /** Gives one that is there a dial, which leaves it in its place. */
  setDial(want: Want, dial: Dial): void {
    const place = this.#placeOf(want);
    if (place === undefined) return;
    if (place.dial === undefined) this.#waitingCount -= 1;
    place.dial = dial;
  }

  /** The dial that was begun for one that is there is over, and it waits on. */
  dropDial(want: Want, dial: Dial): void {
    const place = this.#placeOf(want);
    if (place?.dial !== dial) return;
    this.#waitingCount += 1;
    place.dial = undefined;
  }

  /** @returns whether it was there. */
  delete(want: Want): boolean {
    const place = this.#placeOf(want);
    if (place === undefined) return false;
    if (place.dial === undefined) this.#waitingCount -= 1;
    if (want.needs === 'unused') this.#unusedCount -= 1;
    place.timer?.cancel();
    this.#line.delete(place);
    want.place = undefined;
    return true;
  }

  /** The dial that was begun for it last. */
  dialOf(want: Want): Dial | undefined {
    return this.#placeOf(want)?.dial;
  }

  /** Whether it is there and has no dial. */
  isWaiting(want: Want): boolean {
    const place = this.#placeOf(want);
    return place !== undefined && place.dial === undefined;
  }

  /** The first that has no dial. @param needs Only of those that need this. */
  firstWaiting(needs?: Needs): Want | undefined {
    if (this.#waitingCount === 0 || (needs === 'unused' && this.#unusedCount === 0)) return undefined;
    for (let place = this.#line.oldest; place !== undefined; place = place.newer) {
      if (place.dial === undefined && (needs === undefined || place.want.needs === needs)) return place.want;
    }
    return undefined;
  }

  /** Those that come meanwhile are among them, and those that leave before their turn are not. */
  *[Symbol.iterator](): Generator<Want, void> {
    for (let place = this.#line.oldest; place !== undefined; place = this.#after(place)) yield place.want;
  }

  #placeOf({ place }: Want): Place | undefined {
    return place instanceof Place && place.queue === this ? place : undefined;
  }

  /** The next in line, wherever this one is by now. */
  #after(place: Place): Place | undefined {
    if (place.want.place === place) return place.newer;
    let next = this.#line.oldest;
    while (next !== undefined && next.number <= place.number) next = next.newer;
    return next;
  }
}
