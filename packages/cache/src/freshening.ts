import type { HttpHeaders } from '@roundtripper/core';

import { initialAge } from './age.ts';
import { dateOf, policyOf } from './freshness.ts';
import { parseCacheDate } from './http-date.ts';
import type { Rules } from './rules.ts';
import { storableHeaders, updatedHeaders } from './storable-headers.ts';
import { directiveRefusal, sharedRefusal, unstoredFields, type Received } from './storing.ts';
import { derive, type StoredResponse } from './stored-response.ts';
import { responseControl } from './targeted-cache-control.ts';
import { selectingFields, variantOf } from './vary.ts';

/** Which stored response a 304 is about (RFC 9111 §4.3.4). */
export type Validated =
  | { readonly kind: 'stored'; readonly stored: StoredResponse }
  /** None of those whose validators were sent: it answers the caller's own condition, or is a mistake. */
  | { readonly kind: 'other' };

/**
 * By its validator: the strong ones first, then the weak, then the date. One that has none is about the only response that was asked about.
 * @param asked The stored responses whose validators were sent, the one to be used first.
 */
export function validatedBy(headers: HttpHeaders, asked: readonly StoredResponse[], isCallersToo: boolean): Validated {
  const etag = headers.get('etag');
  if (etag !== null) return found(asked.find((stored) => stored.etag === etag) ?? asked.find((stored) => isWeaklySame(stored.etag, etag)));
  const [first] = asked;
  const lastModifiedMs = parseCacheDate(headers.get('last-modified') ?? '', 0);
  const isAboutFirst = asked.length === 1 && !isCallersToo;
  if (lastModifiedMs === undefined) return found(isAboutFirst ? first : undefined);
  return found(
    asked.find((stored) => stored.lastModifiedMs === lastModifiedMs) ??
      (first?.lastModifiedMs === undefined && isAboutFirst ? first : undefined),
  );
}

function found(stored: StoredResponse | undefined): Validated {
  return stored === undefined ? { kind: 'other' } : { kind: 'stored', stored };
}

/** RFC 9110 §8.8.3.2, weak comparison. */
export function isWeaklySame(one: string | undefined, other: string): boolean {
  return one !== undefined && one.replace(/^W\//, '') === other.replace(/^W\//, '');
}

/** What becomes of a stored response that was validated. */
export interface Freshened {
  readonly head: StoredResponse;
  /** Whether it may stay in the store: what was allowed may be so no longer. */
  readonly isStorable: boolean;
}

/** RFC 9111 §3.2 and §4.3.4: all fields of the 304, or of a HEAD's 200, but those that describe its own message, take the place of the stored ones. */
export function freshen(stored: StoredResponse, { request, response, requestedAtMs, receivedAt }: Received, rules: Rules): Freshened {
  const { control: newControl } = responseControl(response.headers, rules.targets);
  const unstored = unstoredFields(newControl, rules);
  const fresh = storableHeaders(
    response.headers,
    dateOf(response.headers, receivedAt.wallMs),
    rules.mode === 'shared' ? [...unstored, 'set-cookie'] : unstored,
  );
  const headers = updatedHeaders(stored.headers, fresh);
  const directives = responseControl(headers, rules.targets);
  const isSelectedAnew = response.headers.has('vary') || response.headers.has('set-cookie');
  const selecting = isSelectedAnew ? selectingFields(request.headers, headers, rules.mode) : stored.selecting;
  const { url, status } = stored;
  const receivedAtMs = receivedAt.wallMs;
  const head: StoredResponse = {
    ...stored,
    ...derive({ url, headers, receivedAtMs }),
    headers: headers.compact(),
    receivedAtMs,
    receivedMonotonicMs: receivedAt.monotonicMs,
    initialAgeMs: initialAge(response.headers, requestedAtMs, receivedAt),
    policy: policyOf({ status, headers, directives, nowMs: receivedAtMs }, rules),
    selecting: selecting ?? stored.selecting,
    variant: variantOf(selecting ?? stored.selecting, stored.part),
    isInvalidated: false,
  };
  const refusal = directiveRefusal(status, directives.control) ?? sharedRefusal(headers, directives.control, rules);
  const isMalformed = newControl.isMalformed;
  return { head, isStorable: refusal === undefined && selecting !== undefined && !isMalformed };
}

/** RFC 9111 §4.3.5: whether a HEAD's 200 is about the same representation as a stored GET: what it says of validators and length is what is stored. */
export function isSameRepresentation(stored: StoredResponse, headers: HttpHeaders): boolean {
  const etag = headers.get('etag');
  if (etag !== null && etag !== stored.etag) return false;
  const lastModified = headers.get('last-modified');
  if (lastModified !== null && parseCacheDate(lastModified, 0) !== stored.lastModifiedMs) return false;
  const length = headers.get('content-length');
  const total = stored.part === undefined ? stored.bodyBytes : stored.part.total;
  return length === null || total === undefined || Number(length) === total;
}
