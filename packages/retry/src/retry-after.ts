import { parseHttpDate, type HttpHeaders } from '@roundtripper/core';

/** RFC 9110 §10.2.3 `delay-seconds`, and with a fraction, as some write it: who does not read it comes back too early. Of any length for the same reason: too long to be waited for. */
const DELAY_SECONDS = /^\d+(?:\.\d+)?$/;

/**
 * How long a response asks to be left alone (`Retry-After`, RFC 9110 §10.2.3), in milliseconds, which may be infinitely many; `undefined` where it does not, or not in a form that can be read.
 *
 * A date counts from the response's own `Date`: the difference is the same whatever the two clocks say. One that is past is no wait at all.
 * Of several fields the one that asks for the longest counts.
 */
export function retryAfter(headers: HttpHeaders, nowMs: number): number | undefined {
  const values = headers.getAll('retry-after');
  if (values.length === 0) return undefined;
  const sentAtMs = parseHttpDate(headers.get('date') ?? '', nowMs) ?? nowMs;
  const delays = values.map((value) => delayOf(value, sentAtMs)).filter((delay) => delay !== undefined);
  return delays.length === 0 ? undefined : Math.max(...delays);
}

function delayOf(value: string, sentAtMs: number): number | undefined {
  if (DELAY_SECONDS.test(value)) return Math.ceil(Number(value) * 1_000);
  const dueMs = parseHttpDate(value, sentAtMs);
  return dueMs === undefined ? undefined : Math.max(0, dueMs - sentAtMs);
}
