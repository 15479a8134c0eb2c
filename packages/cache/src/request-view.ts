import { HttpHeaders, type HttpRequest } from '@roundtripper/core';

import { cacheRequest, checkedOverride, type CacheRequest, type CacheRequestMode } from './cache-request.ts';
import { hasDirective, NO_DIRECTIVES, parseCacheControl, type CacheControl } from './cache-control.ts';
import { parseRange, type RangeRequest } from './ranges.ts';
import type { BypassReason } from './reasons.ts';

/** A request as the rules see it: read once. */
export interface RequestView {
  readonly request: HttpRequest;
  readonly control: CacheControl;
  /** RFC 9111 §5.2.1.4 and §5.4. */
  readonly isNoCache: boolean;
  readonly override: CacheRequest;
  readonly range: RangeRequest | undefined;
  /** It brings a condition of its own. */
  readonly isConditional: boolean;
  /** RFC 9111 §5.2.1.7. */
  readonly isOnlyIfCached: boolean;
  /** Why the cache has nothing to do with it. */
  readonly bypass: BypassReason | undefined;
}

const NOTHING: CacheRequest = {};

export function viewOf(request: HttpRequest): RequestView {
  const { headers } = request;
  const given = request.context.get(cacheRequest);
  const override = given === undefined ? NOTHING : checkedOverride(given);
  if (headers.size === 0 && override === NOTHING) return plainView(request);
  const control = parseCacheControl(headers);
  const range = parseRange(headers);
  return {
    request: endToEnd(request, override.mode),
    control,
    isNoCache: hasDirective(control, 'no-cache') || (control.directives.size === 0 && isPragmaNoCache(headers.get('pragma'))),
    override,
    range,
    isConditional: headers.has('if-none-match') || headers.has('if-modified-since') || hasOriginCondition(request),
    isOnlyIfCached: override.mode === 'only-if-cached' || hasDirective(control, 'only-if-cached'),
    bypass: bypassReason(request, { control, override, range }),
  };
}

/** As {@link viewOf}, of a request that says nothing: what it does not say need not be asked one by one. */
function plainView(request: HttpRequest): RequestView {
  return {
    request,
    control: NO_DIRECTIVES,
    isNoCache: false,
    override: NOTHING,
    range: undefined,
    isConditional: false,
    isOnlyIfCached: false,
    bypass: request.method === 'GET' && request.body === undefined && request.host === undefined ? undefined : bypassReason(request, PLAIN),
  };
}

const PLAIN = { control: NO_DIRECTIVES, override: NOTHING, range: undefined };

/** What `fetch` says to the caches further on, which know nothing of a mode: that they be asked for the same (Fetch §4.6). A `Cache-Control` of the caller's own says what it says. */
const SAID: Partial<Record<CacheRequestMode, readonly (readonly [name: string, value: string])[]>> = {
  'no-cache': [['Cache-Control', 'max-age=0']],
  'reload': [
    ['Cache-Control', 'no-cache'],
    ['Pragma', 'no-cache'],
  ],
  'no-store': [
    ['Cache-Control', 'no-cache'],
    ['Pragma', 'no-cache'],
  ],
};

function endToEnd(request: HttpRequest, mode: CacheRequestMode = 'default'): HttpRequest {
  const said = SAID[mode];
  if (said === undefined || request.headers.has('cache-control')) return request;
  const headers = new HttpHeaders(request.headers);
  for (const [name, value] of said) if (!headers.has(name)) headers.set(name, value);
  return request.with({ headers });
}

/** Methods that are answered from the store. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'QUERY']);

function bypassReason(
  request: HttpRequest,
  { control, override, range }: Pick<RequestView, 'control' | 'override' | 'range'>,
): BypassReason | undefined {
  const { method, body } = request;
  if (!METHODS.has(method)) return 'method';
  // The answer to a QUERY depends on its body, which must be at hand to be looked up by.
  if (body !== undefined && (method !== 'QUERY' || body.bytes === undefined)) return 'request-body';
  const refusal = storingRefusal(request, { control, override });
  if (refusal !== undefined) return refusal;
  // RFC 9110 §14.2: for other methods there are no ranges. A unit that is unknown here is for the server to know: some give out pages by one, and not as RFC 9110 has it.
  return range?.kind === 'other' && !range.isBytes && method === 'GET' ? 'request-range' : undefined;
}

/** Why nothing that a request is answered may be stored, whatever its method. */
export function storingRefusal(
  { headers, target, host }: HttpRequest,
  { control, override }: Pick<RequestView, 'control' | 'override'>,
): BypassReason | undefined {
  if (control.isMalformed) return 'request-malformed-cache-control';
  if (hasDirective(control, 'no-store') || override.mode === 'no-store') return 'request-no-store';
  // What answers under another name is another resource (RFC 9110 §7.2), whatever the URL.
  return (host ?? headers.get('host') ?? target.origin.host) === target.origin.host ? undefined : 'request-host';
}

/** RFC 9111 §5.4: it counts where there is no `Cache-Control`. */
function isPragmaNoCache(pragma: string | null): boolean {
  return pragma !== null && /(?:^|,)[ \t]*no-cache[ \t]*(?:,|$)/i.test(pragma);
}

/** Conditions that are the origin's to evaluate (RFC 9111 §4.3.2). */
export function hasOriginCondition({ headers }: HttpRequest): boolean {
  return headers.has('if-match') || headers.has('if-unmodified-since');
}
