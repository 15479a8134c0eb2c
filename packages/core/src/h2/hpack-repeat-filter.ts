const PLACES = 64;

/** Says whether a value was there before, not long ago. It remembers hashes, so now and then it takes one for another, which costs an entry of a table. */
export class RepeatFilter {
  #hashes: Int32Array | undefined;

  /** Whether this is not the first time. */
  see(name: string, value: string): boolean {
    const hashes = (this.#hashes ??= new Int32Array(PLACES));
    let hash = name.length + 1;
    for (let at = 0; at < value.length; at++) hash = Math.imul(hash ^ value.charCodeAt(at), 0x0100_0193);
    const place = (hash ^ (hash >>> 15)) & (PLACES - 1);
    if (hashes[place] === hash) return true;
    hashes[place] = hash;
    return false;
  }
}
