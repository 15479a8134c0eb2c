/** URLs end in a number from here on: all are of one length, and so is what is stored of them. */
export const FIRST_NUMBER = 10_000_000;

/** Of the order in which what is stored is asked for. */
export const SEED = 20_261_121;

/** What the process of a cache with very many entries is made for, given to it as JSON. */
export interface StoreJob {
  /** `Map`: no cache, and no server. */
  readonly store: 'memory' | 'SQLite' | 'Map';
  /** Asking for what is stored, in random order, or for what is not, and then is. */
  readonly exchange: 'hit' | 'miss';
  /** How many it is to be filled with. */
  readonly entries: number;
  /** What the store may take; undefined for as much as its memory needs for the entries, and no more. */
  readonly maxBytes: number | undefined;
  readonly url: string;
  readonly concurrency: number;
  readonly answerBytes: number;
  /** Where it may keep files. */
  readonly folder: string;
}
