import type { Route } from '../contract/route.ts';
import { RoundTripError, type RoundTripErrorCode } from '../contract/round-trip-error.ts';

export function closedError(route: Route): RoundTripError {
  return queueError(route, 'transport-closed', 'the transport is closed');
}

export function queueFullError(route: Route, limit: number): RoundTripError {
  return queueError(route, 'queue-full', `${limit} requests wait for a connection already (maxQueuedPerHost)`);
}

export function poolTimeoutError(route: Route, timeoutMs: number): RoundTripError {
  return queueError(route, 'pool-timeout', `no connection within ${timeoutMs} ms (poolTimeout)`);
}

export function lostError(route: Route): RoundTripError {
  return queueError(route, 'connection-closed', 'the connection was closed as soon as it was open');
}

/** A request that has no connection fails so. */
function queueError({ origin }: Route, code: RoundTripErrorCode, message: string): RoundTripError {
  const timeout = code === 'pool-timeout';
  return new RoundTripError(`${origin.key}: ${message}`, { code, phase: 'queue', sent: 'nothing', timeout, origin: origin.key });
}
