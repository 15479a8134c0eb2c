/** Why a stored response is served. */
export type ServeReason = 'fresh' | 'stale-as-requested' | 'stale-while-revalidate' | 'forced';

/** Why a request is not answered from the store alone, as a `cacheDecision` event says it. */
export type MissReason =
  | 'nothing-stored'
  | 'another-variant-stored'
  | 'a-part-stored'
  | 'stale'
  | 'invalidated'
  | 'response-no-cache'
  | 'request-no-cache'
  | 'request-reload'
  | 'request-max-age'
  | 'request-min-fresh'
  | 'body-gone'
  | 'validated-another';

/** Why a request has nothing to do with the cache, as a `cacheDecision` event says it. */
export type BypassReason =
  | 'method'
  | 'closed'
  | 'request-no-store'
  | 'request-malformed-cache-control'
  | 'request-body'
  | 'request-host'
  | 'request-range'
  | 'request-condition';

/** Why a stale response was served after the server was asked, or why a 504 was made in its place. */
export type FallbackReason = 'stale-if-error' | 'disconnected';

/** RFC 9211 §2.2: why a request went on. */
export type Forwarded = 'bypass' | 'method' | 'uri-miss' | 'vary-miss' | 'request' | 'stale' | 'partial' | 'miss';
