import { FieldSelection, type HttpHeaders } from '@roundtripper/core';

/** RFC 9111 §3.1: what belongs to a connection, or to a proxy, and not to the response; and what is said anew each time. */
const UNSTORED = [
  'age',
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
] as const;

/** In the order in which {@link responseFields} takes them. */
const SELECTION = new FieldSelection(
  [
    'age',
    'cache-groups',
    'connection',
    'content-length',
    'content-location',
    'content-range',
    'date',
    'etag',
    'expires',
    'last-modified',
    'no-vary-search',
    'set-cookie',
    'vary',
  ],
  UNSTORED,
);

/** What the rules ask of the fields of a response, but for its directives: each as `HttpHeaders.get` has it, and read in one pass. */
export interface ResponseFields {
  readonly age: string | null;
  readonly cacheGroups: string | null;
  readonly connection: string | null;
  readonly contentLength: string | null;
  readonly contentLocation: string | null;
  readonly contentRange: string | null;
  readonly date: string | null;
  readonly etag: string | null;
  readonly expires: string | null;
  readonly lastModified: string | null;
  readonly noVarySearch: string | null;
  readonly setCookie: string | null;
  readonly vary: string | null;
  /** All fields, but for those that no cache stores. */
  readonly storable: HttpHeaders;
}

export function responseFields(headers: HttpHeaders): ResponseFields {
  const { values, kept: storable } = headers.select(SELECTION);
  const [
    age = null,
    cacheGroups = null,
    connection = null,
    contentLength = null,
    contentLocation = null,
    contentRange = null,
    date = null,
    etag = null,
    expires = null,
    lastModified = null,
    noVarySearch = null,
    setCookie = null,
    vary = null,
  ] = values;
  return {
    age,
    cacheGroups,
    connection,
    contentLength,
    contentLocation,
    contentRange,
    date,
    etag,
    expires,
    lastModified,
    noVarySearch,
    setCookie,
    vary,
    storable,
  };
}
