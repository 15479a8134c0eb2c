import type { Lease } from '../contract/connection.ts';
import type { HttpRequest } from '../contract/http-request.ts';
import { isRepeatable } from '../contract/repeatable.ts';
import { RoundTripError } from '../contract/round-trip-error.ts';

/** What the caller is told of an attempt that failed. */
export interface FailedAttempt {
  readonly request: HttpRequest;
  /** The connection it was on; undefined where there was none. */
  readonly lease: Pick<Lease, 'isReused' | 'wasIdle'> | undefined;
  readonly error: unknown;
}

/** How often a request goes out again because servers say that they have not looked at it: as many tries in all as in curl, and less than Go's eight. */
const MAX_REFUSALS = 5;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 1_000;

/** Whether the server says of the request that it has not looked at it (RFC 9113 §8.7): whatever it is, nothing has come of it. */
export function isUnprocessed(error: unknown): boolean {
  return error instanceof RoundTripError && (error.code === 'stream-refused' || error.code === 'server-goaway');
}

/**
 * When a request that was not looked at goes out again: at once the first time, since a server that restarts says so once, and then later and later.
 * @param refusals How often it was not looked at, at least 1.
 * @param random From 0 to 1: those that were refused together do not come back together.
 * @returns milliseconds; undefined where it was often enough.
 */
export function delayAfterRefusal(refusals: number, random: number): number | undefined {
  if (refusals > MAX_REFUSALS) return undefined;
  if (refusals === 1) return 0;
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (refusals - 2)) * (0.5 + random / 2);
}

/**
 * Go's shouldRetryRequest: whether a request may go out again on another connection. Only one that failed on a connection that was there before can: the
 * server may have closed it without having seen the request. Where a byte was sent it may have seen it, and then only a request that does no harm twice is sent.
 */
export function mayResend({ request, lease, error }: FailedAttempt): boolean {
  if (isUnprocessed(error)) return request.body === undefined || request.body.canOpen;
  if (lease === undefined || !(lease.isReused || lease.wasIdle)) return false;
  if (!(error instanceof RoundTripError) || error.code !== 'stale-connection') return false;
  if (error.sent === 'nothing') return request.body === undefined || request.body.canOpen;
  return isRepeatable(request);
}
