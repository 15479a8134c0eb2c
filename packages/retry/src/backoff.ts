/**
 * How the waits between attempts grow and are spread. `full`: anything from nothing up to a limit that grows by `factor`. `decorrelated`: anything from `minTimeout` to
 * three times what was waited last.
 */
export type Jitter = 'full' | 'decorrelated';

/** The rules of a wait. */
export interface Backoff {
  readonly minTimeout: number;
  readonly maxTimeout: number;
  readonly factor: number;
  readonly jitter: Jitter;
}

/** What a wait depends on besides. */
export interface BackoffState {
  /** The attempt that is over; 1 for the first. */
  readonly number: number;
  /** What was waited before it. */
  readonly waitedMs: number;
  /** From 0 to 1. */
  readonly random: number;
}

/**
 * How long to wait before the next attempt, in whole milliseconds, and never more than `maxTimeout`. Clients that failed together must not come back together, and of the
 * ways to spread them full jitter needs the fewest calls; decorrelated jitter waits longer at first (Brooker, "Exponential Backoff And Jitter").
 */
export function backoff(state: BackoffState, rules: Backoff): number {
  const random = share(state.random);
  return Math.floor(rules.jitter === 'full' ? full(state.number, random, rules) : decorrelated(state.waitedMs, random, rules));
}

function full(number: number, random: number, { minTimeout, maxTimeout, factor }: Backoff): number {
  // `0 * Infinity` is not a number; nothing that grows stays nothing.
  const ceilingMs = minTimeout === 0 ? 0 : Math.min(maxTimeout, minTimeout * factor ** (number - 1));
  return ceilingMs * random;
}

function decorrelated(waitedMs: number, random: number, { minTimeout, maxTimeout }: Backoff): number {
  const leastMs = Math.min(minTimeout, maxTimeout);
  const mostMs = Math.min(maxTimeout, Math.max(minTimeout, waitedMs) * 3);
  return leastMs + (mostMs - leastMs) * random;
}

/** What a source of random numbers gave, as a share of one: one that breaks its promise must not make a wait that never ends. */
function share(value: number): number {
  return value >= 0 && value <= 1 ? value : 1;
}
