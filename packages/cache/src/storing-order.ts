import { hashOf } from './text-hash.ts';

/** One response among those on their way to the same place. */
export interface Storing {
  /** Whether one that came after it was stored before it. */
  isLate(): boolean;
  /** It was stored, or will not be. */
  end(isStored: boolean): void;
}

interface Place {
  /** How many are on their way. */
  count: number;
  last: number;
  /** The last one that was stored. */
  stored: number;
}

/** Knows in which order responses came that are on their way to one place in the store at the same time, and of no others. */
export class StoringOrder {
  /** By the hash of the name: of two that have the same, what comes late at one may count as late at the other, and is not stored. */
  readonly #places = new Map<number, Place>();

  /** One that came last was stored at once. */
  overtake(name: string): void {
    if (this.#places.size > 0 && this.#places.has(hashOf(name))) this.begin(name).end(true);
  }

  begin(name: string): Storing {
    const hash = hashOf(name);
    let place = this.#places.get(hash);
    if (place === undefined) {
      place = { count: 0, last: 0, stored: 0 };
      this.#places.set(hash, place);
    }
    place.count += 1;
    place.last += 1;
    return new Turn(this.#places, hash, place);
  }
}

class Turn implements Storing {
  readonly #places: Map<number, Place>;
  readonly #hash: number;
  readonly #place: Place;
  readonly #number: number;

  constructor(places: Map<number, Place>, hash: number, place: Place) {
    this.#places = places;
    this.#hash = hash;
    this.#place = place;
    this.#number = place.last;
  }

  isLate(): boolean {
    return this.#place.stored > this.#number;
  }

  end(isStored: boolean): void {
    const place = this.#place;
    if (isStored) place.stored = Math.max(place.stored, this.#number);
    place.count -= 1;
    if (place.count === 0) this.#places.delete(this.#hash);
  }
}
