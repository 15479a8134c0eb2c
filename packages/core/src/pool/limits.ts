/** What a pool keeps to. 0 stands for no limit. */
export interface PoolLimits {
  /** Idle connections of all routes together. */
  readonly maxIdleConns: number;
  /** Idle connections of one route; below 0 none is kept. */
  readonly maxIdleConnsPerHost: number;
  /** Connections of one route: being dialled, in use, and idle. */
  readonly maxConnsPerHost: number;
  /** Requests of one route that wait for a connection and may not dial. */
  readonly maxQueuedPerHost: number;
  readonly idleConnTimeoutMs: number;
  /** False where every connection is closed after its exchange. */
  readonly keepsAlive: boolean;
}
