import { HttpHeaders } from '../contract/http-headers.ts';

/** RFC 9110 §6.5.1: fields for framing, routing and authentication have no business after the body, nor have cookies; they are left out. */
const DROPPED_TRAILERS: ReadonlySet<string> = new Set([
  'content-length',
  'content-encoding',
  'content-type',
  'content-range',
  'trailer',
  'host',
  'location',
  'authorization',
  'proxy-authorization',
  'www-authenticate',
  'proxy-authenticate',
  'set-cookie',
  'cookie',
  'cache-control',
  'vary',
  'age',
  'expires',
  'date',
  'retry-after',
]);

/** The trailers of a response, of fields that were checked. The list is kept where all of them may come. */
export function allowedTrailers(fields: readonly string[]): HttpHeaders {
  const isAllowed = (at: number): boolean => !DROPPED_TRAILERS.has(fields[at - (at % 2)] ?? '');
  return HttpHeaders.fromFields(fields.every((_, at) => isAllowed(at)) ? fields : fields.filter((_, at) => isAllowed(at)));
}
