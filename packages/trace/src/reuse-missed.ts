import type { CloseReason } from '@roundtripper/core';

/** Connections that were closed for being idle, while no other was opened in their place: by us, and by the server. */
export interface IdleCloses {
  readonly ours: IdleClose;
  readonly servers: IdleClose;
}

interface IdleClose {
  count: number;
  /** Since when the one closed last had been idle. */
  sinceMs: number;
}

/** A reuse that there would have been. */
export interface MissedReuse {
  readonly by: keyof IdleCloses;
  readonly sinceMs: number;
}

export function noIdleCloses(): IdleCloses {
  return { ours: { count: 0, sinceMs: -Infinity }, servers: { count: 0, sinceMs: -Infinity } };
}

/** A connection that had been idle since `sinceMs` was closed. */
export function rememberIdleClose(closes: IdleCloses, reason: CloseReason, sinceMs: number): void {
  const by = byWhom(reason);
  if (by === undefined) return;
  closes[by].count += 1;
  closes[by].sinceMs = sinceMs;
}

function byWhom(reason: CloseReason): keyof IdleCloses | undefined {
  if (reason === 'idle-timeout') return 'ours';
  // By its word, or without one.
  return reason === 'server-idle-timeout' || reason === 'server-closed-idle' ? 'servers' : undefined;
}

/** A connection was opened: which of those that were closed before would have done, if any. Each would have done once; the one used last is the likeliest. */
export function takeMissed({ ours, servers }: IdleCloses): MissedReuse | undefined {
  if (ours.count === 0 && servers.count === 0) return undefined;
  const isOurs = servers.count === 0 || (ours.count > 0 && ours.sinceMs >= servers.sinceMs);
  const taken = isOurs ? ours : servers;
  taken.count -= 1;
  return { by: isOurs ? 'ours' : 'servers', sinceMs: taken.sinceMs };
}
