import type { HttpHeaders } from '@roundtripper/core';

import { isWeaklySame } from './freshening.ts';
import { parseCacheDate } from './http-date.ts';
import { isStrong, locateStored } from './ranges.ts';
import type { RequestView } from './request-view.ts';
import type { ByteRange } from './store.ts';
import type { StoredResponse } from './stored-response.ts';

/** How much of a stored response answers a request. */
export type Extent =
  | { readonly kind: 'whole' }
  /** 304: what the caller has still holds. */
  | { readonly kind: 'not-modified' }
  /** 206: these bytes of the representation. */
  | { readonly kind: 'range'; readonly range: ByteRange }
  /** 206 in several parts: these bytes of it, which do not touch. */
  | { readonly kind: 'ranges'; readonly ranges: readonly ByteRange[] }
  /** 416. */
  | { readonly kind: 'unsatisfiable' };

const WHOLE: Extent = { kind: 'whole' };
const NOT_MODIFIED: Extent = { kind: 'not-modified' };
const UNSATISFIABLE: Extent = { kind: 'unsatisfiable' };

/** RFC 9110 §13.2.2, in its order, as far as it is a cache's to evaluate (RFC 9111 §4.3.2); conditions and ranges count for a response that is a success without them (§13.2.1). */
export function extentOf(view: RequestView, stored: StoredResponse): Extent {
  if (!view.isConditional && view.range === undefined) return WHOLE;
  const { headers, method } = view.request;
  if (stored.status !== 200 && stored.status !== 206) return WHOLE;
  if (view.isConditional && isNotModified(headers, stored)) return NOT_MODIFIED;
  const { range } = view;
  if (range === undefined || range.kind === 'other' || method !== 'GET' || !isRangeConditionMet(headers, stored)) return WHOLE;
  const located = locateStored(range, stored);
  if (located.kind === 'unsatisfiable') return UNSATISFIABLE;
  if (located.kind !== 'within') return WHOLE;
  const [first, ...more] = located.ranges;
  if (first === undefined) return WHOLE;
  return more.length === 0 ? { kind: 'range', range: first } : { kind: 'ranges', ranges: located.ranges };
}

/** RFC 9110 §13.1.2 and §13.1.3: `If-None-Match` where there is one, else `If-Modified-Since`. */
function isNotModified(headers: HttpHeaders, stored: StoredResponse): boolean {
  const ifNoneMatch = headers.get('if-none-match');
  if (ifNoneMatch !== null) return ifNoneMatch.trim() === '*' || parseTags(ifNoneMatch).some((tag) => isWeaklySame(stored.etag, tag));
  const sinceMs = parseCacheDate(headers.get('if-modified-since') ?? '', stored.receivedAtMs);
  if (sinceMs === undefined) return false;
  // §4.3.2 of RFC 9111: for want of Last-Modified its Date, or else the time it came.
  return (stored.lastModifiedMs ?? stored.dateMs) <= sinceMs;
}

/** RFC 9110 §13.1.5: whether the caller's part belongs to what is stored, and a further part is what it wants. */
export function isRangeConditionMet(headers: HttpHeaders, stored: StoredResponse): boolean {
  const ifRange = headers.get('if-range')?.trim();
  if (ifRange === undefined) return true;
  if (ifRange.includes('"')) return isStrong(ifRange) && ifRange === stored.etag;
  return stored.etag === undefined && isStrongDate(stored) && parseCacheDate(ifRange, stored.receivedAtMs) === stored.lastModifiedMs;
}

/** RFC 9110 §8.8.2.2: a date is a strong validator where it was a minute old at the least when the response was made. */
function isStrongDate({ lastModifiedMs, dateMs }: StoredResponse): boolean {
  return lastModifiedMs !== undefined && dateMs - lastModifiedMs >= 60_000;
}

/** RFC 9110 §13.1.1 and §13.1.4: whether `If-Match`, or else `If-Unmodified-Since`, holds of what is stored. */
export function originConditionHolds(headers: HttpHeaders, stored: StoredResponse): boolean {
  const ifMatch = headers.get('if-match');
  if (ifMatch !== null) return ifMatch.trim() === '*' || (isStrong(stored.etag) && parseTags(ifMatch).includes(stored.etag));
  const sinceMs = parseCacheDate(headers.get('if-unmodified-since') ?? '', stored.receivedAtMs);
  return sinceMs === undefined || (stored.lastModifiedMs !== undefined && stored.lastModifiedMs <= sinceMs);
}

const TAG = /[ \t]*((?:W\/)?"[^"]*"|[^\s",]+)[ \t]*(?:,|$)|[ \t]*(?:,|$)/y;

/** A list of entity tags. Those without quotes, which some servers make, count as they stand; at what is no tag the list ends. */
export function parseTags(text: string): readonly string[] {
  const tags: string[] = [];
  for (let at = 0; at < text.length;) {
    TAG.lastIndex = at;
    const match = TAG.exec(text);
    if (match === null) break;
    at = TAG.lastIndex;
    if (match[1] !== undefined) tags.push(match[1]);
  }
  return tags;
}
