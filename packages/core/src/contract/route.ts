import type { Origin } from './origin.ts';

/** The way to an origin. Connections are shared by all requests whose routes have the same key. */
export interface Route {
  readonly key: string;
  readonly origin: Origin;
}

/** What a pool holds for one route now. */
export interface RouteStats {
  /** Like `https://example.com:8443`. */
  readonly origin: string;
  /** Open connections, idle ones included. */
  readonly open: number;
  readonly idle: number;
  readonly dialing: number;
  /** Requests that wait for a connection. */
  readonly waiting: number;
}
