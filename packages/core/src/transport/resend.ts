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

/**
 * Go's shouldRetryRequest: whether a request may go out again on another connection. Only one that failed on a connection that was there before can: the
 * server may have closed it without having seen the request. Where a byte was sent it may have seen it, and then only a request that does no harm twice is sent.
 */
export function mayResend({ request, lease, error }: FailedAttempt): boolean {
  if (lease === undefined || !(lease.isReused || lease.wasIdle)) return false;
  if (!(error instanceof RoundTripError) || error.code !== 'stale-connection') return false;
  if (error.sent === 'nothing') return request.body === undefined || request.body.canOpen;
  return isRepeatable(request);
}
