const MOST_VALUES = 64;

/** Says whether a value was there before, not long ago. It remembers hashes, so that once in a great while it takes one for another, which costs an entry of a table. */
export class RepeatFilter {
  /** Of the last values, in a ring that grows as they come: most connections see few, and room for all took half a kilobyte of an idle one. */
  #hashes: number[] | undefined;
  #next = 0;

  /** Whether this is not the first time. */
  see(name: string, value: string): boolean {
    let hash = name.length + 1;
    for (let at = 0; at < value.length; at++) hash = Math.imul(hash ^ value.charCodeAt(at), 0x0100_0193);
    if (this.#hashes?.includes(hash) === true) return true;
    if (this.#hashes === undefined) this.#hashes = [hash];
    else this.#hashes[this.#next] = hash;
    this.#next = (this.#next + 1) % MOST_VALUES;
    return false;
  }
}
