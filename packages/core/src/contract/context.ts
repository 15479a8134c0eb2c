/** Names a value of type `T` in a {@link Context}. Two keys are never equal, whatever their names. */
export interface ContextKey<T> {
  /** Shown when debugging; not used for look-up. */
  readonly name: string;
  /** Carries the type only; never set. */
  readonly valueType?: T;
}

/** Makes a key. Keep it in a module-level constant: the key itself is what finds the value. */
export function contextKey<T>(name: string): ContextKey<T> {
  return Object.freeze({ name });
}

/**
 * What middleware tells middleware about one request or response: an immutable map with typed keys.
 * Values given to a request travel inwards with it, values given to a response travel outwards.
 */
export class Context {
  /** The context without values; every request and response starts with it. */
  static readonly empty: Context = new Context(undefined, undefined, undefined);

  // A list, newest first: contexts hold a handful of values, and adding one must not copy the others.
  readonly #outer: Context | undefined;
  readonly #key: ContextKey<unknown> | undefined;
  readonly #value: unknown;

  private constructor(outer: Context | undefined, key: ContextKey<unknown> | undefined, value: unknown) {
    this.#outer = outer;
    this.#key = key;
    this.#value = value;
  }

  /** The value under `key`, or `undefined`. */
  get<T>(key: ContextKey<T>): T | undefined {
    let entry: Context | undefined = this;
    while (entry !== undefined) {
      // oxlint-disable-next-line typescript/consistent-type-assertions -- the key that finds a value is the one it was stored under: the value has its type
      if (entry.#key === key) return entry.#value as T;
      entry = entry.#outer;
    }
    return undefined;
  }

  /** A context with everything this one has, and `value` under `key`. */
  with<T>(key: ContextKey<T>, value: T): Context {
    return new Context(this, key, value);
  }
}
