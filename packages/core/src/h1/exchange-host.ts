import type { Lease } from '../contract/connection.ts';
import type { HttpRequest } from '../contract/http-request.ts';
import type { ResponseConnection } from '../contract/http-response-init.ts';
import type { CloseReason } from '../contract/trace-event.ts';
import type { WireDuplex } from '../wire/duplex-over.ts';
import type { Wire } from '../wire/wire.ts';
import type { Http1Options } from './http1-options.ts';

/** What an exchange needs of its connection. */
export interface ExchangeHost {
  readonly wire: Wire;
  readonly options: Http1Options;
  /** What a response says of the connection. */
  infoFor(lease: Lease): ResponseConnection;
  /** A request is about to be written: what comes from now on answers it. */
  beginResponse(request: HttpRequest): void;
  /** Both messages are done. The connection carries the next exchange, or is closed for `reason`. */
  finish(reason: CloseReason | undefined): void;
  /** The exchange failed: nothing on the connection can be trusted any more. */
  close(reason: CloseReason): void;
  /** The connection is the caller's from now on. */
  handOver(): WireDuplex;
}
