import { parseHttpDate, type HttpHeaders } from '@roundtripper/core';

import { hasDirective, secondsOf, type CacheControl } from './cache-control.ts';
import type { CacheMode } from './cache-options.ts';

/** How long a response is fresh, as its server says; `none` where it does not. */
export type Freshness = { readonly kind: 'explicit'; readonly lifetimeMs: number } | { readonly kind: 'none' };

/** RFC 9111 §4.2.1, in its order: the first that applies wins. Two that contradict each other, or one that cannot be read, make it stale. */
export function freshness(headers: HttpHeaders, control: CacheControl, mode: CacheMode, nowMs: number): Freshness {
  const seconds = (mode === 'shared' ? secondsOf(control, 's-maxage', 0) : undefined) ?? secondsOf(control, 'max-age', 0);
  if (seconds !== undefined) return { kind: 'explicit', lifetimeMs: seconds * 1_000 };
  const [first, ...others] = headers.getAll('expires');
  if (first === undefined) return { kind: 'none' };
  const expiresMs = others.every((other) => other === first) ? parseHttpDate(first, nowMs) : undefined;
  const lifetimeMs = expiresMs === undefined ? 0 : Math.max(0, expiresMs - dateOf(headers, nowMs));
  return { kind: 'explicit', lifetimeMs };
}

/** When a response was made, in milliseconds since 1970: its `Date`, or for want of one the time at which it came (RFC 9110 §6.6.1). */
export function dateOf(headers: HttpHeaders, nowMs: number): number {
  return parseHttpDate(headers.get('date') ?? '', nowMs) ?? nowMs;
}

/** RFC 9111 §4.2.4: whether the server leaves it to the client to take a stale response. */
export function mayBeServedStale(control: CacheControl, mode: CacheMode): boolean {
  if (hasDirective(control, 'must-revalidate')) return false;
  // §5.2.2.10: s-maxage means proxy-revalidate too.
  return mode === 'private' || !(hasDirective(control, 'proxy-revalidate') || hasDirective(control, 's-maxage'));
}
