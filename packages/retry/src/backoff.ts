/** How the waits between attempts grow. */
export interface Backoff {
  readonly minTimeout: number;
  readonly maxTimeout: number;
  readonly factor: number;
  readonly random: () => number;
}

/**
 * How long to wait before repeat number `repeat` (1 is the first), in whole milliseconds: "full jitter", anything from nothing up to
 * `minTimeout * factor ** (repeat - 1)`, and never more than `maxTimeout`. Clients that failed together must not come back together, and
 * of the ways to spread them this one needs the fewest calls (Brooker, "Exponential Backoff And Jitter").
 */
export function backoff(repeat: number, { minTimeout, maxTimeout, factor, random }: Backoff): number {
  // `0 * Infinity` is not a number; nothing that grows stays nothing.
  const ceilingMs = minTimeout === 0 ? 0 : Math.min(maxTimeout, minTimeout * factor ** (repeat - 1));
  return Math.floor(ceilingMs * share(random()));
}

/** What `random` gave, as a share of one: a source that breaks its promise must not make a wait that never ends. */
function share(value: number): number {
  return value >= 0 && value <= 1 ? value : 1;
}
