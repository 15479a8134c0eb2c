import type { PageAttempt, PageConnection, PageData, Segment } from '../../page-data.ts';

/** One exchange on a connection. */
export interface Use {
  /** Its place in {@link PageData.exchanges}. */
  readonly exchange: number;
  readonly attempt: PageAttempt;
  readonly startMs: number;
  readonly endMs: number;
  /** Of those that overlap (HTTP/2), which line it is drawn on; 0 is the first. */
  readonly level: number;
}

/** The life of a connection, to be drawn. */
export interface Lane {
  readonly connection: PageConnection;
  /** In the order in which they began. */
  readonly uses: readonly Use[];
  /** How many lines the uses take; 1 where there is none. */
  readonly depth: number;
  /** The steps of its dial, where the log has them. */
  readonly dial: readonly Segment[];
  /** Open and without a request, each from and to. */
  readonly idle: readonly (readonly [fromMs: number, toMs: number])[];
  /** When it was closed or, while it is open, the end of the log. */
  readonly endMs: number;
}

/** A lane for each connection, in their order. */
export function lanesOf(data: PageData): readonly Lane[] {
  const uses = new Map<number, Omit<Use, 'level'>[]>(data.connections.map(({ id }) => [id, []]));
  const dials = new Map<number, readonly Segment[]>();
  for (const [index, { attempts, endMs = data.endMs }] of data.exchanges.entries()) {
    for (const attempt of attempts) {
      const { connection, gotMs, dialled } = attempt;
      if (dialled !== undefined) dials.set(dialled, attempt.dial ?? attempt.segments.filter(isDialStep));
      if (connection === undefined || gotMs === undefined) continue;
      uses.get(connection)?.push({ exchange: index, attempt, startMs: gotMs, endMs: endOfUse(attempt, endMs) });
    }
  }
  return data.connections.map((connection) =>
    laneOf(connection, uses.get(connection.id) ?? [], dials.get(connection.id) ?? [], data.endMs),
  );
}

/** `dns`, `connect`, `proxy`, `tls`. */
function isDialStep([phase]: Segment): boolean {
  return phase >= 1 && phase <= 4;
}

function endOfUse({ releasedMs, segments }: PageAttempt, endMs: number): number {
  return releasedMs ?? segments.at(-1)?.[2] ?? endMs;
}

function laneOf(connection: PageConnection, unordered: readonly Omit<Use, 'level'>[], dial: readonly Segment[], logEndMs: number): Lane {
  const endMs = Math.max(connection.closedMs ?? logEndMs, connection.openedMs);
  const freeFrom: number[] = [];
  const uses = unordered
    .toSorted((a, b) => a.startMs - b.startMs)
    .map((use): Use => {
      const free = freeFrom.findIndex((atMs) => atMs <= use.startMs);
      const level = free === -1 ? freeFrom.length : free;
      freeFrom[level] = use.endMs;
      return Object.assign(use, { level });
    });
  return { connection, uses, depth: Math.max(1, freeFrom.length), dial, idle: idleGaps(uses, connection.openedMs, endMs), endMs };
}

function idleGaps(uses: readonly Use[], openedMs: number, endMs: number): readonly (readonly [number, number])[] {
  const gaps: [number, number][] = [];
  let freeMs = openedMs;
  for (const use of uses) {
    if (use.startMs > freeMs) gaps.push([freeMs, use.startMs]);
    freeMs = Math.max(freeMs, use.endMs);
  }
  if (endMs > freeMs) gaps.push([freeMs, endMs]);
  return gaps;
}
