/** A field as it came: name and value. */
export type RawField = readonly [name: string, value: string];

/** What one parser makes of the bytes of a response, which end as they do. */
export interface Reading {
  /** `cut`: the bytes ended before the response did. */
  readonly verdict: 'complete' | 'refused' | 'cut';
  readonly interim: readonly number[];
  readonly status: number | undefined;
  readonly reason: string;
  readonly fields: readonly RawField[];
  readonly body: string;
  readonly trailers: readonly RawField[];
  /** Why it was refused, in the parser's own words. */
  readonly why: string;
}

/** Bytes to read, a character a byte, and what they answer. */
export interface Input {
  readonly method: string;
  readonly pieces: readonly string[];
}

export interface MutableReading {
  verdict: Reading['verdict'];
  interim: number[];
  status: number | undefined;
  reason: string;
  fields: readonly RawField[];
  body: string;
  trailers: readonly RawField[];
  why: string;
}

/** Of no bytes at all. */
export function newReading(): MutableReading {
  return { verdict: 'cut', interim: [], status: undefined, reason: '', fields: [], body: '', trailers: [], why: '' };
}
