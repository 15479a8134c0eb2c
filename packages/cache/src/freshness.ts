import { hasDirective, qualified, secondsOf, type CacheControl } from './cache-control.ts';
import { parseCacheDate } from './http-date.ts';
import type { ResponseFields } from './response-fields.ts';
import type { Rules } from './rules.ts';
import type { FreshnessSource, StoredPolicy } from './stored-response.ts';
import type { ResponseControl } from './targeted-cache-control.ts';

/** A response as its freshness is seen. */
export interface FreshnessFacts {
  readonly status: number;
  readonly fields: ResponseFields;
  readonly directives: ResponseControl;
  /** When it came, by the wall clock. */
  readonly nowMs: number;
}

/** What the directives of a response come to. */
export function policyOf(facts: FreshnessFacts, rules: Rules): StoredPolicy {
  const { control } = facts.directives;
  // Where the directives say it all it is the policy of all that says the same.
  if (control === declared?.control && rules === declared.rules) return declared.policy;
  const { lifetimeMs, source } = freshness(facts, rules);
  const policy = known({
    lifetimeMs,
    source,
    isAlwaysValidated: qualified(control, 'no-cache').kind === 'whole',
    mustRevalidate: mustRevalidate(control, rules),
    isImmutable: hasDirective(control, 'immutable'),
    staleWhileRevalidateMs: (secondsOf(control, 'stale-while-revalidate', 0) ?? 0) * 1_000,
    staleIfErrorMs: (secondsOf(control, 'stale-if-error', 0) ?? 0) * 1_000,
  });
  if (declaredFreshness(control, rules) !== undefined) declared = { control, rules, policy };
  return policy;
}

/** The last policy that followed from the directives alone. */
let declared: { readonly control: CacheControl; readonly rules: Rules; readonly policy: StoredPolicy } | undefined;

/** The last policy again where it is the same: most responses of a server have one in common, and what is stored of them keeps it once. */
function known(policy: StoredPolicy): StoredPolicy {
  const { lifetimeMs, source, isAlwaysValidated, mustRevalidate: isStrict, isImmutable, staleWhileRevalidateMs, staleIfErrorMs } = policy;
  const isSame =
    lifetimeMs === last?.lifetimeMs &&
    source === last.source &&
    isAlwaysValidated === last.isAlwaysValidated &&
    isStrict === last.mustRevalidate &&
    isImmutable === last.isImmutable &&
    staleWhileRevalidateMs === last.staleWhileRevalidateMs &&
    staleIfErrorMs === last.staleIfErrorMs;
  if (!isSame || last === undefined) last = policy;
  return last;
}

let last: StoredPolicy | undefined;

/** How long a response is fresh, and who says so. */
export interface Freshness {
  readonly lifetimeMs: number;
  readonly source: FreshnessSource;
}

/** RFC 9111 §4.2.1, in its order: the first that applies wins. Two that contradict each other, or one that cannot be read, make it stale. */
export function freshness(facts: FreshnessFacts, rules: Rules): Freshness {
  const { control, isTargeted } = facts.directives;
  return declaredFreshness(control, rules) ?? (isTargeted ? undefined : expiry(facts)) ?? heuristic(facts, rules);
}

function declaredFreshness(control: CacheControl, { mode }: Rules): Freshness | undefined {
  const names = mode === 'shared' ? SHARED : PRIVATE;
  for (const name of names) {
    const seconds = secondsOf(control, name, Number.NaN);
    if (seconds !== undefined) return Number.isNaN(seconds) ? INVALID : { lifetimeMs: seconds * 1_000, source: name };
  }
  return undefined;
}

const SHARED = ['s-maxage', 'max-age'] as const;
const PRIVATE = ['max-age'] as const;
const INVALID: Freshness = { lifetimeMs: 0, source: 'invalid' };
const NONE: Freshness = { lifetimeMs: 0, source: 'none' };

/** §5.3: `Expires` less `Date`; an invalid one, above all `0`, is a time in the past. */
function expiry({ fields, nowMs }: FreshnessFacts): Freshness | undefined {
  if (fields.expires === null) return undefined;
  const [first = '', ...others] = fields.storable.getAll('expires');
  const expiresMs = others.every((other) => other === first) ? parseCacheDate(first, nowMs) : undefined;
  return expiresMs === undefined ? INVALID : { lifetimeMs: Math.max(0, expiresMs - dateOf(fields, nowMs)), source: 'expires' };
}

/** RFC 9110 §15.1: statuses that may be stored without being told how long they are fresh. */
export const HEURISTIC_STATUSES: ReadonlySet<number> = new Set([200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501]);

/** §4.2.2: a fraction of the time for which it has not changed, where its status or `public` allows to guess. */
function heuristic({ status, fields, directives, nowMs }: FreshnessFacts, { heuristicFraction, maxHeuristicMs }: Rules): Freshness {
  if (!HEURISTIC_STATUSES.has(status) && !hasDirective(directives.control, 'public')) return NONE;
  const lastModifiedMs = parseCacheDate(fields.lastModified ?? '', nowMs);
  const unchangedMs = lastModifiedMs === undefined ? 0 : dateOf(fields, nowMs) - lastModifiedMs;
  if (unchangedMs <= 0 || heuristicFraction === 0) return NONE;
  return { lifetimeMs: Math.min(maxHeuristicMs, Math.floor(unchangedMs * heuristicFraction)), source: 'heuristic' };
}

/** When a response was made, in milliseconds since 1970: its `Date`, or for want of one the time at which it came (RFC 9110 §6.6.1). */
export function dateOf({ date }: Pick<ResponseFields, 'date'>, nowMs: number): number {
  return parseCacheDate(date ?? '', nowMs) ?? nowMs;
}

/** RFC 9111 §4.2.4: whether the server forbids that it is ever served stale. */
function mustRevalidate(control: CacheControl, { mode }: Rules): boolean {
  if (hasDirective(control, 'must-revalidate')) return true;
  // §5.2.2.10: s-maxage means proxy-revalidate too.
  return mode === 'shared' && (hasDirective(control, 'proxy-revalidate') || hasDirective(control, 's-maxage'));
}
