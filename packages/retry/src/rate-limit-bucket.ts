/** Tokens as they were at a time of the monotonic clock. */
export interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

/** The rules of a token bucket: a request takes a token, and `rate` of them are added in `perMs` milliseconds, up to `burst`. */
export interface BucketRules {
  readonly rate: number;
  readonly perMs: number;
  readonly burst: number;
}

/** What adding up fractions may be off by. */
const ROUNDING = 1e-9;

/** The bucket as it is now. */
export function refill({ tokens, atMs }: Bucket, { rate, perMs, burst }: BucketRules, nowMs: number): Bucket {
  return { tokens: Math.min(burst, tokens + (Math.max(0, nowMs - atMs) * rate) / perMs), atMs: nowMs };
}

/** Takes a token out of a bucket of now; `undefined` where there is none. */
export function take({ tokens, atMs }: Bucket): Bucket | undefined {
  return tokens >= 1 - ROUNDING ? { tokens: tokens - 1, atMs } : undefined;
}

/** In how many milliseconds a bucket of now has a token for who comes after `ahead` others; 0 where it has one. */
export function waitMs({ tokens }: Bucket, ahead: number, { rate, perMs }: BucketRules): number {
  const missing = ahead + 1 - tokens;
  return missing <= ROUNDING ? 0 : (missing * perMs) / rate;
}
