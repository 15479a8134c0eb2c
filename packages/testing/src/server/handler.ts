import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Readable } from 'node:stream';

/** Answers a request by hand, with the types of node:http. What it throws is told by the server's dispose. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** The same with the types of node:http2: its `request.stream` has what HTTP/1.1 does not. */
export type Http2Handler = (request: Http2ServerRequest, response: Http2ServerResponse) => void | Promise<void>;

/** A {@link Handler} and an {@link Http2Handler} in one: for a test that is the same whatever is spoken. */
export type SharedHandler = (request: SharedRequest, response: SharedResponse) => void | Promise<void>;

/** What the requests of node:http and node:http2 have in common. */
export interface SharedRequest extends Readable {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly httpVersion: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: string[];
  readonly rawTrailers: string[];
  readonly aborted: boolean;
}

/** What the responses of node:http and node:http2 have in common. */
export interface SharedResponse extends NodeJS.WritableStream {
  statusCode: number;
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  setHeader(name: string, value: number | string | readonly string[]): unknown;
  hasHeader(name: string): boolean;
  writeHead(status: number, headers?: OutgoingHttpHeaders): SharedResponse;
  addTrailers(trailers: OutgoingHttpHeaders): void;
  writeContinue(): void;
  writeEarlyHints(hints: Record<string, string | string[]>): void;
  /** Of HTTP/1.1 the connection, of HTTP/2 the stream. */
  destroy(error?: Error): unknown;
}
