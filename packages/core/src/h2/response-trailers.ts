import { HttpHeaders } from '../contract/http-headers.ts';
import { DROPPED_TRAILERS } from '../contract/message-rules.ts';

/** The trailers of a response, of fields that were checked. The list is kept where all of them may come. */
export function allowedTrailers(fields: readonly string[]): HttpHeaders {
  const isAllowed = (at: number): boolean => !DROPPED_TRAILERS.has(fields[at - (at % 2)] ?? '');
  return HttpHeaders.fromFields(fields.every((_, at) => isAllowed(at)) ? fields : fields.filter((_, at) => isAllowed(at)));
}
