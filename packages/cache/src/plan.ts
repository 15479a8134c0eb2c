import { currentAge } from './age.ts';
import { hasDirective, isBare, secondsOf, type CacheControl } from './cache-control.ts';
import { isRangeConditionMet, originConditionHolds } from './preconditions.ts';
import { isStrong, locateStored, missingRange, type ReadableRange } from './ranges.ts';
import { hasOriginCondition, type RequestView } from './request-view.ts';
import type { BypassReason, Forwarded, MissReason, ServeReason } from './reasons.ts';
import type { ByteRange } from './store.ts';
import type { Moment, StoredResponse } from './stored-response.ts';
import { hasSameCredentials, isForOneUser, isSelected } from './vary.ts';

/** What is to be done with a request. */
export type Plan =
  /** `isRevalidated`: the server is asked meanwhile, for the next one (RFC 5861 §3). */
  | {
      readonly kind: 'serve';
      readonly stored: StoredResponse;
      readonly ageMs: number;
      readonly reason: ServeReason;
      readonly isRevalidated: boolean;
    }
  /** The server is asked whether what is stored still holds. */
  | {
      readonly kind: 'revalidate';
      readonly asked: readonly StoredResponse[];
      readonly stale: StoredResponse | undefined;
      readonly forwarded: Forwarded;
      readonly reason: MissReason;
    }
  /** The server is asked for the rest of what is stored (RFC 9111 §3.4). */
  | {
      readonly kind: 'complete';
      readonly stored: StoredResponse;
      readonly missing: ByteRange;
      readonly forwarded: 'partial';
      readonly reason: MissReason;
    }
  /** The server is asked. `stale` may do where it does not answer. */
  | { readonly kind: 'forward'; readonly stale: StoredResponse | undefined; readonly forwarded: Forwarded; readonly reason: MissReason }
  /** The cache has nothing to do with it. */
  | { readonly kind: 'bypass'; readonly forwarded: Forwarded; readonly reason: BypassReason }
  /** The request wants a stored response or none (`only-if-cached`). */
  | { readonly kind: 'unsatisfiable'; readonly reason: MissReason | BypassReason };

/**
 * RFC 9111 §4: what a cache does with a request, by what is stored under its key.
 * @param stored All of it, in any order.
 */
export function plan(view: RequestView, stored: readonly StoredResponse[], now: Moment): Plan {
  const { bypass } = view;
  if (bypass !== undefined) return view.isOnlyIfCached ? { kind: 'unsatisfiable', reason: bypass } : bypassed(bypass);
  if (view.override.mode === 'reload') return { kind: 'forward', stale: undefined, forwarded: 'request', reason: 'request-reload' };
  const { headers } = view.request;
  const selected = stored.length === 0 ? stored : stored.filter(({ selecting }) => isSelected(selecting, headers));
  if (selected.length === 0) return missing(view, stored);
  const chosen = mostRecent(selected.filter((each) => covers(each, view)));
  if (chosen === undefined) return partial(view, selected);
  const use = usability(view, chosen, now);
  if (use.kind === 'usable') {
    const { reason, ageMs } = use;
    const isRevalidated = reason === 'stale-while-revalidate';
    if (!(isRevalidated && view.isOnlyIfCached)) return conditioned(view, { kind: 'serve', stored: chosen, ageMs, reason, isRevalidated });
  }
  const reason = use.kind === 'usable' ? 'stale' : use.reason;
  if (view.isOnlyIfCached) return { kind: 'unsatisfiable', reason };
  return asking(view, { chosen, reason, others: selected });
}

function bypassed(reason: BypassReason): Plan {
  return { kind: 'bypass', forwarded: reason === 'method' ? 'method' : 'bypass', reason };
}

/** Nothing that is stored was selected by such a request. What is stored for others may be the same: strong tags of it go along (RFC 9111 §4.3.1). */
function missing(view: RequestView, stored: readonly StoredResponse[]): Plan {
  if (stored.length === 0) return view.isOnlyIfCached ? { kind: 'unsatisfiable', reason: 'nothing-stored' } : NOTHING_STORED;
  const reason = 'another-variant-stored';
  if (view.isOnlyIfCached) return { kind: 'unsatisfiable', reason };
  const forwarded = 'vary-miss';
  const { headers } = view.request;
  const asked = stored.filter((each) => each.part === undefined && isStrong(each.etag) && hasSameCredentials(each.selecting, headers));
  const mayAsk = asked.length > 0 && view.range === undefined && !hasOriginCondition(view.request);
  return mayAsk
    ? { kind: 'revalidate', asked, stale: undefined, forwarded, reason }
    : { kind: 'forward', stale: undefined, forwarded, reason };
}

const NOTHING_STORED: Plan = { kind: 'forward', stale: undefined, forwarded: 'uri-miss', reason: 'nothing-stored' };

/** Of what was selected nothing is all that the request wants. */
function partial(view: RequestView, selected: readonly StoredResponse[]): Plan {
  if (view.isOnlyIfCached) return { kind: 'unsatisfiable', reason: 'a-part-stored' };
  const stored = mostRecent(selected);
  const range =
    stored === undefined || view.range !== undefined || view.isConditional || view.request.method !== 'GET'
      ? undefined
      : missingRange(stored);
  if (stored === undefined || range === undefined || view.isNoCache) {
    return { kind: 'forward', stale: undefined, forwarded: 'partial', reason: 'a-part-stored' };
  }
  return { kind: 'complete', stored, missing: range, forwarded: 'partial', reason: 'a-part-stored' };
}

/** Whether a stored response has all that the request wants. */
function covers(stored: StoredResponse, view: RequestView): boolean {
  if (stored.part === undefined) return true;
  const range = rangeOf(view);
  if (range === undefined || !isRangeConditionMet(view.request.headers, stored)) return false;
  return locateStored(range, stored).kind !== 'unknown';
}

function rangeOf({ range, request }: RequestView): ReadableRange | undefined {
  return range === undefined || range.kind === 'other' || request.method !== 'GET' ? undefined : range;
}

/**
 * What was said to this user before what was said to everybody; RFC 9111 §4.1: of these what says by which fields it was selected before what was sent without `Vary`; §4: of these by `Date`, and of
 * two of the same second the one that came last.
 */
function mostRecent(stored: readonly StoredResponse[]): StoredResponse | undefined {
  let best: StoredResponse | undefined;
  for (const one of stored) if (best === undefined || isBetter(one, best)) best = one;
  return best;
}

function isBetter(one: StoredResponse, other: StoredResponse): boolean {
  const isOwn = isForOneUser(one.selecting);
  if (isOwn !== isForOneUser(other.selecting)) return isOwn;
  const isNegotiated = one.headers.has('vary');
  if (isNegotiated !== other.headers.has('vary')) return isNegotiated;
  return one.dateMs > other.dateMs || (one.dateMs === other.dateMs && one.receivedAtMs >= other.receivedAtMs);
}

/** A condition that is the origin's is ignored where it holds, and left to the origin where it does not (RFC 9110 §13.1.1, RFC 9111 §4.3.2). */
function conditioned(view: RequestView, serve: Extract<Plan, { readonly kind: 'serve' }>): Plan {
  if (!hasOriginCondition(view.request) || originConditionHolds(view.request.headers, serve.stored)) return serve;
  return view.isOnlyIfCached
    ? { kind: 'unsatisfiable', reason: 'request-condition' }
    : { kind: 'bypass', forwarded: 'request', reason: 'request-condition' };
}

interface Choice {
  readonly chosen: StoredResponse;
  readonly reason: MissReason;
  readonly others: readonly StoredResponse[];
}

/** RFC 9111 §4.3.1: with the validators of all that is stored, the chosen one's first. */
function asking(view: RequestView, { chosen, reason, others }: Choice): Plan {
  const forwarded = reason.startsWith('request-') ? 'request' : 'stale';
  if (hasOriginCondition(view.request)) return { kind: 'bypass', forwarded, reason: 'request-condition' };
  const all = [chosen, ...others.filter((each) => each !== chosen)];
  const asked = all.filter(
    (each) => (each === chosen || each.part === undefined) && (each.etag !== undefined || each.lastModified !== undefined),
  );
  return asked.length === 0
    ? { kind: 'forward', stale: chosen, forwarded, reason }
    : { kind: 'revalidate', asked, stale: chosen, forwarded, reason };
}

type Use =
  | { readonly kind: 'usable'; readonly reason: ServeReason; readonly ageMs: number }
  | { readonly kind: 'refused'; readonly reason: MissReason };

/** Whether a stored response may be used without asking the server. */
function usability(view: RequestView, stored: StoredResponse, now: Moment): Use {
  const ageMs = currentAge(stored, now);
  if (view.override.mode === 'force-cache') return { kind: 'usable', reason: 'forced', ageMs };
  const { policy } = stored;
  if (stored.isInvalidated) return { kind: 'refused', reason: 'invalidated' };
  if (policy.isAlwaysValidated) return { kind: 'refused', reason: 'response-no-cache' };
  const refusal = requestRefusal(view, stored, ageMs);
  if (refusal !== undefined) return { kind: 'refused', reason: refusal };
  const staleMs = ageMs - policy.lifetimeMs;
  if (staleMs < 0) return { kind: 'usable', reason: 'fresh', ageMs };
  if (policy.mustRevalidate) return { kind: 'refused', reason: 'stale' };
  if (staleMs <= maxStale(view.control) * 1_000) return { kind: 'usable', reason: 'stale-as-requested', ageMs };
  // §5.2.1.1: who says how old it may be, and not how stale, wants nothing stale.
  const mayBeStale = !hasDirective(view.control, 'max-age');
  const isWithin = mayBeStale && policy.staleWhileRevalidateMs > 0 && staleMs <= policy.staleWhileRevalidateMs;
  return isWithin ? { kind: 'usable', reason: 'stale-while-revalidate', ageMs } : { kind: 'refused', reason: 'stale' };
}

/** RFC 9111 §5.2.1: what a request does not want to have, although it may be fresh. */
function requestRefusal(view: RequestView, { policy }: StoredResponse, ageMs: number): MissReason | undefined {
  const { control, override } = view;
  if (view.isNoCache) return 'request-no-cache';
  const restMs = policy.lifetimeMs - ageMs;
  // RFC 8246 §2: who reloads means this, and need not ask about what cannot have changed.
  const isUnchanging = policy.isImmutable && restMs > 0;
  if (override.mode === 'no-cache' && !isUnchanging) return 'request-no-cache';
  const maxAge = secondsOf(control, 'max-age', 0);
  // By the letter a response of this very moment would do for 0; who sends that means a new one.
  if (maxAge !== undefined && (maxAge === 0 || ageMs > maxAge * 1_000) && !isUnchanging) return 'request-max-age';
  const minFresh = secondsOf(control, 'min-fresh', Number.POSITIVE_INFINITY);
  return minFresh !== undefined && restMs < minFresh * 1_000 ? 'request-min-fresh' : undefined;
}

/** By how many seconds a response may be stale: any number where the directive has no argument (RFC 9111 §5.2.1.2), below 0 where it is absent. */
function maxStale(control: CacheControl): number {
  return isBare(control, 'max-stale') ? Number.POSITIVE_INFINITY : (secondsOf(control, 'max-stale', -1) ?? -1);
}
