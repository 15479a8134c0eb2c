import type { Connection, ConnectionOwner } from '../contract/connection.ts';
import type { Route } from '../contract/route.ts';
import type { TraceListener } from '../contract/trace-event.ts';

/** What a dial is told. */
export interface ConnectOptions {
  readonly owner: ConnectionOwner;
  /** Of the request that began the dial. */
  readonly trace: TraceListener | undefined;
  /** Aborted when nobody can want the connection any more. */
  readonly signal: AbortSignal;
}

/** Opens a connection along a route. Rejects with what the request that began the dial is to fail with. */
export type Connect = (route: Route, options: ConnectOptions) => Promise<Connection>;
