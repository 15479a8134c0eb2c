import type { CloseReason, WaitsFor } from '@roundtripper/core';

import type { ChurnWarning } from './churn-warning.ts';

/** Whether connections were reused and, if not, why not. Times are in milliseconds. */
export interface ReuseCounts {
  /** Requests that came to the meter; of a route, those that looked for a connection along it. */
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
  /** For how long those connections had been idle. */
  readonly idleTime: Distribution;
  /** Exchanges whose connection was handed over by another request that was just done with it, or carries others besides. */
  readonly handedOver: number;
  /** Exchanges that were the first on a connection which another request had begun to dial, or `preconnect()`. */
  readonly dialledByAnother: number;
  /** Requests sent again by the Transport, because their connection was stale or an HTTP/2 server had not looked at them. */
  readonly resends: number;
  /** How often a request found no connection at hand and waited, be it for its own dial. */
  readonly waited: number;
  /** How long those that do not wait any more did, by what they had to wait for; what nobody waited for is absent. */
  readonly waitTime: Readonly<Partial<Record<WaitsFor, Distribution>>>;
  /** Requests that wait now. */
  readonly waiting: number;
  /** The most that waited at once. */
  readonly mostWaiting: number;
  /** Dials begun by requests. */
  readonly dials: number;
  /** Those under way now. */
  readonly dialing: number;
  /** Those that ended without a connection: they failed, or were given up. */
  readonly dialsFailed: number;
  /** Those whose connection went to another request, or to the idle pool, since the request that had begun them was served otherwise or had left (late binding). */
  readonly dialsDonated: { readonly toRequest: number; readonly toPool: number };
  /** Connections opened by requests that the meter saw. */
  readonly connectionsOpened: number;
  /** Connections that were there before the meter heard of them: opened by `preconnect()`, or by a request that did not come to it. */
  readonly connectionsFound: number;
  readonly connectionsClosed: number;
  /** Connections open now: `connectionsOpened + connectionsFound − connectionsClosed`, but for a reset in between. */
  readonly connectionsOpen: number;
  /** Of those, the ones that carry no exchange. */
  readonly connectionsIdle: number;
  /** The most that were open at once. */
  readonly mostOpen: number;
  /** Of the closed ones, those that never carried an exchange: they were dialled for a request that another connection served. */
  readonly closedUnused: number;
  /** Why connections were closed, and how many of each. */
  readonly closeReasons: ReasonCounts;
  /** Of those, the ones that did not go back to the pool after an exchange; the others were closed while they were idle, or unused. */
  readonly notKept: ReasonCounts;
  /** For how long closed connections had been open. */
  readonly lifetime: Distribution;
  /** How many exchanges closed connections had carried. */
  readonly exchangesPerConnection: Distribution;
  /**
   * Connections opened after another had been closed for being idle: how long that one would have had to be kept to be of use.
   * `ours` was closed by us (`idleConnTimeout`), `servers` by the server.
   */
  readonly missedReuse: { readonly ours: Distribution; readonly servers: Distribution };
}

/** Values counted by their size. */
export interface Distribution {
  readonly count: number;
  readonly sum: number;
  /** 0 where there are none. */
  readonly mean: number;
  /** 0 where there are none. */
  readonly max: number;
  /** Ascending. */
  readonly bounds: readonly number[];
  /** How many values were at most as large as each bound and larger than the one before; and, as the last, how many exceeded them all. */
  readonly counts: readonly number[];
}

/** How often each reason came up; those that did not are absent. */
export type ReasonCounts = Readonly<Partial<Record<CloseReason, number>>>;

/** The way to an origin, and what became of the connections along it. */
export interface RouteCounts extends ReuseCounts {
  /** Like `https://example.com:8443`; where a proxy passes plain requests on, the proxy's own; `others` for the routes that are counted together. */
  readonly origin: string;
  /** The proxy it leads through, like `http://proxy.example:3128`; absent where it leads through none. */
  readonly proxy?: string;
}

/** What a meter has counted: a snapshot, and plain data. */
export interface ReuseReport extends ReuseCounts {
  /** The same for each route, in no order; beyond `maxRoutes` of them the least recently used together, as `others`. */
  readonly routes: readonly RouteCounts[];
  /** What costs connections that need not be lost; the most frequent first. */
  readonly warnings: readonly ChurnWarning[];
}
