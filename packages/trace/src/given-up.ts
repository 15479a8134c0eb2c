import { RoundTripError } from '@roundtripper/core';

/** Whether a body ended because its reader wants no more of it, or is no more: that is no failure. */
export function isGivenUp(error: unknown): boolean {
  return isDisposed(error) || isDropped(error);
}

/** Whether its reader said so. */
export function isDisposed(error: unknown): boolean {
  return error instanceof RoundTripError && error.code === 'body-disposed';
}

/** Whether its response was collected as garbage, unread. */
export function isDropped(error: unknown): boolean {
  return error instanceof RoundTripError && error.code === 'response-dropped';
}
