import type { PageConnection } from '../../page-data.ts';
import type { Lane } from './lanes.ts';

/** Why no connection was at hand when one was dialled, as far as the log can tell. */
export type OpenedBecause =
  | { readonly kind: 'first' }
  | { readonly kind: 'all-busy'; readonly others: number }
  | { readonly kind: 'others-closed'; readonly reason: string }
  | { readonly kind: 'despite-idle'; readonly idle: number }
  | { readonly kind: 'unknown' };

/** For each lane: what the other connections to its origin did at the time when it was dialled. */
export function openedBecause(lanes: readonly Lane[]): readonly OpenedBecause[] {
  const byRoute = new Map<string, Lane[]>();
  return lanes.map((lane) => {
    const route = routeOf(lane.connection);
    const before = byRoute.get(route) ?? [];
    const because = lane.connection.dialMs === undefined ? UNKNOWN : causeOf(lane.connection.dialMs, before);
    before.push(lane);
    byRoute.set(route, before);
    return because;
  });
}

/** It was there before the log was, or another's request dialled it. */
const UNKNOWN: OpenedBecause = { kind: 'unknown' };

function routeOf({ origin, proxy }: PageConnection): string {
  return `${origin} ${proxy ?? ''}`;
}

function causeOf(dialMs: number, before: readonly Lane[]): OpenedBecause {
  if (before.length === 0) return { kind: 'first' };
  const open = before.filter(({ endMs, connection }) => connection.closedMs === undefined || endMs > dialMs);
  if (open.length === 0) return { kind: 'others-closed', reason: lastToClose(before).reason ?? 'unknown' };
  const idle = open.filter((lane) => isIdle(lane, dialMs)).length;
  return idle === 0 ? { kind: 'all-busy', others: open.length } : { kind: 'despite-idle', idle };
}

function lastToClose(lanes: readonly Lane[]): PageConnection {
  return lanes.map(({ connection }) => connection).reduce((last, each) => ((each.closedMs ?? 0) > (last.closedMs ?? 0) ? each : last));
}

/** Before it was open it was not idle, but being dialled for a request. */
function isIdle({ idle }: Lane, atMs: number): boolean {
  return idle.some(([from, to]) => from <= atMs && atMs < to);
}

/** One line of an account of all lanes, largest first. */
export interface CauseCount {
  readonly because: OpenedBecause;
  readonly count: number;
}

/** How many connections have the same cause; numbers within a cause are not told apart. */
export function countCauses(causes: readonly OpenedBecause[]): readonly CauseCount[] {
  const counts = new Map<string, { because: OpenedBecause; count: number }>();
  for (const because of causes) {
    const key = because.kind === 'others-closed' ? `${because.kind} ${because.reason}` : because.kind;
    const known = counts.get(key);
    if (known === undefined) counts.set(key, { because, count: 1 });
    else known.count += 1;
  }
  return [...counts.values()].toSorted((a, b) => b.count - a.count);
}

/** In words that go on from "opened because". */
export function causeText(because: OpenedBecause): string {
  switch (because.kind) {
    case 'first':
      return 'first to its origin';
    case 'all-busy':
      return 'all others were busy';
    case 'others-closed':
      return `the last had been closed: ${because.reason}`;
    case 'despite-idle':
      return 'a fresh one was asked for';
    case 'unknown':
      return 'open before the log began';
  }
}
