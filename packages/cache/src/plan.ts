import type { HttpRequest } from '@roundtripper/core';

import { currentAge } from './age.ts';
import { hasDirective, isBare, parseCacheControl, secondsOf, type CacheControl } from './cache-control.ts';
import type { Moment, StoredResponse } from './stored-response.ts';
import { isSelected } from './vary.ts';

/** What is to be done with a request. */
export type Plan =
  | { readonly kind: 'serve'; readonly stored: StoredResponse; readonly ageMs: number; readonly detail: 'fresh' | 'stale-as-requested' }
  /** `miss`: the response may be stored. `bypass`: the cache has nothing to do with it. */
  | { readonly kind: 'forward'; readonly cacheStatus: 'miss'; readonly detail: MissReason }
  | { readonly kind: 'forward'; readonly cacheStatus: 'bypass'; readonly detail: BypassReason }
  /** The request wants a stored response or none (`only-if-cached`). */
  | { readonly kind: 'unsatisfiable'; readonly detail: MissReason | BypassReason };

/** Why a request is not answered from the store, as a `cacheDecision` event says it. */
export type MissReason =
  | 'nothing-stored'
  | 'another-variant-stored'
  | 'stale'
  | 'request-no-cache'
  | 'request-max-age'
  | 'request-min-fresh';

/** Why a request has nothing to do with the cache, as a `cacheDecision` event says it. */
export type BypassReason =
  | 'method'
  | 'request-no-store'
  | 'request-malformed-cache-control'
  | 'request-body'
  | 'request-host'
  | 'request-range'
  | 'request-conditional';

/** RFC 9111 §4: what to do with `request`, where `stored` is all there is under its URI. */
export function plan(request: HttpRequest, stored: Iterable<StoredResponse>, now: Moment): Plan {
  if (request.method !== 'GET' && request.method !== 'HEAD') return { kind: 'forward', cacheStatus: 'bypass', detail: 'method' };
  const control = parseCacheControl(request.headers);
  const isOnlyIfCached = hasDirective(control, 'only-if-cached');
  const bypass = bypassReason(request, control);
  if (bypass !== undefined) {
    return isOnlyIfCached ? { kind: 'unsatisfiable', detail: bypass } : { kind: 'forward', cacheStatus: 'bypass', detail: bypass };
  }
  const choice = choose(request, stored, control, now);
  if (typeof choice !== 'string') return choice;
  return isOnlyIfCached ? { kind: 'unsatisfiable', detail: choice } : { kind: 'forward', cacheStatus: 'miss', detail: choice };
}

/** Fields of requests that want a part, or bring a validator of their own: for the server to answer, for now. */
const CONDITIONAL_FIELDS: readonly string[] = ['if-none-match', 'if-modified-since', 'if-match', 'if-unmodified-since', 'if-range'];

function bypassReason(request: HttpRequest, control: CacheControl): BypassReason | undefined {
  const { headers, target } = request;
  if (control.isMalformed) return 'request-malformed-cache-control';
  if (hasDirective(control, 'no-store')) return 'request-no-store';
  if (request.body !== undefined) return 'request-body';
  // What answers under another name is another resource (RFC 9110 §7.2), whatever the URL.
  if ((request.host ?? headers.get('host') ?? target.origin.host) !== target.origin.host) return 'request-host';
  if (headers.has('range')) return 'request-range';
  return CONDITIONAL_FIELDS.some((name) => headers.has(name)) ? 'request-conditional' : undefined;
}

type Serve = Extract<Plan, { readonly kind: 'serve' }>;

function choose(request: HttpRequest, stored: Iterable<StoredResponse>, control: CacheControl, now: Moment): Serve | MissReason {
  const all = [...stored];
  const selected = mostRecent(all.filter(({ selecting }) => isSelected(selecting, request.headers)));
  if (selected === undefined) return all.length === 0 ? 'nothing-stored' : 'another-variant-stored';
  const ageMs = currentAge(selected, now);
  const refusal = requestRefusal(request, control, selected.lifetimeMs - ageMs, ageMs);
  if (refusal !== undefined) return refusal;
  if (selected.lifetimeMs > ageMs) return { kind: 'serve', stored: selected, ageMs, detail: 'fresh' };
  const isAccepted = selected.mayBeServedStale && ageMs - selected.lifetimeMs <= maxStale(control) * 1_000;
  return isAccepted ? { kind: 'serve', stored: selected, ageMs, detail: 'stale-as-requested' } : 'stale';
}

/** RFC 9111 §4: by `Date`, and of two of the same second the one that came last. */
function mostRecent(stored: readonly StoredResponse[]): StoredResponse | undefined {
  let best: StoredResponse | undefined;
  for (const one of stored) {
    if (best === undefined || one.dateMs > best.dateMs || (one.dateMs === best.dateMs && isLater(one, best))) best = one;
  }
  return best;
}

function isLater(one: StoredResponse, other: StoredResponse): boolean {
  return one.receivedAt.monotonicMs >= other.receivedAt.monotonicMs;
}

/** RFC 9111 §5.2.1: what a request does not want to have, although it may be fresh. */
function requestRefusal(request: HttpRequest, control: CacheControl, restMs: number, ageMs: number): MissReason | undefined {
  if (hasDirective(control, 'no-cache') || isPragmaNoCache(request)) return 'request-no-cache';
  const maxAge = secondsOf(control, 'max-age', 0);
  // By the letter a response of this very moment would do for 0; who sends that means a new one.
  if (maxAge !== undefined && (maxAge === 0 || ageMs > maxAge * 1_000)) return 'request-max-age';
  const minFresh = secondsOf(control, 'min-fresh', Number.POSITIVE_INFINITY);
  return minFresh !== undefined && restMs < minFresh * 1_000 ? 'request-min-fresh' : undefined;
}

/** RFC 9111 §5.4: it counts where there is no `Cache-Control`. */
function isPragmaNoCache({ headers }: HttpRequest): boolean {
  return !headers.has('cache-control') && /(?:^|,)[ \t]*no-cache[ \t]*(?:,|$)/i.test(headers.get('pragma') ?? '');
}

/** By how many seconds a response may be stale: any number where the directive has no argument (RFC 9111 §5.2.1.2), below 0 where it is absent. */
function maxStale(control: CacheControl): number {
  return isBare(control, 'max-stale') ? Number.POSITIVE_INFINITY : (secondsOf(control, 'max-stale', -1) ?? -1);
}
