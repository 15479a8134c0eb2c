import type { HttpRequest, HttpResponse } from '@roundtripper/core';

import { initialAge } from './age.ts';
import { hasDirective, parseCacheControl, type CacheControl } from './cache-control.ts';
import type { CacheMode } from './cache-options.ts';
import { freshness, mayBeServedStale } from './freshness.ts';
import type { Moment, SelectingField } from './stored-response.ts';
import { selectingFields } from './vary.ts';

/** A response that has come, and how. */
export interface Received {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly requestedAt: Moment;
  readonly receivedAt: Moment;
}

/** Whether a response may be stored once its body has been read, and how it will be found and aged then. */
export type StoreDecision =
  | {
      readonly kind: 'store';
      readonly selecting: readonly SelectingField[];
      readonly initialAgeMs: number;
      readonly lifetimeMs: number;
      readonly mayBeServedStale: boolean;
    }
  | { readonly kind: 'refuse'; readonly reason: StoreRefusal };

/** Why a response is not stored, as a `cacheDecision` event says it. */
export type StoreRefusal =
  | 'method'
  | 'status'
  | 'another-uri'
  | 'vary'
  | 'malformed-cache-control'
  | 'must-understand'
  | 'no-store'
  | 'private'
  | 'set-cookie'
  | 'authorization'
  | 'credentials-in-url'
  | 'no-cache'
  | 'no-explicit-freshness'
  | 'stale-on-arrival';

/** RFC 9111 §3, and what this cache does not do yet: validation, heuristic freshness, parts. */
export function mayStore(received: Received, mode: CacheMode): StoreDecision {
  const { request, response, requestedAt, receivedAt } = received;
  const { headers } = response;
  const control = parseCacheControl(headers);
  const selecting = selectingFields(request.headers, headers, mode);
  if (selecting === undefined) return { kind: 'refuse', reason: 'vary' };
  const reason = messageRefusal(request, response) ?? directiveRefusal(response, control) ?? userRefusal(received, control, mode);
  if (reason !== undefined) return { kind: 'refuse', reason };
  const fresh = freshness(headers, control, mode, receivedAt.wallMs);
  if (fresh.kind === 'none') return { kind: 'refuse', reason: 'no-explicit-freshness' };
  const initialAgeMs = initialAge(headers, requestedAt, receivedAt);
  // Without validation nobody would ever get it.
  if (initialAgeMs >= fresh.lifetimeMs) return { kind: 'refuse', reason: 'stale-on-arrival' };
  return { kind: 'store', selecting, initialAgeMs, lifetimeMs: fresh.lifetimeMs, mayBeServedStale: mayBeServedStale(control, mode) };
}

/**
 * Final statuses that are not stored, whatever they declare: parts and validations are not handled here yet, 407 is a proxy's, and RFC 6585
 * forbids it for the others.
 */
const UNSTORABLE_STATUSES: ReadonlySet<number> = new Set([206, 304, 407, 428, 429, 431, 511]);

function messageRefusal(request: HttpRequest, response: HttpResponse): StoreRefusal | undefined {
  const { status } = response;
  if (request.method !== 'GET') return 'method';
  // Beyond 599 there is no class to understand it by (RFC 9110 §15).
  if (status < 200 || status > 599 || UNSTORABLE_STATUSES.has(status)) return 'status';
  return isOfAnotherUri(request, response) ? 'another-uri' : undefined;
}

/** A redirect was followed further in: how long the end of that chain is fresh says nothing of its beginning. */
function isOfAnotherUri(request: HttpRequest, response: HttpResponse): boolean {
  const target = response.request?.target ?? request.target;
  return response.redirected || target.origin.key !== request.target.origin.key || target.path !== request.target.path;
}

/** Statuses whose meaning for a cache is known and kept, for `must-understand`. */
const UNDERSTOOD_STATUSES: ReadonlySet<number> = new Set([
  200, 203, 204, 300, 301, 302, 303, 307, 308, 400, 403, 404, 405, 410, 414, 500, 501, 502, 503, 504,
]);

function directiveRefusal({ status }: HttpResponse, control: CacheControl): StoreRefusal | undefined {
  if (control.isMalformed) return 'malformed-cache-control';
  // §5.2.2.3: who understands the status ignores the no-store beside it, which is for those who know no must-understand.
  if (hasDirective(control, 'must-understand')) {
    if (!UNDERSTOOD_STATUSES.has(status)) return 'must-understand';
  } else if (hasDirective(control, 'no-store')) {
    return 'no-store';
  }
  return hasDirective(control, 'no-cache') ? 'no-cache' : undefined;
}

/** What belongs to one user. */
function userRefusal({ request, response }: Received, control: CacheControl, mode: CacheMode): StoreRefusal | undefined {
  // A middleware further in may have added the field.
  const hasAuthorization = request.headers.has('authorization') || response.request?.headers.has('authorization') === true;
  if (mode === 'private') {
    return hasAuthorization && !request.headers.has('authorization') && hasUserinfo(request) ? 'credentials-in-url' : undefined;
  }
  if (hasDirective(control, 'private')) return 'private';
  // §7.3 leaves it to the server to forbid it; those that forget have made other clients log users in as each other.
  if (response.headers.has('set-cookie')) return 'set-cookie';
  return hasAuthorization && !SHAREABLE.some((name) => hasDirective(control, name)) ? 'authorization' : undefined;
}

/** RFC 9111 §3.5. */
const SHAREABLE: readonly string[] = ['public', 's-maxage', 'must-revalidate'];

function hasUserinfo({ url }: HttpRequest): boolean {
  return url.username !== '' || url.password !== '';
}
