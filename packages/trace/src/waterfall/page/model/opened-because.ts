import type { PageConnection } from '../../page-data.ts';
import type { Lane } from './lanes.ts';

/** Why no connection was at hand when one was dialled, as far as the log can tell. */
export type OpenedBecause =
  | { readonly kind: 'first' }
  | { readonly kind: 'all-busy'; readonly others: number }
  | { readonly kind: 'replaces'; readonly reason: string }
  | { readonly kind: 'despite-idle'; readonly idle: number }
  | { readonly kind: 'unknown' };

/** For each lane: what the other connections to its origin did at the time when it was dialled. */
export function openedBecause(lanes: readonly Lane[]): readonly OpenedBecause[] {
  const routes = new Map<string, Route>();
  return lanes.map((lane) => {
    const name = `${lane.connection.origin} ${lane.connection.proxy ?? ''}`;
    const route = routes.get(name) ?? { before: [], mostOpen: 0, replaced: new Set() };
    routes.set(name, route);
    const atMs = lane.connection.dialMs ?? lane.connection.openedMs;
    const open = route.before.filter(({ endMs, connection }) => connection.closedMs === undefined || endMs > atMs);
    const because = lane.connection.dialMs === undefined ? UNKNOWN : causeOf(atMs, open, route);
    route.before.push(lane);
    route.mostOpen = Math.max(route.mostOpen, open.length + 1);
    return because;
  });
}

/** Connections that could have served each other's requests. */
interface Route {
  /** Those that were dialled before, in that order. */
  readonly before: Lane[];
  /** As many as there were at once. */
  mostOpen: number;
  /** Of those that were closed, the ones in whose place another was dialled: each could have served one. */
  readonly replaced: Set<PageConnection>;
}

/** It was there before the log was, or another's request dialled it. */
const UNKNOWN: OpenedBecause = { kind: 'unknown' };

function causeOf(dialMs: number, open: readonly Lane[], route: Route): OpenedBecause {
  if (route.before.length === 0) return { kind: 'first' };
  const idle = open.filter((lane) => isIdle(lane, dialMs)).length;
  if (idle > 0) return { kind: 'despite-idle', idle };
  // There were more of them before: had the last to go been kept, it could have served.
  const last = open.length < route.mostOpen ? lastClosed(route, dialMs) : undefined;
  if (last === undefined) return { kind: 'all-busy', others: open.length };
  route.replaced.add(last);
  return { kind: 'replaces', reason: last.reason ?? 'unknown' };
}

/** Of those that nothing was dialled for yet. */
function lastClosed({ before, replaced }: Route, untilMs: number): PageConnection | undefined {
  let last: PageConnection | undefined;
  for (const { connection } of before) {
    const { closedMs } = connection;
    if (closedMs === undefined || closedMs > untilMs || replaced.has(connection)) continue;
    if (closedMs >= (last?.closedMs ?? 0)) last = connection;
  }
  return last;
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
    const key = because.kind === 'replaces' ? `${because.kind} ${because.reason}` : because.kind;
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
    case 'replaces':
      return `replaced one: ${because.reason}`;
    case 'despite-idle':
      return 'a fresh one was asked for';
    case 'unknown':
      return 'open before the log began';
  }
}
