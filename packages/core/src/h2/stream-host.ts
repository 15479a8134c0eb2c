import type { ConnectionInfo } from '../contract/connection-info.ts';
import type { Lease } from '../contract/connection.ts';
import type { ResponseConnection } from '../contract/http-response-init.ts';
import type { Http2ErrorCode } from './error-code.ts';
import type { Http2Exchange } from './exchange.ts';
import type { DataRange } from './outbound.ts';
import type { Http2Options } from './http2-options.ts';
import type { SendQueue } from './send-queue.ts';
import type { PeerSettings } from './settings.ts';

/** What a stream needs of its connection. */
export interface StreamHost {
  readonly info: ConnectionInfo;
  /** The same as a response has it. */
  infoFor(lease: Lease): ResponseConnection;
  readonly options: Http2Options;
  readonly peer: PeerSettings;
  readonly queue: SendQueue;
  /** Calls back once the peer's SETTINGS are known. */
  whenSettled(callback: () => void): void;
  /** Whether another stream can be opened. */
  readonly canOpen: boolean;
  /** How many are open. */
  readonly openStreams: number;
  /** Sends a head on the next stream, which is `exchange`'s from now on. */
  open(exchange: Http2Exchange, fields: readonly string[], isEndStream: boolean): void;
  /** Sends the bytes from `start` to `end`, which both windows have room for. */
  writeData(streamId: number, bytes: Uint8Array, range: DataRange): void;
  /** They end the stream. */
  writeTrailers(streamId: number, fields: readonly string[]): void;
  /** The server does not want the connection's origin on it: it takes no more exchanges. */
  onMisdirected(): void;
  /** Sends RST_STREAM. */
  reset(exchange: Http2Exchange, code: Http2ErrorCode): void;
  /** So many bytes that came for it are not held any more. */
  giveBack(exchange: Http2Exchange, bytes: number): void;
  /** The exchange is over, and its stream closed. */
  finish(exchange: Http2Exchange): void;
}
