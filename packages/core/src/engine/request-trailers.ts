import { checkTrailers, type HttpRequest } from '../contract/http-request.ts';
import type { HttpHeaders } from '../contract/http-headers.ts';

/** The fields after a request's body. Asked for only once that was sent: a trailer may be computed from it. @throws what the caller's function does. */
export function requestTrailers({ trailers }: HttpRequest): HttpHeaders | undefined {
  return typeof trailers === 'function' ? checkTrailers(atOnce(trailers())) : trailers;
}

/** A promise would be taken for a record without fields, and the trailers be lost without a word. */
function atOnce<T>(fields: T): T {
  const given: unknown = fields;
  if (!(given instanceof Promise)) return fields;
  given.catch(() => {});
  throw new TypeError('invalid trailers: the function returned a promise, and what it resolves to comes too late: expected fields');
}
