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
