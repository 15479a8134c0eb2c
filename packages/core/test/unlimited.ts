import type { PoolLimits } from '../src/pool/limits.ts';

/** Limits of a pool that limit nothing. */
export const UNLIMITED: PoolLimits = {
  maxIdleConns: 0,
  maxIdleConnsPerHost: 0,
  maxConnsPerHost: 0,
  maxQueuedPerHost: 0,
  isSharedFirst: false,
  maxFirstDials: 0,
  opensWhenFull: true,
  idleConnTimeoutMs: 0,
  poolTimeoutMs: 0,
  maxConnLifetimeMs: 0,
  connLifetimeJitter: 0,
  maxRequestsPerConn: 0,
  maxOrphanDials: 0,
  keepsAlive: true,
};
