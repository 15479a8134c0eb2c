import { currentAge } from './age.ts';
import type { FreshnessSource, Moment, SelectingField, StoredPart, StoredResponse } from './stored-response.ts';

/** A stored response, as {@link HttpCache.inspect} tells of it. No value of a field that may be a secret is in it. */
export interface InspectedResponse {
  /** Its own, which is another than was asked about where its server says that the difference does not matter (`No-Vary-Search`). */
  readonly url: string;
  readonly status: number;
  /** Bytes of its body that are stored. */
  readonly bodyBytes: number;
  /** Which part of the representation that is; undefined for the whole. */
  readonly part: StoredPart | undefined;
  /** The request fields that select it (RFC 9111 §4.1): those that `Vary` names and, in a private cache, credentials. Of several that a request selects, one for its credentials is served, then the one with the latest `dateMs`. */
  readonly selectedBy: readonly InspectedSelector[];
  /** What of it: `fresh`; stale, but to be served while it is revalidated, or if the server fails; `stale`; to be validated on every use; or made stale before its time. */
  readonly state: 'fresh' | 'stale-while-revalidate' | 'stale-if-error' | 'stale' | 'always-validated' | 'invalidated';
  /** When it came, or was last found to hold, in milliseconds since 1970. */
  readonly receivedAtMs: number;
  /** When it was made: its `Date`, in milliseconds since 1970. */
  readonly dateMs: number;
  /** RFC 9111 §4.2.3, in milliseconds: what it had already when it came included. */
  readonly ageMs: number;
  /** RFC 9111 §4.2.1, in milliseconds. */
  readonly lifetimeMs: number;
  /** Where that comes from; `invalid` where what says it contradicts itself or cannot be read. */
  readonly source: FreshnessSource;
  /** For how long it is fresh yet, in milliseconds; below 0 where it is stale. */
  readonly ttlMs: number;
  /** For how long after that it may be served while it is revalidated (RFC 5861 §3), in milliseconds; 0 for not at all. */
  readonly staleWhileRevalidateMs: number;
  /** For how long after that it may be served where the server fails (RFC 5861 §4), in milliseconds; 0 for not at all. */
  readonly staleIfErrorMs: number;
  /** Whether the server forbids that it is ever served stale: the two above count for nothing then. */
  readonly mustRevalidate: boolean;
  /** Whether a reload need not ask about it while it is fresh (RFC 8246). */
  readonly isImmutable: boolean;
  /** What the server can be asked with whether it still holds; without it and `lastModified` it is fetched anew. */
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  /** Those that its server has put it in (RFC 9875). */
  readonly groups: readonly string[];
  /** What the program has called it. */
  readonly tags: readonly string[];
}

/** A request field that selects a stored response. */
export interface InspectedSelector {
  /** In lower case. */
  readonly name: string;
  /** As it is compared; `null` where the request had no such field, `undefined` where the value may be a secret: any but of a field that is known to negotiate or to describe the client. */
  readonly value: string | null | undefined;
}

export function inspected(stored: StoredResponse, now: Moment): InspectedResponse {
  const { url, status, bodyBytes, part, receivedAtMs, dateMs, policy, etag, lastModified, groups, tags, selecting } = stored;
  const ageMs = currentAge(stored, now);
  return {
    url,
    status,
    bodyBytes,
    part,
    selectedBy: selecting.map(selector),
    state: stateOf(stored, ageMs),
    receivedAtMs,
    dateMs,
    ageMs,
    lifetimeMs: policy.lifetimeMs,
    source: policy.source,
    ttlMs: policy.lifetimeMs - ageMs,
    staleWhileRevalidateMs: policy.staleWhileRevalidateMs,
    staleIfErrorMs: policy.staleIfErrorMs,
    mustRevalidate: policy.mustRevalidate,
    isImmutable: policy.isImmutable,
    etag,
    lastModified,
    groups,
    tags,
  };
}

/** Fields whose values are nobody's secret. */
const PLAIN_FIELD = /^(?:accept(?:-[a-z]+)?|origin|prefer|save-data|sec-(?:ch|fetch)-[a-z-]+|user-agent)$/;

function selector([name, value]: SelectingField): InspectedSelector {
  return { name, value: value === null || PLAIN_FIELD.test(name) ? value : undefined };
}

/** In the order in which a plan looks. */
function stateOf({ policy, isInvalidated }: StoredResponse, ageMs: number): InspectedResponse['state'] {
  if (isInvalidated) return 'invalidated';
  if (policy.isAlwaysValidated) return 'always-validated';
  const staleMs = ageMs - policy.lifetimeMs;
  if (staleMs < 0) return 'fresh';
  if (policy.mustRevalidate) return 'stale';
  if (isWithin(staleMs, policy.staleWhileRevalidateMs)) return 'stale-while-revalidate';
  return isWithin(staleMs, policy.staleIfErrorMs) ? 'stale-if-error' : 'stale';
}

function isWithin(staleMs: number, windowMs: number): boolean {
  return windowMs > 0 && staleMs <= windowMs;
}
