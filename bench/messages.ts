import type { ClientName } from './client-names.ts';
import type { Exchange, Protocol } from './works.ts';

/** What a client's process is made for, given to it as JSON: its one argument. */
export interface Job {
  readonly client: ClientName;
  readonly protocol: Protocol;
  readonly exchange: Exchange;
  /** Like `http://127.0.0.1:40123/1k`. */
  readonly url: string;
  /** What it trusts, as PEM. */
  readonly ca: string;
  /** How many requests will be in flight. */
  readonly concurrency: number;
  /** Of the request's body, where it has one. */
  readonly bodyBytes: number;
  readonly answerBytes: number;
}

/** The server's argument where it is never to sleep. */
export const AWAKE = 'awake';

/** What a process is told to do. It answers each order with one report. */
export type Order =
  /** The server: requests for `/hold` wait until so many have come, and are then all answered: each has a connection of its own. */
  | { readonly kind: 'hold'; readonly requests: number }
  /** The server. */
  | { readonly kind: 'ask-usage' }
  | { readonly kind: 'warm-up'; readonly forMs: number }
  | { readonly kind: 'measure'; readonly requests: number }
  /** One, checked. */
  | { readonly kind: 'exchange' }
  /** Open the connections that {@link Job.concurrency} says, leave them idle, and say what they take. */
  | { readonly kind: 'idle' }
  | ({ readonly kind: 'read-slowly' } & SlowPlan)
  /** Keep busy for so long and write a CPU profile to the file. */
  | { readonly kind: 'profile'; readonly forMs: number; readonly file: string }
  /** One window without, and one with, what costs something. */
  | { readonly kind: 'measure-pair'; readonly requests: number; readonly isPlainFirst: boolean }
  /** A store: so many answers to URLs of their own. */
  | { readonly kind: 'fill'; readonly responses: number }
  /** A store: it is emptied. */
  | { readonly kind: 'clear' }
  /** A store: what the process takes, once it was idle for so long. */
  | { readonly kind: 'ask-resident'; readonly settleMs: number }
  /**
   * Over HTTP/2: a GET from each of these, all of other origins, so that each has a connection of its own, which is left idle. The first look is when there
   * are so many of them.
   */
  | { readonly kind: 'idle-origins'; readonly urls: readonly string[]; readonly before: number }
  /** Over HTTP/2: so many GETs whose answers have a head and no body yet. As before, of `before`, which is at least one. */
  | { readonly kind: 'open-streams'; readonly streams: number; readonly before: number }
  /** Over HTTP/2: so many uploads of which the server takes nothing. */
  | { readonly kind: 'upload-blocked'; readonly uploads: number }
  /** The server that holds HTTP/2 streams. */
  | { readonly kind: 'ask-held' };

/** How a slow reader reads. */
export interface SlowPlan {
  /** Between two chunks. */
  readonly everyMs: number;
  /** How long it reads so. */
  readonly slowMs: number;
  /** How long it then reads nothing at all. */
  readonly pauseMs: number;
}

/** What processes tell the one that started them. */
export type Report =
  /** The server, once. */
  | { readonly kind: 'listening'; readonly port: number; readonly tlsPort: number }
  /** The server: the CPU time it has taken, the connections that are open, and how often it was asked for what a cache may store. */
  | { readonly kind: 'usage'; readonly cpuMicros: number; readonly connections: number; readonly storableRequests: number }
  | { readonly kind: 'done' }
  /** A client, once it is loaded. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'warmed-up'; readonly requestsPerSecond: number }
  | { readonly kind: 'measured'; readonly sample: Sample }
  | { readonly kind: 'measured-pair'; readonly plain: Sample; readonly variant: Sample }
  /** A store, once it was filled: what it holds, and may hold, as it counts bytes. */
  | { readonly kind: 'filled'; readonly entries: number; readonly bytes: number; readonly maxBytes: number; readonly evictions: number }
  /** Resident once garbage is collected, and at most so far with it; and what of the heap and of buffers is in use. */
  | { readonly kind: 'resident'; readonly rssBytes: number; readonly peakRssBytes: number; readonly liveBytes: number }
  /** Resident before the connections were opened, and with them idle. */
  | { readonly kind: 'idle'; readonly beforeBytes: number; readonly idleBytes: number }
  /** Resident with those that were there before, and with all that was opened and is held. */
  | { readonly kind: 'held'; readonly beforeBytes: number; readonly heldBytes: number }
  /** As `held`, with what was taken from those who upload. */
  | { readonly kind: 'blocked'; readonly beforeBytes: number; readonly heldBytes: number; readonly takenBytes: number }
  /** The server that holds HTTP/2 streams, once: each port is an origin. */
  | { readonly kind: 'listening-on'; readonly ports: readonly number[] }
  /** The same server: what is open. */
  | { readonly kind: 'holds'; readonly connections: number; readonly streams: number }
  /** Resident before the request, and at most from then on, garbage not counted. */
  | { readonly kind: 'read-slowly'; readonly beforeBytes: number; readonly peakBytes: number; readonly readBytes: number }
  /** The last one: the process ends. */
  | { readonly kind: 'failed'; readonly message: string };

/** One window of requests. */
export interface Sample {
  readonly requests: number;
  readonly wallMs: number;
  /** User and system time of all threads of the client's process. */
  readonly cpuMicros: number;
  /** The largest resident set of the process so far. */
  readonly peakRssBytes: number;
  /** What was allocated on the heap that is collected, by V8's or Go's count. Absent where there is none, or nobody counts. */
  readonly allocatedBytes?: number | undefined;
}

/** @throws Error when it is another report. */
export function expectReport<Kind extends Report['kind']>(report: Report, kind: Kind): Extract<Report, { readonly kind: Kind }> {
  if (isOfKind(report, kind)) return report;
  throw new Error(`unexpected report: ${report.kind} in place of ${kind}`);
}

function isOfKind<Kind extends Report['kind']>(report: Report, kind: Kind): report is Extract<Report, { readonly kind: Kind }> {
  return report.kind === kind;
}
