import { checkTrailers, type HttpRequest } from '../contract/http-request.ts';
import type { HttpHeaders } from '../contract/http-headers.ts';

/** The fields after a request's body. Asked for only once that was sent: a trailer may be computed from it. @throws what the caller's function does. */
export function requestTrailers({ trailers }: HttpRequest): HttpHeaders | undefined {
  return typeof trailers === 'function' ? checkTrailers(trailers()) : trailers;
}
