import type { Server } from 'node:net';

import type { Connections } from '../connections.ts';
import type { ErrorCode } from '../frames/names.ts';
import type { RecordedRequest } from '../recorded-request.ts';
import type { SharedResponse } from './handler.ts';

/** Something that listens and takes requests, in one protocol or in several. */
export interface Listener {
  readonly server: Server;
  readonly connections: Connections;
  /** Closes the connections that no request is on, in the way of their protocol. */
  closeIdleConnections(): void;
}

/** Whom a {@link Listener} works for. */
export interface ListenerHost {
  /** Whether the next answer comes before the body of its request, which is not asked for then (RFC 9110 §10.1.1). */
  answersEarly(): boolean;
  onExchange(exchange: ServerExchange): void;
  /** The client sent what is not HTTP. */
  onFailure(error: unknown): void;
}

/** A request that was received, and what can be done about it in its protocol. */
export interface ServerExchange {
  readonly recorded: RecordedRequest;
  readonly response: SharedResponse;
  /** Reads the request to its end, so that the whole of it is recorded. */
  readRequest(): void;
  /** Has the caller's handler answer. */
  handle(): void | Promise<void>;
  /** Sends the head, without waiting for a body. */
  flushHead(): void;
  /** Ends the response. Resolves when the system has all of it, or the connection is gone. */
  end(): Promise<void>;
  /** What stands beside the status where the protocol has a place for it. */
  nameStatus(text: string): void;
  /** Writes what is not HTTP to its connection. Resolves when the system has it, or the connection is gone. */
  writeRaw(bytes: Uint8Array): Promise<void>;
  /** @throws Error where the protocol has no streams. */
  resetStream(code: ErrorCode): void;
  /**
   * Announces the end of the connection.
   * @param lastStreamId Default: this exchange's.
   * @returns whether this exchange is still answered.
   * @throws Error where the protocol has no such thing.
   */
  goAway(code: ErrorCode, lastStreamId: number | undefined): boolean;
}
