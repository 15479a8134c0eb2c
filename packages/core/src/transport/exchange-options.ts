import { z } from 'zod';

import type { Clock } from '../contract/clock.ts';
import { DEFAULT_BODY_LIMITS } from '../contract/incoming-body.ts';
import type { Http1Options } from '../h1/http1-options.ts';
import { count, duration, type ShapeOf } from './option-checks.ts';

/** What an exchange may take: time, and bytes of the peer's. A host may have each of its own. */
export interface ExchangeOptions {
  /** From the request being sent, its body included, to the response head. Interim responses do not stop it. Default 0, no limit. Does not cover the response body. */
  readonly responseHeaderTimeout?: number | undefined;
  /** How long a request with `Expect: 100-continue` holds its body back for the server's word. Default 1 000; 0 sends it at once. */
  readonly expectContinueTimeout?: number | undefined;
  /**
   * How long nothing may move of a body although this side is ready: no byte of the response comes, or none of the request is taken. The time a
   * slow reader or a slow stream of the caller's takes does not count. Default 0, no limit.
   */
  readonly bodyIdleTimeout?: number | undefined;
  /** Bytes of a response body; one that is larger fails with `response-limit`. Default 0, no limit: a body is only held in memory by who asks for it whole. */
  readonly maxResponseBodyBytes?: number | undefined;
  /**
   * Bytes of a response body that are held for a reader that has not come; then the server is held back. Default 65 536; 0 holds it back at once. What comes until it
   * stops is held besides: in HTTP/1.1 one read of the socket, in HTTP/2 `http2.maxReceiveBufferPerStream`.
   */
  readonly maxUnreadBytes?: number | undefined;
  /**
   * The same for a reader of `chunks()`, or of `body`, that is slow. A chunk counts 256 bytes more than it has. Default 524 288; at least 1. Below 98 304, which is what one
   * read may bring, a download over HTTP/1.1 is stopped and started again with each.
   */
  readonly maxReadAheadBytes?: number | undefined;
  /**
   * Bytes of a streamed request body that wait while the connection takes none; then its stream is asked for no more. HTTP/1.1 only: in HTTP/2 a chunk at a time waits
   * for its window. Default 262 144; 0 for a chunk at a time. With `bodyIdleTimeout` a piece of 65 536 waits.
   */
  readonly maxUnsentBytes?: number | undefined;
  /** Bytes of a response's heads, interim ones included. Default 65 536; at least 1 024. */
  readonly maxResponseHeaderBytes?: number | undefined;
  /** Bytes of a status line. HTTP/1.1 only. Default 8 192; 0 leaves it to `maxResponseHeaderBytes`. */
  readonly maxStatusLineBytes?: number | undefined;
  /** Fields of one head. HTTP/1.1 only: in HTTP/2 `maxResponseHeaderBytes` counts 32 for each. Default 1 000; 0 for no limit of their number. */
  readonly maxResponseHeaderCount?: number | undefined;
  /** Interim (1xx) responses before a response. Default 16; 0 for no limit of their number. */
  readonly maxInterimResponses?: number | undefined;
  /** Bytes of chunk extensions and sizes beyond what the data itself justifies (16 a chunk, and one for each byte). HTTP/1.1 only. Default 16 384. */
  readonly maxChunkOverheadBytes?: number | undefined;
  /**
   * Digits of a chunk's size, zeros before it included: RFC 9112 §7.1 allows any number of those, and there are servers that pad. HTTP/1.1 only. Default 64;
   * 0 leaves them to `maxChunkOverheadBytes`. Whatever they are, a size of 2^53 or more is `malformed-response`.
   */
  readonly maxChunkSizeDigits?: number | undefined;
  /** Bytes of the fields after a chunked body. HTTP/1.1 only: in HTTP/2 `maxResponseHeaderBytes` limits trailers too. Default 16 384; at least 2, the empty line that ends them, which leaves room for none. */
  readonly maxTrailerBytes?: number | undefined;
  /** How many fields they may be. HTTP/1.1 only. Default 100; 0 for no limit of their number. */
  readonly maxTrailerCount?: number | undefined;
  /**
   * Of a response that is disposed of before its end, so many bytes are still read, in the background, if that saves the connection. Default 262 144 (Go's);
   * 0 closes it at once.
   */
  readonly maxDrainBytes?: number | undefined;
  /** For how long they may be read. Default 50 (Go's); 0 takes only what has come already. */
  readonly maxDrainTime?: number | undefined;
}

/** @internal */
export const exchangeShape: ShapeOf<ExchangeOptions> = {
  responseHeaderTimeout: duration().default(0),
  expectContinueTimeout: duration().default(1_000),
  bodyIdleTimeout: duration().default(0),
  maxResponseBodyBytes: count().default(0),
  maxUnreadBytes: count().default(DEFAULT_BODY_LIMITS.maxUnreadBytes),
  maxReadAheadBytes: z.int().min(1).default(DEFAULT_BODY_LIMITS.maxReadAheadBytes),
  maxUnsentBytes: count().default(262_144),
  maxResponseHeaderBytes: z.int().min(1_024).default(65_536),
  maxStatusLineBytes: count().default(8_192),
  maxResponseHeaderCount: count().default(1_000),
  maxInterimResponses: count().default(16),
  maxChunkOverheadBytes: count().default(16_384),
  maxChunkSizeDigits: count().default(64),
  maxTrailerBytes: z.int().min(2).default(16_384),
  maxTrailerCount: count().default(100),
  maxDrainBytes: count().default(262_144),
  maxDrainTime: duration().default(50),
};

/** With every default filled in. */
export type ResolvedExchangeOptions = { readonly [Name in keyof ExchangeOptions]-?: number };

/** @param afterPoll See {@link Http1Options}. */
export function http1Options(
  options: ResolvedExchangeOptions & { readonly disableKeepAlives: boolean; readonly clock: Clock },
  afterPoll: Http1Options['afterPoll'],
): Http1Options {
  return {
    clock: options.clock,
    afterPoll,
    isKeepAliveDisabled: options.disableKeepAlives,
    forward: undefined,
    responseHeaderTimeoutMs: options.responseHeaderTimeout,
    expectContinueTimeoutMs: options.expectContinueTimeout,
    bodyIdleTimeoutMs: options.bodyIdleTimeout,
    maxBodyBytes: options.maxResponseBodyBytes || Infinity,
    maxUnreadBytes: options.maxUnreadBytes,
    maxReadAheadBytes: options.maxReadAheadBytes,
    maxUnsentBytes: options.maxUnsentBytes,
    maxDrainBytes: options.maxDrainBytes,
    maxDrainTimeMs: options.maxDrainTime,
    response: {
      maxHeadBytes: options.maxResponseHeaderBytes,
      maxStatusLineBytes: options.maxStatusLineBytes || Infinity,
      maxFields: options.maxResponseHeaderCount || Infinity,
      maxInterimResponses: options.maxInterimResponses || Infinity,
      maxChunkOverheadBytes: options.maxChunkOverheadBytes,
      maxChunkSizeDigits: options.maxChunkSizeDigits || Infinity,
      maxTrailerBytes: options.maxTrailerBytes,
      maxTrailerFields: options.maxTrailerCount || Infinity,
    },
  };
}
