/** What a pool keeps to, for one route. Durations in milliseconds; 0 stands for no limit. */
export interface PoolLimits {
  /** Idle connections of all routes together. */
  readonly maxIdleConns: number;
  /** Idle connections of one route; below 0 none is kept. */
  readonly maxIdleConnsPerHost: number;
  /** Connections of one route: being dialled, in use, and idle. */
  readonly maxConnsPerHost: number;
  /** Requests of one route that wait for a connection and may not dial. */
  readonly maxQueuedPerHost: number;
  /** Whether a connection is expected to carry several exchanges before one has shown it. */
  readonly isSharedFirst: boolean;
  /** Dials at once to a host of which nothing has shown yet whether one connection would do for all. */
  readonly maxFirstDials: number;
  /** Whether another connection is opened when those that can carry several exchanges are full. */
  readonly opensWhenFull: boolean;
  readonly idleConnTimeoutMs: number;
  /** How long a request may be without a connection. */
  readonly poolTimeoutMs: number;
  /** How old a connection may grow. */
  readonly maxConnLifetimeMs: number;
  /** By how much of {@link maxConnLifetimeMs} a connection may be retired early, so that those opened together do not end together: 0 to 1. */
  readonly connLifetimeJitter: number;
  readonly maxRequestsPerConn: number;
  /** Dials, of all routes together, that go on although the request that began them has left. */
  readonly maxOrphanDials: number;
  /** False where every connection is closed after its exchange. */
  readonly keepsAlive: boolean;
}
