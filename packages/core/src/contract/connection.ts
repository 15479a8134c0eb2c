import type { ConnectionInfo } from './connection-info.ts';
import type { HttpRequest } from './http-request.ts';
import type { HttpResponse } from './http-response.ts';
import type { CloseReason } from './trace-event.ts';

/** A wire and its protocol, as the pool and the Transport see it: they ask what it would take, never what it speaks. */
export interface Connection {
  readonly info: ConnectionInfo;
  /** How many exchanges it would take now: 0 or 1 for HTTP/1.1. 0 when it drains or is closed. */
  readonly capacity: number;
  /** Why it is closed; undefined while it is open. */
  readonly closeReason: CloseReason | undefined;
  /** Carries out one exchange. The lease is released once, when both messages are done or the exchange has failed. */
  exchange(request: HttpRequest, lease: Lease): Promise<HttpResponse>;
  /** Closes it at once; what is under way fails. Idempotent: the first reason stays. */
  close(reason: CloseReason): void;
  /** Whether it keeps the process alive: an idle connection does not. */
  setActive(isActive: boolean): void;
}

/** The right to one exchange on a connection. */
export interface Lease {
  readonly connection: Connection;
  /** Whether the connection had carried an exchange before. */
  readonly isReused: boolean;
  /** Gives the right back, once. Whether the connection is kept is its `capacity`'s say. */
  release(): void;
}

/** Who owns a connection: told when its capacity or its life changed between exchanges. */
export interface ConnectionOwner {
  onChange(connection: Connection): void;
}
