import type { PoolLimits } from '../pool/limits.ts';
import { count, duration, type ShapeOf } from './option-checks.ts';
import { z } from 'zod';

import type { Route } from '../contract/route.ts';
import { possibleProtocols } from './choose-protocol.ts';
import type { ResolvedProtocolOptions } from './protocol-options.ts';

/** How many connections there may be, and for how long. */
export interface PoolOptions {
  /** Idle connections, of all hosts together; the longest idle is closed for another. Default 100; 0 for no limit. */
  readonly maxIdleConns?: number | undefined;
  /** Dials that go on, of all hosts together, although the request that began them has left: others may have use for the connection. Default 64; 0 for no limit. */
  readonly maxOrphanDials?: number | undefined;
}

/** Those of the pool's options that a host may have of its own. */
export interface HostPoolOptions {
  /** Whether each connection is used once. Default false. */
  readonly disableKeepAlives?: boolean | undefined;
  /**
   * Idle connections of one host. Default 0: as many as `maxIdleConns` allows, and not Go's 2, with which any concurrent caller opens and closes
   * connections all day. Below 0 none is kept.
   */
  readonly maxIdleConnsPerHost?: number | undefined;
  /** Connections of one host: being dialled, in use, idle. Requests beyond wait their turn. Default 0, no limit. */
  readonly maxConnsPerHost?: number | undefined;
  /** Requests of one host that wait because of `maxConnsPerHost`; one more fails with `queue-full`. Default 10 000; 0 for no limit. */
  readonly maxQueuedPerHost?: number | undefined;
  /** How long a request may be without a connection, dialling included; then it fails with `pool-timeout`. Default 0, no limit. */
  readonly poolTimeout?: number | undefined;
  /** How long a connection may be idle. Default 90 000; 0 for no limit. A server that says by `Keep-Alive: timeout` that it waits for less is believed. */
  readonly idleConnTimeout?: number | undefined;
  /** How old a connection may grow; older ones are closed when they are idle or their exchange is over. Default 0, no limit. For names whose addresses change. */
  readonly maxConnLifetime?: number | undefined;
  /** By how much of `maxConnLifetime`, at random, connections are closed early, so that those opened together are not closed together: 0 to 1. Default 0.1. */
  readonly maxConnLifetimeJitter?: number | undefined;
  /** Exchanges of one connection, which is closed after the last. Default 0, no limit. */
  readonly maxRequestsPerConn?: number | undefined;
}

/** @internal */
export const poolShape: ShapeOf<PoolOptions> = {
  maxIdleConns: count().default(100),
  maxOrphanDials: count().default(64),
};

/** @internal */
export const hostPoolShape: ShapeOf<HostPoolOptions> = {
  disableKeepAlives: z.boolean().default(false),
  maxIdleConnsPerHost: z.int().default(0),
  maxConnsPerHost: count().default(0),
  maxQueuedPerHost: count().default(10_000),
  poolTimeout: duration().default(0),
  idleConnTimeout: duration().default(90_000),
  maxConnLifetime: duration().default(0),
  maxConnLifetimeJitter: z.number().min(0).max(1).default(0.1),
  maxRequestsPerConn: count().default(0),
};

type Resolved<T> = { readonly [Name in keyof T]-?: Exclude<T[Name], undefined> };

/** Both kinds, with every default filled in. */
export type ResolvedPoolOptions = Resolved<PoolOptions & HostPoolOptions>;

/** A server that speaks HTTP/2 would serve a burst over one of them, and one that speaks HTTP/1.1 has the rest of the burst wait for a handshake, once. */
const FIRST_DIALS = 8;

export function poolLimits(route: Route, options: ResolvedPoolOptions & ResolvedProtocolOptions): PoolLimits {
  const protocols = possibleProtocols(route, options.protocols);
  return {
    isSharedFirst: !protocols.includes('http/1.1'),
    maxFirstDials: protocols.includes('h2') ? FIRST_DIALS : 0,
    maxIdleConns: options.maxIdleConns,
    maxOrphanDials: options.maxOrphanDials,
    keepsAlive: !options.disableKeepAlives,
    maxIdleConnsPerHost: options.maxIdleConnsPerHost,
    maxConnsPerHost: options.maxConnsPerHost,
    maxQueuedPerHost: options.maxQueuedPerHost,
    opensWhenFull: !options.http2.strictMaxConcurrentStreams,
    poolTimeoutMs: options.poolTimeout,
    idleConnTimeoutMs: options.idleConnTimeout,
    maxConnLifetimeMs: options.maxConnLifetime,
    connLifetimeJitter: options.maxConnLifetimeJitter,
    maxRequestsPerConn: options.maxRequestsPerConn,
  };
}
