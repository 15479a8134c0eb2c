import { contextKey, type ContextKey } from '@roundtripper/core';

import type { BypassReason, FallbackReason, Forwarded, MissReason, ServeReason } from './reasons.ts';

/**
 * What the cache did with a request.
 *
 * - `hit`: answered from the store, fresh. `stale`: answered from the store although it is not fresh any more, as somebody allows.
 * - `revalidated`: answered from the store after the server has said that it still holds.
 * - `miss`: the server was asked, since the store had nothing to answer it with. (A 504 to `only-if-cached` is one for which nobody was asked.)
 * - `bypass`: it had nothing to do with the cache.
 */
export type CacheStatus = 'hit' | 'stale' | 'revalidated' | 'miss' | 'bypass';

/** Under this key the context of a response says what the cache did with the request. */
export const cacheStatus: ContextKey<CacheStatus> = contextKey('cacheStatus');

/** What the cache did, and why. */
export interface CacheResult {
  readonly status: CacheStatus;
  /** Why it was served, or not. */
  readonly reason: ServeReason | MissReason | BypassReason | FallbackReason;
  /** Whether it waited for the answer to another request, and got that. */
  readonly isCollapsed: boolean;
  /** Whether the answer is being stored, or was. */
  readonly isStored: boolean;
  /** Its age, in milliseconds; undefined where it did not come from the store. */
  readonly ageMs?: number | undefined;
  /** For how long it is fresh yet, in milliseconds; below 0 where it is stale. Undefined where it did not come from the store. */
  readonly ttlMs?: number | undefined;
  /** The status that the server has answered with, where it was asked. */
  readonly forwardedStatus?: number | undefined;
  /** What made it serve a stale answer, or a 504, where that was a failure. */
  readonly error?: unknown;
}

/** Under this key the context of a response says what the cache did with the request, and why. */
export const cacheResult: ContextKey<CacheResult> = contextKey('cacheResult');

/** What a member of `Cache-Status` says of one answer. */
export interface StatusMember {
  readonly isHit: boolean;
  readonly forwarded?: Forwarded | undefined;
  readonly forwardedStatus?: number | undefined;
  readonly ttlMs?: number | undefined;
  readonly isStored?: boolean | undefined;
  readonly isCollapsed?: boolean | undefined;
  /** A token. */
  readonly detail?: string | undefined;
}

/** RFC 9211 §2: this cache's member of the list. @param name As it is to stand there: a token, or a quoted string. */
export function statusMember(name: string, member: StatusMember): string {
  let text = name;
  if (member.forwarded !== undefined) text += `; fwd=${member.forwarded}`;
  // Neither of them where nobody was asked, and nothing was found.
  else if (member.isHit) text += '; hit';
  if (member.forwardedStatus !== undefined) text += `; fwd-status=${member.forwardedStatus}`;
  if (member.ttlMs !== undefined && Number.isFinite(member.ttlMs)) text += `; ttl=${Math.floor(member.ttlMs / 1_000)}`;
  if (member.isStored === true) text += '; stored';
  if (member.isCollapsed === true) text += '; collapsed';
  return member.detail === undefined ? text : `${text}; detail=${member.detail}`;
}
