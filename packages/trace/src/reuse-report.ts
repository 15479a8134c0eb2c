import type { CloseReason } from '@roundtripper/core';

/** Whether connections were reused and, if not, why not. */
export interface ReuseCounts {
  /** Requests that came to the meter. */
  readonly requests: number;
  /** Requests that ended without an answer; the retries of a layer further in count one by one. */
  readonly failed: number;
  /** How often a request was given a connection; resends count again, and so do the retries of a layer further in. */
  readonly exchanges: number;
  /** Exchanges on a connection that had carried another before. The others had to have one opened. */
  readonly reused: number;
  /** `reused / exchanges`, from 0 to 1; 0 where there was no exchange. */
  readonly reuseRate: number;
  /** Exchanges whose connection came from the idle pool. */
  readonly fromIdle: number;
  /** How long those connections had been idle on average, in milliseconds. */
  readonly meanIdleTime: number;
  /** Exchanges whose connection was handed over by another request that was just done with it. */
  readonly handedOver: number;
  /** How often a request found no connection at hand and waited, be it for its own dial. */
  readonly waited: number;
  /** Of those, the ones that could not even dial, because of `maxConnsPerHost`. */
  readonly waitedForRoom: number;
  /** Requests sent again by the Transport because their connection was stale. */
  readonly resends: number;
  readonly connectionsOpened: number;
  readonly connectionsClosed: number;
  /** Of the closed ones, those that never carried an exchange: they were dialled for a request that another connection served. */
  readonly closedUnused: number;
  /** Why connections were closed, and how many of each. */
  readonly closeReasons: ReasonCounts;
  /** Of those, the ones that did not go back to the pool after an exchange; the others were closed while they were idle, or unused. */
  readonly notKept: ReasonCounts;
}

/** How often each reason came up; those that did not are absent. */
export type ReasonCounts = Readonly<Partial<Record<CloseReason, number>>>;

/** What a meter has counted: a snapshot, and plain data. */
export interface ReuseReport extends ReuseCounts {
  /** The same for each origin that was called, by its name as in `https://example.com:8443`; beyond 1 000 of them the rest together, as `others`. */
  readonly origins: Readonly<Record<string, ReuseCounts>>;
}
