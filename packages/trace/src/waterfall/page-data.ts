/**
 * What the page of a waterfall is given: a {@link TraceRecords} as JSON. All times are milliseconds, to the microsecond, since the first thing in the log.
 * The page imports this file too, for its types and {@link PHASES}; nothing else of the package.
 */
export interface PageData {
  readonly title: string;
  /** Wall-clock time of the first thing in the log, in milliseconds since 1970; undefined of an empty log. */
  readonly startedAtMs: number | undefined;
  /** The last time that the log knows: what is under way is drawn up to it. */
  readonly endMs: number;
  /** How many requests the log no longer has. */
  readonly dropped: number;
  /** Of requests and connections, each once. */
  readonly origins: readonly string[];
  /** In the order in which they began. */
  readonly exchanges: readonly PageExchange[];
  /** In the order in which they were dialled. */
  readonly connections: readonly PageConnection[];
}

/** The phases of an attempt, in their order. What a segment's number stands for. */
export const PHASES = ['queued', 'dns', 'connect', 'proxy', 'tls', 'send', 'wait', 'download'] as const;

export type Phase = (typeof PHASES)[number];

/** A phase (its place in {@link PHASES}), and when it began and ended. */
export type Segment = readonly [phase: number, startMs: number, endMs: number];

export interface PageExchange {
  readonly id: number;
  readonly method: string;
  readonly url: string;
  /** Its place in {@link PageData.origins}. */
  readonly origin: number;
  readonly status?: number | undefined;
  readonly proto?: string | undefined;
  readonly startMs: number;
  /** Absent while it is under way. */
  readonly endMs?: number | undefined;
  readonly error?: string | undefined;
  /** The error is that its reader wanted no more of the body: no failure. */
  readonly isGivenUp?: true | undefined;
  /** What caches and retry policies said, one line each. */
  readonly notes?: readonly string[] | undefined;
  readonly attempts: readonly PageAttempt[];
}

export interface PageAttempt {
  readonly cause: string;
  /** Without overlaps and in order. What lies between them was spent outside of the Transport. */
  readonly segments: readonly Segment[];
  /** The steps of a dial that this attempt began and whose connection went to another. */
  readonly dial?: readonly Segment[] | undefined;
  /** The connection that the dial of this attempt opened. */
  readonly dialled?: number | undefined;
  readonly dialDonatedTo?: string | undefined;
  /** The {@link PageConnection.id} of the connection it was given. */
  readonly connection?: number | undefined;
  readonly gotMs?: number | undefined;
  /** When it gave the connection back. */
  readonly releasedMs?: number | undefined;
  readonly reused?: boolean | undefined;
  readonly wasIdle?: boolean | undefined;
  readonly idleMs?: number | undefined;
  /** Of HTTP/2. */
  readonly stream?: number | undefined;
  readonly status?: number | undefined;
  readonly sentBytes?: number | undefined;
  readonly receivedBytes?: number | undefined;
  readonly tlsResumed?: boolean | undefined;
  readonly error?: string | undefined;
}

export interface PageConnection {
  readonly id: number;
  readonly origin: number;
  readonly protocol: string;
  readonly proxy?: string | undefined;
  /** Like `192.0.2.1:443`. */
  readonly remote?: string | undefined;
  /** When it was first heard of: opened, or in use already. */
  readonly openedMs: number;
  /** When its dial began; absent where none of the requests in the log dialled it. */
  readonly dialMs?: number | undefined;
  /** Absent while it is open. */
  readonly closedMs?: number | undefined;
  readonly reason?: string | undefined;
  /** The reason in words. */
  readonly meaning?: string | undefined;
  /** How many requests it carried, those included that the log no longer has. */
  readonly carried: number;
}
