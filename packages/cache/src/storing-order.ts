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

  begin(name: string): Storing {
    const place = this.#places.get(name) ?? { count: 0, last: 0, stored: 0 };
    if (place.count === 0) this.#places.set(name, place);
    place.count += 1;
    place.last += 1;
    const number = place.last;
    return {
      isLate: () => place.stored > number,
      end: (isStored) => {
        if (isStored) place.stored = Math.max(place.stored, number);
        place.count -= 1;
        if (place.count === 0) this.#places.delete(name);
      },
    };
  }
}
