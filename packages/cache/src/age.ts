import { parseDeltaSeconds } from './cache-control.ts';
import type { ResponseFields } from './response-fields.ts';
import type { Moment, StoredResponse } from './stored-response.ts';

/** When a response was asked for, on the monotonic clock, and when it came. */
interface OnItsWay {
  readonly requestedAtMs: number;
  readonly receivedAt: Moment;
}

/** RFC 9111 §4.2.3, `corrected_initial_age`: how old a response is when it comes, in milliseconds. The time it took counts whole. @param dateMs As `dateOf` has it. */
export function initialAge({ age }: Pick<ResponseFields, 'age'>, dateMs: number, { requestedAtMs, receivedAt }: OnItsWay): number {
  const apparentMs = Math.max(0, receivedAt.wallMs - dateMs);
  const delayMs = Math.max(0, receivedAt.monotonicMs - requestedAtMs);
  return Math.max(apparentMs, declaredAge(age) + delayMs);
}

/** RFC 9111 §5.1: of several members the first counts, and one that is no number says nothing. */
function declaredAge(age: string | null): number {
  if (age === null) return 0;
  const [first = ''] = age.split(',', 1);
  return (parseDeltaSeconds(first.trim()) ?? 0) * 1_000;
}

/** By how much the clocks of machines that share a store may differ before what one of them has stored counts as too old for the other. */
const MOST_SKEW_MS = 60_000;

/**
 * RFC 9111 §4.2.3, `current_age`, in milliseconds. Of the two clocks the one by which more time has passed counts: the wall clock may be set
 * back, and the other stands still while the machine sleeps. It never becomes younger than it was when it came. Where another process has stored it there is the wall clock alone: once
 * that was set back nobody knows how much time has passed, and the age is infinite.
 */
export function currentAge({ initialAgeMs, receivedAtMs, receivedMonotonicMs }: Aged, now: Moment): number {
  const wallMs = now.wallMs - receivedAtMs;
  if (receivedMonotonicMs !== undefined) return initialAgeMs + Math.max(0, wallMs, now.monotonicMs - receivedMonotonicMs);
  return wallMs < -MOST_SKEW_MS ? Number.POSITIVE_INFINITY : initialAgeMs + Math.max(0, wallMs);
}

type Aged = Pick<StoredResponse, 'initialAgeMs' | 'receivedAtMs' | 'receivedMonotonicMs'>;
