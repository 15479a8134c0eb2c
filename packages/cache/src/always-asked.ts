/** How many keys are remembered. */
const REMEMBERED = 1_000;

/**
 * What its server wants to be asked about each time (`no-cache`), with nothing that could be asked about: nobody could ever be served it, and it is not stored. Where there is no way to the
 * server it counts as if it were: the answer is a 504, as for all that must not be used without asking (RFC 9111 §5.2.2.4, §4.2.4).
 */
export class AlwaysAsked {
  /** Generations by key: what was invalidated since is forgotten. */
  readonly #known = new Map<string, number>();

  /** Whether the last answer was such a one. */
  has(key: string, generation: number): boolean {
    return this.#known.get(key) === generation;
  }

  add(key: string, generation: number): void {
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    this.#known.set(key, generation);
  }

  /** There was an answer of another kind. */
  delete(key: string): void {
    if (this.#known.size > 0) this.#known.delete(key);
  }
}
