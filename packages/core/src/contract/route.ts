import type { Origin } from './origin.ts';

/** The way to an origin. Connections are shared by all requests whose routes have the same key. */
export interface Route {
  readonly key: string;
  readonly origin: Origin;
}
