import type { HttpHeaders } from '@roundtripper/core';

import { initialAge } from './age.ts';
import { dateOf, policyOf } from './freshness.ts';
import { parseCacheDate } from './http-date.ts';
import { responseFields } from './response-fields.ts';
import type { Rules } from './rules.ts';
import { storableFields, updatedHeaders } from './storable-headers.ts';
import { directiveRefusal, isForAskerAlone, sharedRefusal, unstoredFields, type Received } from './storing.ts';
import { derive, type SelectingField, type StoredResponse } from './stored-response.ts';
import { responseControl } from './targeted-cache-control.ts';
import { selectingFields, variantOf } from './vary.ts';
import type { SentCondition } from './validation.ts';

/** What a 304 is about (RFC 9111 §4.3.4). */
export type Validated =
  | { readonly kind: 'stored'; readonly stored: StoredResponse }
  /** What the caller has: it answers the caller's own condition. */
  | { readonly kind: 'callers' }
  /** One of both, and it does not say which; or it is a mistake. */
  | { readonly kind: 'unknown' };

/**
 * By its validator: the strong ones first, then the weak, then the date. One that has none is about the only response that was asked about.
 * @param asked The stored responses whose validators were sent, the one to be used first.
 */
export function validatedBy(headers: HttpHeaders, asked: readonly StoredResponse[], condition: SentCondition): Validated {
  if (condition.kind === 'callers') return CALLERS;
  const etag = headers.get('etag');
  if (etag !== null) {
    const stored = asked.find((each) => each.etag === etag) ?? asked.find((each) => isWeaklySame(each.etag, etag));
    if (stored !== undefined) return { kind: 'stored', stored };
    return condition.kind === 'both' && condition.tags.some((tag) => isWeaklySame(etag, tag)) ? CALLERS : UNKNOWN;
  }
  const [first] = asked;
  const lastModifiedMs = parseCacheDate(headers.get('last-modified') ?? '', 0);
  const only = asked.length === 1 && condition.kind === 'ours' ? first : undefined;
  if (lastModifiedMs === undefined) return foundOr(only);
  return foundOr(
    asked.find((stored) => stored.lastModifiedMs === lastModifiedMs) ?? (first?.lastModifiedMs === undefined ? only : undefined),
  );
}

function foundOr(stored: StoredResponse | undefined): Validated {
  return stored === undefined ? UNKNOWN : { kind: 'stored', stored };
}

const CALLERS: Validated = { kind: 'callers' };
const UNKNOWN: Validated = { kind: 'unknown' };

/** RFC 9110 §8.8.3.2, weak comparison. */
export function isWeaklySame(one: string | undefined, other: string): boolean {
  return one !== undefined && one.replace(/^W\//, '') === other.replace(/^W\//, '');
}

/** What becomes of a stored response that was validated. */
export interface Freshened {
  readonly head: StoredResponse;
  /** Whether it may stay in the store: what was allowed may be so no longer. */
  readonly isStorable: boolean;
  /** Whether who asked may have it, and what is stored stays as it is for the others. */
  readonly isForAskerAlone: boolean;
}

/** RFC 9111 §3.2 and §4.3.4: all fields of the 304, or of a HEAD's 200, but those that describe its own message, take the place of the stored ones. */
export function freshen(stored: StoredResponse, received: Received, rules: Rules): Freshened {
  const { request, response, receivedAt } = received;
  const said = responseFields(response.headers);
  const dateMs = dateOf(said, receivedAt.wallMs);
  const { control: newControl } = responseControl(response.headers, rules.targets);
  const unstored = unstoredFields(newControl, rules);
  const fresh = storableFields(said, dateMs, rules.mode === 'shared' ? [...unstored, 'set-cookie'] : unstored);
  const headers = updatedHeaders(stored.headers, fresh.storable);
  const directives = responseControl(headers, rules.targets);
  // What either of them keeps out goes, from wherever it comes.
  for (const name of unstoredFields(directives.control, rules)) headers.delete(name);
  const fields = responseFields(headers.compact());
  const isSelectedAnew = said.vary !== null || said.setCookie !== null;
  const selecting = isSelectedAnew ? selectedBy(stored, selectingFields(request.headers, fields, rules.mode)) : stored.selecting;
  const { url, status } = stored;
  const receivedAtMs = receivedAt.wallMs;
  const head: StoredResponse = {
    ...stored,
    ...derive({ url, fields, receivedAtMs }),
    headers: fields.storable,
    receivedAtMs,
    receivedMonotonicMs: receivedAt.monotonicMs,
    initialAgeMs: initialAge(said, dateMs, received),
    policy: policyOf({ status, fields, directives, nowMs: receivedAtMs }, rules),
    selecting: selecting ?? stored.selecting,
    variant: variantOf(selecting ?? stored.selecting, stored.part),
    isInvalidated: false,
  };
  const refusal = directiveRefusal(status, directives.control) ?? sharedRefusal(fields, directives.control, rules);
  const isMalformed = newControl.isMalformed;
  return {
    head,
    isStorable: refusal === undefined && selecting !== undefined && !isMalformed,
    isForAskerAlone: isForAskerAlone(received, stored, directives.control, rules),
  };
}

/** By the same fields as before it stays where it is: who asked may have been told of another's variant, who would miss it then. */
function selectedBy(
  { selecting }: StoredResponse,
  selectingNow: readonly SelectingField[] | undefined,
): readonly SelectingField[] | undefined {
  const isSame = selecting.length === selectingNow?.length && selecting.every(([name], at) => name === selectingNow[at]?.[0]);
  return isSame ? selecting : selectingNow;
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
