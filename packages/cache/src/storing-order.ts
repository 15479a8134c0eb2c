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
  readonly #places = new Map<string, Place>();

  /** One that came last was stored at once. */
  overtake(name: string): void {
    if (this.#places.size > 0 && this.#places.has(name)) this.begin(name).end(true);
  }

  begin(name: string): Storing {
    let place = this.#places.get(name);
    if (place === undefined) {
      place = { count: 0, last: 0, stored: 0 };
      this.#places.set(name, place);
    }
    place.count += 1;
    place.last += 1;
    return new Turn(this.#places, name, place);
  }
}

class Turn implements Storing {
  readonly #places: Map<string, Place>;
  readonly #name: string;
  readonly #place: Place;
  readonly #number: number;

  constructor(places: Map<string, Place>, name: string, place: Place) {
    this.#places = places;
    this.#name = name;
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
    if (place.count === 0) this.#places.delete(this.#name);
  }
}
