/** What {@link KeyedStates} needs to know of a state. */
export interface StateRules<State> {
  /** How many are kept where those that are not at rest leave room. */
  readonly maxKeys: number;
  make(key: string): State;
  /** Whether one that is made anew would be the same. */
  isAtRest(state: State): boolean;
}

/** How far a new key looks for some to make room. */
const LOOKED_AT = 100;

/**
 * A state for each key that comes: bounded by `maxKeys` as far as states are at rest. Those that are not are never forgotten, since what was granted by them
 * would be granted again: of these there are as many as there are requests under way.
 */
export class KeyedStates<State> {
  readonly #states = new Map<string, State>();
  readonly #rules: StateRules<State>;

  constructor(rules: StateRules<State>) {
    this.#rules = rules;
  }

  /** The state of a key, made where there is none. */
  of(key: string): State {
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    if (this.#states.size >= this.#rules.maxKeys) this.#makeRoom();
    const made = this.#rules.make(key);
    this.#states.set(key, made);
    return made;
  }

  /** The state of a key, where there is one. */
  get(key: string): State | undefined {
    return this.#states.get(key);
  }

  get size(): number {
    return this.#states.size;
  }

  /** Two for one: what has grown beyond its bounds gets back within them. */
  #makeRoom(): void {
    let looked = 0;
    let toForget = 2;
    for (const [key, state] of this.#states) {
      if (this.#rules.isAtRest(state)) {
        this.#states.delete(key);
        toForget -= 1;
      } else {
        // Behind the others, so that the next search does not begin with it again.
        this.#states.delete(key);
        this.#states.set(key, state);
      }
      looked += 1;
      if (toForget === 0 || looked === LOOKED_AT) return;
    }
  }
}
