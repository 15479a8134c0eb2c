/**
 * What a route keeps to once a server has asked for calm, which is to say: has ended a connection because it is asked too much; or has turned away what it was asked on a connection, and answered
 * nothing there. `asked` is how often it has, one pause after the other; 0 where it has turned something away and may just have been restarting. Times are in milliseconds, by the clock that never jumps.
 */
export type Calm =
  /** No connection is opened until then. */
  | { readonly kind: 'holding'; readonly asked: number; readonly untilMs: number }
  /** One has been opened since, and no other is until then, or until an exchange has come to its end. */
  | { readonly kind: 'trying'; readonly asked: number; readonly untilMs: number }
  /** An exchange has come to its end since. Connections are opened as ever; it is known still how often the server has asked. */
  | { readonly kind: 'served'; readonly asked: number; readonly sinceMs: number };

const FIRST_PAUSE_MS = 250;
/** A request waits for it: longer, and callers would give up on a server that is well again. */
const LONGEST_PAUSE_MS = 8_000;
/** For how long exchanges come to their end before the next pause is a first one again: servers that ask once a connection has made too many requests need some time for that. */
const FORGET_MS = 30_000;

/**
 * How long nothing is opened: longer each time the server asks.
 * @param asked How often it has, at least 1.
 * @param random From 0 to 1: the clients that were sent away together do not come back together. At least half of the pause is kept.
 * @returns milliseconds.
 */
export function pauseMs(asked: number, random: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (asked - 1)) * (0.5 + random / 2);
}

/** The server asks for calm. What it says on several connections during one pause it says once, but the pause is kept from the last word on. */
export function afterAsking(calm: Calm | undefined, nowMs: number, random: number): Calm {
  const isSame = calm?.kind === 'holding' && nowMs < calm.untilMs;
  const asked = isSame ? calm.asked : (calm?.asked ?? 0) + 1;
  const untilMs = nowMs + pauseMs(asked, random);
  return { kind: 'holding', asked, untilMs: isSame ? Math.max(calm.untilMs, untilMs) : untilMs };
}

/**
 * A connection has served nothing, and what it was to serve is to be sent on another. The first time one is opened at once: servers that restart say so once. Where that came to the same,
 * the next would too: else each request would open as many connections as it has tries.
 */
export function afterTurningAway(calm: Calm | undefined, nowMs: number, random: number): Calm {
  if (calm === undefined || calm.kind === 'served') return { kind: 'holding', asked: calm?.asked ?? 0, untilMs: nowMs };
  // Nothing was opened since: several connections of before say the same.
  return calm.kind === 'holding' ? calm : afterAsking(calm, nowMs, random);
}

/** A connection was opened. One whose dial began before the pause says nothing of what comes after it. */
export function afterOpening(calm: Calm, nowMs: number, random: number): Calm {
  if (calm.kind === 'served' || (calm.kind === 'holding' && nowMs < calm.untilMs)) return calm;
  return { kind: 'trying', asked: calm.asked, untilMs: nowMs + pauseMs(Math.max(1, calm.asked), random) };
}

/** An exchange has come to its end, on a connection whose peer neither asks for calm nor turns all away. @returns undefined once all is forgotten. */
export function afterExchange(calm: Calm, nowMs: number): Calm | undefined {
  if (calm.kind === 'served') return nowMs - calm.sinceMs < FORGET_MS ? calm : undefined;
  if (calm.kind === 'holding' && nowMs < calm.untilMs) return calm;
  return { kind: 'served', asked: calm.asked, sinceMs: nowMs };
}

/** Whether the server has yet to show that it serves again: until then connections are opened one by one. */
export function isUntried(calm: Calm | undefined): boolean {
  return calm !== undefined && calm.kind !== 'served';
}

/** For how long no connection is opened: 0 where one may be. */
export function pauseLeftMs(calm: Calm | undefined, nowMs: number): number {
  return calm === undefined || calm.kind === 'served' ? 0 : Math.max(0, calm.untilMs - nowMs);
}
