import type { HttpHeaders } from '@roundtripper/core';

import type { ByteRange } from './store.ts';
import type { StoredResponse } from './stored-response.ts';

/** One range of a `Range` field (RFC 9110 §14.1.2): from `first` to `last` or the end, or the last so many bytes. */
export type RangeSpec =
  | { readonly kind: 'from'; readonly first: number; readonly last: number | undefined }
  | { readonly kind: 'suffix'; readonly bytes: number };

/** What a request wants a part of: `other` where it is more than one range, in another unit, or cannot be read. */
export type RangeRequest = RangeSpec | { readonly kind: 'other' };

const RANGE = /^bytes[ \t]*=[ \t]*(?:(?<first>\d{1,15})-(?<last>\d{1,15})?|-(?<suffix>\d{1,15}))[ \t]*$/i;

/** RFC 9110 §14.2; `undefined` where the request has no `Range`. */
export function parseRange(headers: HttpHeaders): RangeRequest | undefined {
  const text = headers.get('range');
  if (text === null) return undefined;
  const { first, last, suffix } = RANGE.exec(text)?.groups ?? {};
  if (suffix !== undefined) return { kind: 'suffix', bytes: Number(suffix) };
  if (first === undefined || (last !== undefined && Number(last) < Number(first))) return { kind: 'other' };
  return { kind: 'from', first: Number(first), last: last === undefined ? undefined : Number(last) };
}

/** Which part a 206 is (RFC 9110 §14.4). */
export interface ContentRange {
  readonly start: number;
  /** The offset after its last byte. */
  readonly end: number;
  readonly total: number | undefined;
}

const CONTENT_RANGE = /^bytes[ \t]+(?<first>\d{1,15})-(?<last>\d{1,15})\/(?:(?<total>\d{1,15})|\*)$/i;

/** A response's `Content-Range`; `undefined` where there is none, several, or one that contradicts itself. */
export function parseContentRange(headers: HttpHeaders): ContentRange | undefined {
  const { first, last, total } = CONTENT_RANGE.exec(headers.get('content-range') ?? '')?.groups ?? {};
  if (first === undefined || last === undefined) return undefined;
  const range = { start: Number(first), end: Number(last) + 1, total: total === undefined ? undefined : Number(total) };
  const isPossible = range.start < range.end && (range.total === undefined || range.end <= range.total);
  return isPossible ? range : undefined;
}

/** Where in a representation a range lies: some bytes of it, none of it (416), or not to be told without knowing how long it is. */
export type Located =
  | { readonly kind: 'within'; readonly range: ByteRange }
  | { readonly kind: 'unsatisfiable' }
  | { readonly kind: 'unknown' };

const UNSATISFIABLE: Located = { kind: 'unsatisfiable' };
const UNKNOWN: Located = { kind: 'unknown' };

/** RFC 9110 §14.1.2: a range of a representation of `total` bytes. */
function locate(spec: RangeSpec, total: number | undefined): Located {
  if (spec.kind === 'suffix') {
    if (total === undefined) return UNKNOWN;
    return spec.bytes === 0 || total === 0
      ? UNSATISFIABLE
      : { kind: 'within', range: { start: Math.max(0, total - spec.bytes), end: total } };
  }
  if (total === undefined) return spec.last === undefined ? UNKNOWN : { kind: 'within', range: { start: spec.first, end: spec.last + 1 } };
  if (spec.first >= total) return UNSATISFIABLE;
  return { kind: 'within', range: { start: spec.first, end: Math.min(total, (spec.last ?? total - 1) + 1) } };
}

/** Where a range lies in what is stored, in offsets of the representation; `unknown` where it is not all there. */
export function locateStored(spec: RangeSpec, { part, bodyBytes }: Pick<StoredResponse, 'part' | 'bodyBytes'>): Located {
  if (part === undefined) return locate(spec, bodyBytes);
  const located = locate(spec, part.total);
  if (located.kind !== 'within') return located;
  const { start, end } = located.range;
  return start >= part.start && end <= part.start + bodyBytes ? located : UNKNOWN;
}

/** RFC 9111 §3.4: what is missing of a stored part, where that is one range, and the whole could be told from another by a strong validator. */
export function missingRange({ part, bodyBytes, etag }: Pick<StoredResponse, 'part' | 'bodyBytes' | 'etag'>): ByteRange | undefined {
  if (part?.total === undefined || !isStrong(etag)) return undefined;
  const end = part.start + bodyBytes;
  if (part.start === 0) return { start: end, end: part.total };
  return end === part.total ? { start: 0, end: part.start } : undefined;
}

/** The `Range` that asks for what is missing; one that goes to the end needs no last byte. */
export function rangeField({ start, end }: ByteRange, total: number): string {
  return `bytes=${start}-${end === total ? '' : end - 1}`;
}

const STRONG = /^"[^"]*"$/;

/** RFC 9110 §8.8.1: whether a tag says that two are the same byte for byte. */
export function isStrong(etag: string | undefined): etag is string {
  return etag !== undefined && STRONG.test(etag);
}
