import type { CloseReason } from './trace-event.ts';

/** What a Transport holds for one route now, and what it has counted since it was made. It agrees with the trace events, each of which is counted where somebody listens or not. */
export interface RouteStats {
  /** Like `https://example.com:8443`. */
  readonly origin: string;
  /** The proxy it leads through, like `http://proxy.example:3128`, never with userinfo; absent where it leads through none. */
  readonly proxy?: string;
  /** Connections being dialled. */
  readonly dialing: number;
  /** Open connections: those that are idle and those that are busy. */
  readonly open: number;
  readonly idle: number;
  /** Connections that carry an exchange. */
  readonly busy: number;
  /** Requests that wait for a connection. */
  readonly waiting: number;
  /** For how many milliseconds more no connection is opened, because the server has asked for calm, or turns away all that it is asked; absent where one may be. */
  readonly backingOffMs?: number;
  /** Connections opened so far (`connOpened`). */
  readonly opened: number;
  /** Connections given to a request so far (`gotConn`). */
  readonly exchanges: number;
  /** Of these, how many had carried an exchange before. */
  readonly reused: number;
  /** Connections closed so far (`connClosed`), by reason; a reason that has not occurred is absent. */
  readonly closed: Readonly<Partial<Record<CloseReason, number>>>;
}
