import { parseContentLength, type HttpRequest, type HttpResponse } from '@roundtripper/core';

import { initialAge } from './age.ts';
import { hasDirective, qualified, type CacheControl } from './cache-control.ts';
import { dateOf, HEURISTIC_STATUSES, policyOf } from './freshness.ts';
import { namesSame } from './invalidation.ts';
import { parseContentRange, parseRange, type ContentRange } from './ranges.ts';
import { responseFields, type ResponseFields } from './response-fields.ts';
import type { Rules } from './rules.ts';
import { parseCacheDate } from './http-date.ts';
import { storableFields } from './storable-headers.ts';
import type { Moment, SelectingField, StoredPart, StoredPolicy, StoredResponse } from './stored-response.ts';
import { responseControl, type ResponseControl } from './targeted-cache-control.ts';
import { CREDENTIALS, selectingFields } from './vary.ts';

/** A response that has come, and how. */
export interface Received {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  /** On the monotonic clock. */
  readonly requestedAtMs: number;
  readonly receivedAt: Moment;
  /** Of the store, from before the request left. */
  readonly mark?: string | undefined;
  /** What it says to this cache, where that was read before. */
  readonly directives?: ResponseControl | undefined;
}

/** A response that comes at this moment, whose time nobody has asked for yet. */
export type Arrived = Omit<Received, 'receivedAt' | 'directives'>;

/** Whether a response may be stored once its body is complete, and how it will be found, aged and used then. */
export type StoreDecision =
  | {
      readonly kind: 'store';
      /** Those to store. */
      readonly fields: ResponseFields;
      readonly selecting: readonly SelectingField[];
      readonly part: StoredPart | undefined;
      /** How long its body is to be, as far as it says so: the length of a part is that of its range. */
      readonly expectedBytes: number | undefined;
      readonly initialAgeMs: number;
      readonly policy: StoredPolicy;
    }
  | { readonly kind: 'refuse'; readonly reason: StoreRefusalReason };

/** Why a response is not stored, as a `cacheDecision` event says it. */
export type StoreRefusalReason =
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
  | 'content-range'
  | 'no-explicit-freshness'
  | 'no-validator'
  | 'of-no-use';

/** RFC 9111 §3. */
export function mayStore(received: Received, rules: Rules): StoreDecision {
  const { request, response, receivedAt } = received;
  const { status } = response;
  const { directives = responseControl(response.headers, rules.targets) } = received;
  const { control } = directives;
  const refusal = messageRefusal(request, response) ?? directiveRefusal(status, control);
  if (refusal !== undefined) return refuse(refusal);
  const fields = responseFields(response.headers);
  const policy = policyOf({ status, fields, directives, nowMs: receivedAt.wallMs }, rules);
  const dateMs = dateOf(fields, receivedAt.wallMs);
  const initialAgeMs = initialAge(fields, dateMs, received);
  const reason =
    freshnessRefusal(received, fields, policy, control) ??
    userRefusal(received, fields, control, rules) ??
    useRefusal(fields, policy, initialAgeMs);
  if (reason !== undefined) return refuse(reason);
  const selecting = selectingFields(request.headers, fields, rules.mode);
  if (selecting === undefined) return refuse('vary');
  const declaredBytes = parseContentLength(fields.contentLength);
  const range = status === 206 ? rangeOf(request, fields, declaredBytes) : undefined;
  if (status === 206 && range === undefined) return refuse('content-range');
  return {
    kind: 'store',
    fields: storableFields(fields, dateMs, unstoredFields(control, rules)),
    selecting,
    part: range === undefined ? undefined : { start: range.start, total: range.total },
    expectedBytes: range === undefined ? declaredBytes : range.end - range.start,
    initialAgeMs,
    policy,
  };
}

/** What {@link mayStore} refuses whatever else the response says, and whenever it came: most of what it refuses. */
export function refusalAtSight({ request, response }: Arrived, { control }: ResponseControl): StoreRefusalReason | undefined {
  return messageRefusal(request, response) ?? directiveRefusal(response.status, control);
}

function refuse(reason: StoreRefusalReason): StoreDecision {
  return { kind: 'refuse', reason };
}

/**
 * Final statuses that are not stored, whatever they declare: a 304 is no response of its own, 407 is a proxy's, RFC 6585 forbids it for 428 and what follows; and the others are about fields of
 * their request, which would be everybody's answer then: its credentials (401), its conditions (412), its range (416), what it expects (417).
 */
const UNSTORABLE_STATUSES: ReadonlySet<number> = new Set([304, 401, 407, 412, 416, 417, 428, 429, 431, 511]);

/** RFC 9110 §9.3.3, RFC 5789 §2: what the answer to these says can be asked for by GET, where it says so itself. */
const METHODS_FOR_GET: ReadonlySet<string> = new Set(['POST', 'PATCH']);

/** What no directive allows. */
function messageRefusal(request: HttpRequest, response: HttpResponse): StoreRefusalReason | undefined {
  const { status } = response;
  const { method } = request;
  // Beyond 599 there is no class to understand it by (RFC 9110 §15).
  if (status < 200 || status > 599 || UNSTORABLE_STATUSES.has(status)) return 'status';
  if (isOfAnotherUri(request, response)) return 'another-uri';
  if (method === 'GET') return undefined;
  if (method === 'QUERY') return status === 206 ? 'method' : undefined;
  // Of a failure `Content-Location` says nothing (RFC 9110 §8.7): it is about what was sent.
  return METHODS_FOR_GET.has(method) && status <= 299 && status !== 206 ? undefined : 'method';
}

/** What has to say itself for how long it is fresh. */
function freshnessRefusal(
  { request, response: { status } }: Received,
  fields: ResponseFields,
  policy: StoredPolicy,
  control: CacheControl,
): StoreRefusalReason | undefined {
  const isExplicit = policy.source !== 'none' && policy.source !== 'heuristic';
  if (METHODS_FOR_GET.has(request.method)) {
    return isExplicit && namesSame(request, fields.contentLocation) ? undefined : 'method';
  }
  return isExplicit || HEURISTIC_STATUSES.has(status) || hasDirective(control, 'public') ? undefined : 'no-explicit-freshness';
}

/** A redirect was followed further in: how long the end of that chain is fresh says nothing of its beginning. */
function isOfAnotherUri(request: HttpRequest, response: HttpResponse): boolean {
  const asked = request.target;
  const target = response.request?.target ?? asked;
  return response.redirected || (target !== asked && (target.origin.key !== asked.origin.key || target.path !== asked.path));
}

/** Statuses whose meaning for a cache is known and kept, for `must-understand`. */
const UNDERSTOOD_STATUSES: ReadonlySet<number> = new Set([
  200, 203, 204, 206, 300, 301, 302, 303, 307, 308, 400, 403, 404, 405, 410, 414, 500, 501, 502, 503, 504,
]);

/** What the server forbids, or may have wanted to. */
export function directiveRefusal(status: number, control: CacheControl): StoreRefusalReason | undefined {
  if (control.isMalformed) return 'malformed-cache-control';
  // §5.2.2.3: who understands the status ignores the no-store beside it, which is for those who know no must-understand.
  if (hasDirective(control, 'must-understand')) return UNDERSTOOD_STATUSES.has(status) ? undefined : 'must-understand';
  return hasDirective(control, 'no-store') ? 'no-store' : undefined;
}

/** What belongs to one user. */
function userRefusal(
  { request, response }: Received,
  fields: ResponseFields,
  control: CacheControl,
  rules: Rules,
): StoreRefusalReason | undefined {
  // A middleware further in may have added the field.
  const hasAuthorization = request.headers.has('authorization') || response.request?.headers.has('authorization') === true;
  if (rules.mode === 'private') {
    return hasAuthorization && !request.headers.has('authorization') && hasUserinfo(request) ? 'credentials-in-url' : undefined;
  }
  return sharedRefusal(fields, control, rules) ?? (hasAuthorization && !isShareable(control) ? 'authorization' : undefined);
}

/** What a response says of itself that keeps it out of a shared cache. */
export function sharedRefusal({ setCookie }: ResponseFields, control: CacheControl, rules: Rules): StoreRefusalReason | undefined {
  if (rules.mode === 'private') return undefined;
  if (qualified(control, 'private').kind === 'whole') return 'private';
  // §7.3 leaves it to the server to forbid it; those that forget have made other clients log users in as each other.
  return setCookie !== null && !unstoredFields(control, rules).includes('set-cookie') ? 'set-cookie' : undefined;
}

/** RFC 9111 §3.5. */
function isShareable(control: CacheControl): boolean {
  return ['public', 's-maxage', 'must-revalidate'].some((name) => hasDirective(control, name));
}

/**
 * Whether what a request with credentials is answered may change nothing of a stored response that is for others too (§3.5; and in a private cache, which may be that of several users, where
 * it was not selected by the credentials).
 * @param control Of the stored response, once it was changed.
 */
export function isForAskerAlone(
  { request, response }: Received,
  { selecting }: StoredResponse,
  control: CacheControl,
  { mode }: Rules,
): boolean {
  const isSelecting = (name: string): boolean => selecting.some(([selected]) => selected === name);
  if (mode === 'private') return CREDENTIALS.some((name) => request.headers.has(name) && !isSelecting(name));
  const hasAuthorization = request.headers.has('authorization') || response.request?.headers.has('authorization') === true;
  return hasAuthorization && !isShareable(control);
}

function hasUserinfo({ url }: HttpRequest): boolean {
  return url.username !== '' || url.password !== '';
}

/** §5.2.2.4, §5.2.2.7: fields that only a response that was just validated may have, or that are one user's. They are not stored. */
export function unstoredFields(control: CacheControl, { mode }: Rules): readonly string[] {
  const noCache = qualified(control, 'no-cache');
  const isPrivate = mode === 'shared' ? qualified(control, 'private') : undefined;
  const names = noCache.kind === 'fields' ? noCache.names : NO_FIELDS;
  return isPrivate?.kind === 'fields' ? [...names, ...isPrivate.names] : names;
}

const NO_FIELDS: readonly string[] = [];

/** §3, last item: what has neither a lifetime nor a status that goes without one; and what nobody could ever be served. */
function useRefusal({ etag, lastModified }: ResponseFields, policy: StoredPolicy, initialAgeMs: number): StoreRefusalReason | undefined {
  const hasValidator = etag !== null || parseCacheDate(lastModified ?? '', 0) !== undefined;
  if (policy.isAlwaysValidated) return hasValidator ? undefined : 'no-validator';
  const isFresh = policy.lifetimeMs > initialAgeMs;
  if (isFresh || hasValidator) return undefined;
  if (policy.source === 'none') return 'no-explicit-freshness';
  return policy.staleWhileRevalidateMs > 0 || policy.staleIfErrorMs > 0 ? undefined : 'of-no-use';
}

function rangeOf(request: HttpRequest, fields: ResponseFields, declaredBytes: number | undefined): ContentRange | undefined {
  const range = parseContentRange(fields.contentRange);
  const spec = parseRange(request.headers);
  // A 206 that nobody asked for, or of several parts.
  if (range === undefined || spec === undefined || spec.kind === 'other') return undefined;
  // In doubt it is not stored: one of the two is wrong.
  return declaredBytes === undefined || declaredBytes === range.end - range.start ? range : undefined;
}
