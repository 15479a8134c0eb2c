import { currentAge } from './age.ts';
import { secondsOf } from './cache-control.ts';
import type { RequestView } from './request-view.ts';
import type { Moment, StoredResponse } from './stored-response.ts';

/** What takes the place of an answer that did not come, or of one that says that the server is in trouble. */
export type Fallback =
  | { readonly kind: 'stale'; readonly stored: StoredResponse; readonly ageMs: number }
  /** RFC 9111 §5.2.2.2: a 504; what is stored must not be used, and the caller must not think that there is nothing. */
  | { readonly kind: 'gateway-timeout' }
  /** The failure, or the answer, as it is. */
  | { readonly kind: 'none' };

const NONE: Fallback = { kind: 'none' };
const GATEWAY_TIMEOUT: Fallback = { kind: 'gateway-timeout' };

/** RFC 5861 §4. */
const ERROR_STATUSES: ReadonlySet<number> = new Set([500, 502, 503, 504]);

/** Whether an answer says that the server is in trouble. */
export function isServerError(status: number): boolean {
  return ERROR_STATUSES.has(status);
}

/**
 * RFC 9111 §4.2.4 and RFC 5861 §4: what of the store may do in place of an answer.
 * @param isAnswered Whether the server has answered, with a {@link isServerError}.
 */
export function fallback(view: RequestView, stored: StoredResponse | undefined, now: Moment, isAnswered: boolean): Fallback {
  if (stored === undefined) return NONE;
  const { policy } = stored;
  if (policy.mustRevalidate || policy.isAlwaysValidated) return isAnswered ? NONE : GATEWAY_TIMEOUT;
  // It was said that it does not hold any more, or the caller has seen it and wants something else.
  if (stored.isInvalidated || view.isNoCache || view.override.mode === 'no-cache') return NONE;
  const ageMs = currentAge(stored, now);
  const requestedMs = (secondsOf(view.control, 'stale-if-error', 0) ?? 0) * 1_000;
  const allowedMs = Math.max(policy.staleIfErrorMs, requestedMs);
  const staleMs = ageMs - policy.lifetimeMs;
  return allowedMs > 0 && staleMs <= allowedMs ? { kind: 'stale', stored, ageMs } : NONE;
}

/** Whether a failure means that there was no way to the server: everything but a cancellation and a caller's mistake. */
export function isDisconnection(error: unknown, { request }: RequestView): boolean {
  return request.signal?.aborted !== true && !(error instanceof TypeError);
}
