import { currentAge } from './age.ts';
import type { FreshnessSource, Moment, StoredPart, StoredResponse } from './stored-response.ts';

/** A stored response, as {@link HttpCache.inspect} tells of it. No value of a field that may be a secret is in it. */
export interface InspectedResponse {
  readonly url: string;
  readonly status: number;
  /** Bytes of its body that are stored. */
  readonly bodyBytes: number;
  /** Which part of the representation that is; undefined for the whole. */
  readonly part: StoredPart | undefined;
  /** When it came, or was last found to hold, in milliseconds since 1970. */
  readonly receivedAtMs: number;
  /** RFC 9111 §4.2.3, in milliseconds. */
  readonly ageMs: number;
  /** RFC 9111 §4.2.1, in milliseconds, and where it comes from. */
  readonly lifetimeMs: number;
  readonly source: FreshnessSource;
  /** What of it: `fresh`; stale, but to be served while it is revalidated, or if the server fails; `stale`; or to be validated on every use. */
  readonly state: 'fresh' | 'stale-while-revalidate' | 'stale-if-error' | 'stale' | 'always-validated' | 'invalidated';
  /** Whether the server forbids that it is ever served stale. */
  readonly mustRevalidate: boolean;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  /** The names of the request fields that select it. */
  readonly selectedBy: readonly string[];
  readonly groups: readonly string[];
  readonly tags: readonly string[];
}

export function inspected(stored: StoredResponse, now: Moment): InspectedResponse {
  const { url, status, bodyBytes, part, receivedAtMs, policy, etag, lastModified, groups, tags, selecting } = stored;
  const ageMs = currentAge(stored, now);
  return {
    url,
    status,
    bodyBytes,
    part,
    receivedAtMs,
    ageMs,
    lifetimeMs: policy.lifetimeMs,
    source: policy.source,
    state: stateOf(stored, ageMs),
    mustRevalidate: policy.mustRevalidate,
    etag,
    lastModified,
    selectedBy: selecting.map(([name]) => name),
    groups,
    tags,
  };
}

function stateOf({ policy, isInvalidated }: StoredResponse, ageMs: number): InspectedResponse['state'] {
  if (isInvalidated) return 'invalidated';
  if (policy.isAlwaysValidated) return 'always-validated';
  const staleMs = ageMs - policy.lifetimeMs;
  if (staleMs < 0) return 'fresh';
  if (policy.mustRevalidate) return 'stale';
  if (staleMs <= policy.staleWhileRevalidateMs) return 'stale-while-revalidate';
  return staleMs <= policy.staleIfErrorMs ? 'stale-if-error' : 'stale';
}
