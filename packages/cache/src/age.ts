import type { HttpHeaders } from '@roundtripper/core';

import { parseDeltaSeconds } from './cache-control.ts';
import { dateOf } from './freshness.ts';
import type { Moment, StoredResponse } from './stored-response.ts';

/** RFC 9111 §4.2.3, `corrected_initial_age`: how old a response is when it comes, in milliseconds. The time it took counts whole. */
export function initialAge(headers: HttpHeaders, requestedAt: Moment, receivedAt: Moment): number {
  const apparentMs = Math.max(0, receivedAt.wallMs - dateOf(headers, receivedAt.wallMs));
  const delayMs = receivedAt.monotonicMs - requestedAt.monotonicMs;
  return Math.max(apparentMs, declaredAge(headers) + delayMs);
}

/** RFC 9111 §5.1: of several members the first counts, and one that is no number says nothing. */
function declaredAge(headers: HttpHeaders): number {
  const [first = ''] = (headers.get('age') ?? '').split(',', 1);
  return (parseDeltaSeconds(first.trim()) ?? 0) * 1_000;
}

/**
 * RFC 9111 §4.2.3, `current_age`, in milliseconds. Of the two clocks the one by which more time has passed counts: the wall clock may be set
 * back, and the other stands still while the machine sleeps. It never becomes younger than it was when it came.
 */
export function currentAge({ initialAgeMs, receivedAt }: Pick<StoredResponse, 'initialAgeMs' | 'receivedAt'>, now: Moment): number {
  return initialAgeMs + Math.max(0, now.wallMs - receivedAt.wallMs, now.monotonicMs - receivedAt.monotonicMs);
}
