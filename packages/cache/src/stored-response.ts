import type { Clock, HttpHeaders } from '@roundtripper/core';

import { groupsOf } from './groups.ts';
import { parseCacheDate } from './http-date.ts';
import { noVarySearchOf, type NoVarySearch } from './no-vary-search.ts';
import type { ResponseFields } from './response-fields.ts';

/** A point in time on both of a {@link Clock}'s scales: one that jumps, and one that stands still while the machine sleeps. */
export interface Moment {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** Now. */
export function momentOf(clock: Clock): Moment {
  return { wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
}

/** A request field that a response was selected by (RFC 9111 §4.1), its value normalised; `null` where the request had none. */
export type SelectingField = readonly [name: string, value: string | null];

/** Where a lifetime comes from; `none` where the server gives none and there is nothing to guess it by. */
export type FreshnessSource = 's-maxage' | 'max-age' | 'expires' | 'heuristic' | 'none' | 'invalid';

/** What the directives of a response come to: read once, when it was stored or freshened. */
export interface StoredPolicy {
  /** RFC 9111 §4.2.1, in milliseconds. */
  readonly lifetimeMs: number;
  readonly source: FreshnessSource;
  /** Unqualified `no-cache`: not to be used without validation, however fresh. */
  readonly isAlwaysValidated: boolean;
  /** `must-revalidate`, or in a shared cache `proxy-revalidate` and `s-maxage`: never to be served stale. */
  readonly mustRevalidate: boolean;
  /** RFC 8246. */
  readonly isImmutable: boolean;
  /** RFC 5861 §3, in milliseconds; 0 for none. */
  readonly staleWhileRevalidateMs: number;
  /** RFC 5861 §4, in milliseconds; 0 for none. */
  readonly staleIfErrorMs: number;
}

/** Which part of a representation a stored 206 is; its length is the body's. */
export interface StoredPart {
  /** The offset of its first byte. */
  readonly start: number;
  /** The length of the whole, where the server has said it. */
  readonly total: number | undefined;
}

/** What of a stored response has to be kept; the rest follows from it. */
export interface StoredFields {
  /** No two responses ever have the same. */
  readonly id: string;
  /** What it is looked up by: the mode of its cache, and the URL, or what takes its place. */
  readonly key: string;
  /** Its URL without userinfo and fragment. */
  readonly url: string;
  /** Its place under the key: a response takes that of the one with the same. */
  readonly variant: string;
  readonly selecting: readonly SelectingField[];
  readonly status: number;
  readonly statusText: string;
  readonly proto: string;
  readonly headers: HttpHeaders;
  /** Undefined for a whole representation. */
  readonly part: StoredPart | undefined;
  /** When it came, or was last freshened, in milliseconds since 1970. */
  readonly receivedAtMs: number;
  /** The same on this process's monotonic clock; undefined where another process, or an earlier run, has stored it. */
  readonly receivedMonotonicMs: number | undefined;
  /** Its age when it came (RFC 9111 §4.2.3, `corrected_initial_age`), in milliseconds. */
  readonly initialAgeMs: number;
  readonly policy: StoredPolicy;
  /** What the program has called it, to be invalidated by. */
  readonly tags: readonly string[];
  /** Whether it was made stale before its time, and needs validation. */
  readonly isInvalidated: boolean;
}

/** A response in a store, without its body. Nothing in it changes; a freshened one is another object with the same `id`. */
export interface StoredResponse extends StoredFields {
  /** The length of what is stored of its body. */
  readonly bodyBytes: number;
  /** Like `https://example.com`. */
  readonly origin: string;
  /** `ETag` as it came. */
  readonly etag: string | undefined;
  /** `Last-Modified` as it came, where it is a date. */
  readonly lastModified: string | undefined;
  readonly lastModifiedMs: number | undefined;
  /** `Date`, which every stored response has: which of two is the more recent. */
  readonly dateMs: number;
  /** RFC 9875 `Cache-Groups`. */
  readonly groups: readonly string[];
  readonly noVarySearch: NoVarySearch | undefined;
}

/** What follows from the fields of a response that is to be stored. */
export type Derived = Pick<StoredResponse, 'origin' | 'etag' | 'lastModified' | 'lastModifiedMs' | 'dateMs' | 'groups' | 'noVarySearch'>;

/** What {@link derive} goes by. */
export interface Derivable {
  readonly url: string;
  readonly receivedAtMs: number;
  /** Of the headers that are stored, so that what is cut out of their text keeps no other. */
  readonly fields: ResponseFields;
  /** Of the URL, where it is known already. */
  readonly origin?: string | undefined;
}

/** Reads what is needed of a response on every use of it, once. */
export function derive({ url, fields, receivedAtMs, origin = originOf(url) }: Derivable): Derived {
  const { etag, lastModified } = fields;
  const lastModifiedMs = lastModified === null ? undefined : parseCacheDate(lastModified, receivedAtMs);
  return {
    origin,
    etag: etag ?? undefined,
    lastModified: lastModifiedMs === undefined ? undefined : (lastModified ?? undefined),
    lastModifiedMs,
    dateMs: parseCacheDate(fields.date ?? '', receivedAtMs) ?? receivedAtMs,
    groups: groupsOf(fields.cacheGroups),
    noVarySearch: noVarySearchOf(fields.noVarySearch),
  };
}

/** Of a URL as {@link StoredFields.url} has it, in which a path follows the host. */
function originOf(url: string): string {
  const pathAt = url.indexOf('/', url.indexOf('://') + 3);
  return pathAt === -1 ? url : url.slice(0, pathAt);
}

/** What a stored response takes besides its text and its body: the objects. */
const OBJECT_BYTES = 768;
/** A label besides its text: its place in a `Map`, and the `Set` of what is called so. */
const LABEL_BYTES = 320;
/** A text in a `Set` besides its characters. */
const NAME_BYTES = 80;

const NO_NAMES: readonly string[] = [];

/** Bytes that a head takes in memory, near enough to keep a limit. */
export function headBytes({ key, url, variant, selecting, headers, tags, groups, origin, noVarySearch }: StoredResponse): number {
  let bytes = OBJECT_BYTES + key.length + url.length + variant.length + 2 * headers.byteLength;
  // Most: to go through nothing four times takes as long as all the rest.
  if (selecting.length + tags.length + groups.length === 0 && noVarySearch === undefined) return bytes;
  for (const [name, value] of selecting) bytes += name.length + (value?.length ?? 0);
  for (const label of tags) bytes += label.length + LABEL_BYTES;
  for (const label of groups) bytes += origin.length + label.length + LABEL_BYTES;
  for (const name of noVarySearch?.ignored.names ?? NO_NAMES) bytes += name.length + NAME_BYTES;
  return bytes;
}
