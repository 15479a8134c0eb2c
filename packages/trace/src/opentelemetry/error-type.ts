import { RoundTripError } from '@roundtripper/core';

/** What the conventions have for a failure that nothing is known of. */
const OTHER_ERROR = '_OTHER';

/**
 * `error.type` of a failure, of few different values: the code of a RoundTripError, else the name of the error's class (`AbortError`, `TimeoutError`, `TypeError`) or,
 * where that says nothing, its code (`ECONNRESET`).
 */
export function errorType(error: unknown): string {
  if (error instanceof RoundTripError) return error.code;
  if (!(error instanceof Error)) return OTHER_ERROR;
  if (error.name !== 'Error' && error.name !== '') return error.name;
  const code: unknown = Reflect.get(error, 'code');
  if (typeof code === 'string' && code !== '') return code;
  return error.constructor.name === '' ? OTHER_ERROR : error.constructor.name;
}

/** Whether a body ended because its reader wants no more of it, or is no more: that is no failure. */
export function isGivenUp(error: unknown): boolean {
  return error instanceof RoundTripError && error.code === 'body-disposed';
}

/** Whether it ended because its response was collected unread. There is no code for that, which is why this goes by what the error says. */
export function isDropped(error: unknown): boolean {
  return isGivenUp(error) && error instanceof Error && error.message === DROPPED;
}

const DROPPED = 'the response was dropped before its body was read';
