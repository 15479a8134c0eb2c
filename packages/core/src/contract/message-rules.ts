/** What a request without a `User-Agent` says (RFC 9110 §10.1.5). */
export const USER_AGENT = 'roundtripper';

/** RFC 9110 §8.6: a request of a method that defines content says that it has none. */
export const METHODS_WITH_CONTENT: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

/** RFC 9110 §6.5.1: fields for framing, routing and authentication have no business after the body, nor have cookies; they are left out. */
export const DROPPED_TRAILERS: ReadonlySet<string> = new Set([
  'transfer-encoding',
  'content-length',
  'content-encoding',
  'content-type',
  'content-range',
  'trailer',
  'host',
  'connection',
  'upgrade',
  'te',
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
