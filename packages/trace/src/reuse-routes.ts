import { noIdleCloses, type IdleCloses } from './reuse-missed.ts';
import { addTally, emptyTally, isBlank, type ReuseTally } from './reuse-tally.ts';

/** A route and its counters. */
export interface RouteRow {
  readonly key: string;
  readonly origin: string;
  readonly proxy: string | undefined;
  tally: ReuseTally;
  readonly idleCloses: IdleCloses;
  /** Whether there are so many others that it is counted with the rest. */
  isFolded: boolean;
}

/** What the routes together are called that have none of their own counters any more. No origin looks like it. */
const OTHERS = 'others';

/** How many of the least recently used are looked at for one that holds nothing. */
const CANDIDATES = 64;

/** The counters of each route; of no more than so many, since a crawler meets millions of origins. */
export class RouteRows {
  readonly #most: number;
  /** The least recently used first. */
  readonly #rows = new Map<string, RouteRow>();
  readonly #others = newRow(OTHERS, OTHERS, undefined);
  #latest: RouteRow | undefined;

  constructor(most: number) {
    this.#most = most;
  }

  /** The row of a route that is used now. */
  use(origin: string, proxy: string | undefined): RouteRow {
    const latest = this.#latest;
    if (latest !== undefined && latest.origin === origin && latest.proxy === proxy) return latest;
    const key = proxy === undefined ? origin : `${origin} ${proxy}`;
    const found = this.#rows.get(key);
    if (found !== undefined) this.#rows.delete(key);
    else if (this.#rows.size >= this.#most) this.#foldOne();
    const row = found ?? newRow(key, origin, proxy);
    this.#rows.set(key, row);
    this.#latest = row;
    return row;
  }

  /** What counts for a row now. */
  standingFor(row: RouteRow): RouteRow {
    return row.isFolded ? this.#others : row;
  }

  tallyOf(row: RouteRow): ReuseTally {
    return this.standingFor(row).tally;
  }

  /** All that have counted something. */
  *[Symbol.iterator](): Generator<RouteRow> {
    for (const row of this.#rows.values()) if (!isBlank(row.tally)) yield row;
    if (!isBlank(this.#others.tally)) yield this.#others;
  }

  /** Forgets what was counted, and keeps what is there. */
  reset(): void {
    for (const row of [...this.#rows.values(), this.#others]) row.tally = emptyTally(row.tally);
  }

  #foldOne(): void {
    const row = this.#leastUseful();
    if (row === undefined) return;
    this.#rows.delete(row.key);
    addTally(this.#others.tally, row.tally);
    row.isFolded = true;
  }

  /** The least recently used; rather one that holds neither a connection nor a request that waits. */
  #leastUseful(): RouteRow | undefined {
    const [first] = this.#rows.values();
    return this.#rows.values().take(CANDIDATES).find(holdsNothing) ?? first;
  }
}

function holdsNothing({ tally }: RouteRow): boolean {
  return tally.connectionsOpen === 0 && tally.waiting === 0;
}

function newRow(key: string, origin: string, proxy: string | undefined): RouteRow {
  return { key, origin, proxy, tally: emptyTally(), idleCloses: noIdleCloses(), isFolded: false };
}
