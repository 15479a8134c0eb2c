import type { ConnectionInfo } from './connection-info.ts';
import type { HttpRequest } from './http-request.ts';
import type { HttpResponse } from './http-response.ts';
import type { CloseReason } from './trace-event.ts';

/** A wire and its protocol, as the pool and the Transport see it: they ask what it would take, never what it speaks. */
export interface Connection {
  readonly info: ConnectionInfo;
  /** Whether it can carry several exchanges at once. */
  readonly isShared: boolean;
  /** How many more exchanges it would take now: 0 or 1 for one that is not shared. 0 when it drains or is closed. */
  readonly capacity: number;
  /** Whether it takes no exchange any more, while those under way go on. */
  readonly isDraining: boolean;
  /** Why it is closed; undefined while it is open. */
  readonly closeReason: CloseReason | undefined;
  /** Whether its peer ends it because it is asked too much, and is to be left in peace for a while; its owner is told as for draining. */
  readonly asksForCalm: boolean;
  /** Whether its peer has answered nothing on it so far, and says of something that it was asked, or of all that it could be, that it does not look at it: another connection may come to the same. */
  readonly turnsAway: boolean;
  /** For how long its peer says it will hold it idle, in milliseconds, less a margin; undefined where it does not say. */
  readonly peerIdleTimeoutMs: number | undefined;
  /** Carries out one exchange. The lease is released once, when both messages are done or the exchange has failed, and before `outcome` is told of a failure. */
  exchange(request: HttpRequest, lease: Lease, outcome: ExchangeOutcome): void;
  /** Closes it at once; what is under way fails. Idempotent: the first reason stays. */
  close(reason: CloseReason): void;
  /** For its owner, once it has forgotten it: tells the listener of the request that used it last of its end. */
  tellClosed(): void;
  /** Whether it keeps the process alive: an idle connection does not. */
  setActive(isActive: boolean): void;
}

/** Who waits for a response: told one of the two, once. A call, not a promise: an exchange then costs its caller one promise and no more. */
export interface ExchangeOutcome {
  answered(response: HttpResponse): void;
  /** @param isAborted Whether the caller has ended it: `error` is his own, whatever it is, and nothing is to be tried again. Default false. */
  failed(error: unknown, isAborted?: boolean): void;
}

/** The right to one exchange on a connection. */
export interface Lease {
  readonly connection: Connection;
  /** Whether the connection had carried an exchange before. */
  readonly isReused: boolean;
  /** Whether it was idle, so that the server may have closed it meanwhile. */
  readonly wasIdle: boolean;
  /** Whether it was idle for more than a moment: what the server has sent meanwhile, which is no answer to anything, may not have been read by a process that was busy. */
  readonly needsLook: boolean;
  /**
   * Gives the right back, once. Whether the connection is kept is for its `closeReason` and the pool's limits to say.
   * @param wasUsed False where no exchange was begun. Default true.
   */
  release(wasUsed?: boolean): void;
}

/** Who owns a connection: told when one that carries no exchange has closed, and when one would take more or fewer by its peer's word. */
export interface ConnectionOwner {
  onChange(connection: Connection): void;
}
