import type { Clock, HttpHeaders } from '@roundtripper/core';

/** A point in time on both of a {@link Clock}'s scales: one that jumps, and one that stands still while the machine sleeps. */
export interface Moment {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** Now. */
export function momentOf(clock: Clock): Moment {
  return { wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
}

/** A request field that a stored response was selected by (RFC 9111 §4.1); `null` where the request had none. */
export type SelectingField = readonly [name: string, value: string | null];

/** A response in the store, with what was computed when it came. Nothing in it changes. */
export interface StoredResponse {
  /** See {@link uriOf}. */
  readonly uri: string;
  readonly selecting: readonly SelectingField[];
  readonly status: number;
  readonly statusText: string;
  readonly proto: string;
  readonly headers: HttpHeaders;
  readonly body: Uint8Array;
  /** `Date`, in milliseconds since 1970: which of two is the more recent. */
  readonly dateMs: number;
  readonly receivedAt: Moment;
  /** Its age when it was received (RFC 9111 §4.2.3, `corrected_initial_age`). */
  readonly initialAgeMs: number;
  /** RFC 9111 §4.2.1. */
  readonly lifetimeMs: number;
  /** Whether a request may have it when it is stale (RFC 9111 §4.2.4). */
  readonly mayBeServedStale: boolean;
}

/** What a stored response takes besides its text and its body: the objects. */
const OBJECT_BYTES = 512;

/** Bytes that it takes, near enough to keep a limit. */
export function sizeOf({ uri, selecting, headers, body }: StoredResponse): number {
  let bytes = OBJECT_BYTES + uri.length + body.byteLength;
  for (const [name, value] of headers.fields()) bytes += name.length + value.length;
  for (const [name, value] of selecting) bytes += name.length + (value?.length ?? 0);
  return bytes;
}
