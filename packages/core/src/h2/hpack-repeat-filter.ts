const MOST_VALUES = 64;

/** Says whether a value was there before, not long ago. It remembers hashes, so that once in a great while it takes one for another, which costs an entry of a table. */
export class RepeatFilter {
  /** Of the last values, in a ring. */
  #hashes: Int32Array | undefined;
  #next = 0;

  /** Whether this is not the first time. */
  see(name: string, value: string): boolean {
    const hashes = (this.#hashes ??= new Int32Array(MOST_VALUES));
    let hash = name.length + 1;
    for (let at = 0; at < value.length; at++) hash = Math.imul(hash ^ value.charCodeAt(at), 0x0100_0193);
    if (hashes.includes(hash)) return true;
    hashes[this.#next] = hash;
    this.#next = (this.#next + 1) % MOST_VALUES;
    return false;
  }
}
