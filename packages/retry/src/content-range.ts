/** A part of a representation, as a server says what it sends (RFC 9110 §14.4). */
export interface ContentRange {
  /** Of the first byte. */
  readonly first: number;
  /** Of the last byte. */
  readonly last: number;
  /** The length of the whole; undefined where the server does not say. */
  readonly total: number | undefined;
}

const FORM = /^bytes (?<first>\d{1,15})-(?<last>\d{1,15})\/(?:(?<total>\d{1,15})|\*)$/i;

/** The part that a `Content-Range` in bytes names; `undefined` for any other text, and for a range that cannot be. */
export function parseContentRange(text: string): ContentRange | undefined {
  const parts = FORM.exec(text)?.groups;
  if (parts === undefined) return undefined;
  const first = Number(parts['first']);
  const last = Number(parts['last']);
  const total = parts['total'] === undefined ? undefined : Number(parts['total']);
  return last < first || (total !== undefined && total <= last) ? undefined : { first, last, total };
}
