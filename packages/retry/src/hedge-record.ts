import { contextKey, type ContextKey } from '@roundtripper/core';

/** What became of a request's tries. */
export interface HedgeRecord {
  /** How many there were. */
  readonly tries: number;
  /** The number of the one whose answer this is; 1 is the first. */
  readonly won: number;
}

/** Under this key the context of a response has how many tries it took, and which of them won. Absent where the request may not be hedged. */
export const hedged: ContextKey<HedgeRecord> = contextKey('hedged');
