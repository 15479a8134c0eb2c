import { RoundTripError } from '@roundtripper/core';

/** Whether a body ended because its reader wants no more of it, or is no more: that is no failure. */
export function isGivenUp(error: unknown): boolean {
  return error instanceof RoundTripError && error.code === 'body-disposed';
}

/** Whether it ended because its response was collected unread. There is no code for that, which is why this goes by what the error says. */
export function isDropped(error: unknown): boolean {
  return isGivenUp(error) && error instanceof Error && error.message === DROPPED;
}

const DROPPED = 'the response was dropped before its body was read';
