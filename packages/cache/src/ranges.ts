import type { HttpHeaders } from '@roundtripper/core';

import type { ByteRange } from './store.ts';
import type { StoredResponse } from './stored-response.ts';

/** One range of a `Range` field (RFC 9110 §14.1.2): from `first` to `last` or the end, or the last so many bytes. */
export type RangeSpec =
  | { readonly kind: 'from'; readonly first: number; readonly last: number | undefined }
  | { readonly kind: 'suffix'; readonly bytes: number };

/** What a request wants of a representation. */
export type RangeRequest =
  | RangeSpec
  | { readonly kind: 'several'; readonly specs: readonly RangeSpec[] }
  /** What cannot be read: a set of bytes that is none, which may be ignored (RFC 9110 §14.2), or another unit, which its server may know. */
  | { readonly kind: 'other'; readonly isBytes: boolean };

/** Ranges that can be looked up. */
export type ReadableRange = Exclude<RangeRequest, { readonly kind: 'other' }>;

const BYTES = /^bytes[ \t]*=(?<set>.*)$/i;
const BLANK = /^[ \t]*$/;
const SPEC = /^[ \t]*(?:(?<first>\d+)-(?<last>\d+)?|-(?<suffix>\d+))[ \t]*$/;

/** RFC 9110 §14.2; `undefined` where the request has no `Range`. */
export function parseRange(headers: HttpHeaders): RangeRequest | undefined {
  const text = headers.get('range');
  if (text === null) return undefined;
  const set = BYTES.exec(text)?.groups?.['set'];
  if (set === undefined) return { kind: 'other', isBytes: false };
  const specs: RangeSpec[] = [];
  for (const element of set.split(',')) {
    // §5.6.1.2: empty elements of a list count for nothing.
    if (BLANK.test(element)) continue;
    const spec = parseSpec(element);
    if (spec === undefined) return { kind: 'other', isBytes: true };
    specs.push(spec);
  }
  const [only, ...more] = specs;
  if (only === undefined) return { kind: 'other', isBytes: true };
  return more.length === 0 ? only : { kind: 'several', specs };
}

/** A number beyond all bodies is one all the same, even where it is not exact. */
function parseSpec(text: string): RangeSpec | undefined {
  const { first, last, suffix } = SPEC.exec(text)?.groups ?? {};
  if (suffix !== undefined) return { kind: 'suffix', bytes: Number(suffix) };
  if (first === undefined || (last !== undefined && Number(last) < Number(first))) return undefined;
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
export function parseContentRange(text: string | null): ContentRange | undefined {
  const { first, last, total } = CONTENT_RANGE.exec(text ?? '')?.groups ?? {};
  if (first === undefined || last === undefined) return undefined;
  const range = { start: Number(first), end: Number(last) + 1, total: total === undefined ? undefined : Number(total) };
  const isPossible = range.start < range.end && (range.total === undefined || range.end <= range.total);
  return isPossible ? range : undefined;
}

/** Where in a representation the ranges of a request lie. */
export type Located =
  /** At these bytes of it: one range, or several that do not touch, in the order in which they were asked for. */
  | { readonly kind: 'within'; readonly ranges: readonly ByteRange[] }
  /** None of them has any of its bytes (416). */
  | { readonly kind: 'unsatisfiable' }
  /** The whole of it is the better answer. */
  | { readonly kind: 'whole' }
  /** Not in what is stored of it; or that cannot be told without knowing how long it is. */
  | { readonly kind: 'unknown' };

const UNSATISFIABLE: Located = { kind: 'unsatisfiable' };
const WHOLE: Located = { kind: 'whole' };
const UNKNOWN: Located = { kind: 'unknown' };

/** RFC 9110 §17.15: so many ranges of one request are answered one by one; who wants more gets the whole. */
const MOST_RANGES = 16;

/** Where the ranges of a request lie in what is stored, in offsets of the representation; `unknown` where they are not all there. */
export function locateStored(request: ReadableRange, stored: Pick<StoredResponse, 'part' | 'bodyBytes' | 'headers'>): Located {
  const located = request.kind === 'several' ? locateSeveral(request.specs, stored) : locateOne(request, stored);
  return located.kind === 'whole' && stored.part !== undefined ? UNKNOWN : located;
}

/** RFC 9110 §15.3.7.2: those that can be satisfied, joined where they touch. */
function locateSeveral(specs: readonly RangeSpec[], stored: Pick<StoredResponse, 'part' | 'bodyBytes' | 'headers'>): Located {
  if (specs.length > MOST_RANGES) return WHOLE;
  const found: ByteRange[] = [];
  let bytes = 0;
  for (const spec of specs) {
    const located = locateOne(spec, stored);
    if (located.kind === 'unknown') return UNKNOWN;
    if (located.kind !== 'within') continue;
    for (const range of located.ranges) bytes += range.end - range.start;
    found.push(...located.ranges);
  }
  if (found.length === 0) return UNSATISFIABLE;
  // §17.15: who asks for the same bytes again and again.
  if (bytes > stored.bodyBytes) return WHOLE;
  const ranges = coalesced(found);
  // A Content-Encoding would have to stand on the whole of an answer whose parts it is about, and which is not encoded itself.
  return ranges.length > 1 && stored.headers.has('content-encoding') ? WHOLE : { kind: 'within', ranges };
}

/** Ranges that overlap or adjoin become one, in the place of the first of them. */
function coalesced(ranges: readonly ByteRange[]): readonly ByteRange[] {
  const joined: ByteRange[] = [];
  for (const range of ranges) {
    let { start, end } = range;
    let place = joined.length;
    for (let index = joined.length - 1; index >= 0; index -= 1) {
      const other = joined[index];
      if (other === undefined || other.end < start || other.start > end) continue;
      start = Math.min(start, other.start);
      end = Math.max(end, other.end);
      joined.splice(index, 1);
      place = index;
    }
    joined.splice(place, 0, { start, end });
  }
  return joined;
}

function locateOne(spec: RangeSpec, { part, bodyBytes }: Pick<StoredResponse, 'part' | 'bodyBytes'>): Located {
  if (part === undefined) return locate(spec, bodyBytes);
  const located = locate(spec, part.total);
  if (located.kind !== 'within') return located;
  const isThere = located.ranges.every(({ start, end }) => start >= part.start && end <= part.start + bodyBytes);
  return isThere ? located : UNKNOWN;
}

/** RFC 9110 §14.1.2: a range of a representation of `total` bytes. */
function locate(spec: RangeSpec, total: number | undefined): Located {
  if (spec.kind === 'suffix') {
    if (total === undefined) return UNKNOWN;
    return spec.bytes === 0 || total === 0 ? UNSATISFIABLE : within(Math.max(0, total - spec.bytes), total);
  }
  if (total === undefined) return spec.last === undefined ? UNKNOWN : within(spec.first, spec.last + 1);
  if (spec.first >= total) return UNSATISFIABLE;
  return within(spec.first, Math.min(total, (spec.last ?? total - 1) + 1));
}

function within(start: number, end: number): Located {
  return { kind: 'within', ranges: [{ start, end }] };
}

/** RFC 9110 §14.4: what a `Content-Range` says of bytes of what is stored. */
export function contentRange({ start, end }: ByteRange, stored: Pick<StoredResponse, 'part' | 'bodyBytes'>): string {
  return `bytes ${start}-${end - 1}/${totalOf(stored) ?? '*'}`;
}

/** The length of the representation, where it is known. */
export function totalOf({ part, bodyBytes }: Pick<StoredResponse, 'part' | 'bodyBytes'>): number | undefined {
  return part === undefined ? bodyBytes : part.total;
}

/** RFC 9530 §2, and what came before it: fields about the bytes of the message that came, which do not hold of another part of the representation. */
export const FIELDS_OF_CONTENT: readonly string[] = ['content-digest', 'content-md5'];

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
