import type { Clock } from '../contract/clock.ts';
import type { BodyLimits } from '../contract/incoming-body.ts';

/** What an HTTP/1.1 connection is told at birth. Durations in milliseconds; 0 for no limit where nothing else is said. */
export interface Http1Options extends BodyLimits {
  readonly clock: Clock;
  /** Calls back once what had arrived from the peer was told. */
  readonly afterPoll: (callback: () => void) => void;
  readonly isKeepAliveDisabled: boolean;
  /** Where the peer is a proxy that passes requests on. */
  readonly forward: ForwardOptions | undefined;
  readonly responseHeaderTimeoutMs: number;
  /** 0 sends the body at once. */
  readonly expectContinueTimeoutMs: number;
  readonly bodyIdleTimeoutMs: number;
  /** Infinite for no limit. */
  readonly maxBodyBytes: number;
  /** How much of a response that nobody wants any more is read to save the connection, and for how long: 0 for none of it. */
  readonly maxDrainBytes: number;
  readonly maxDrainTimeMs: number;
  /** Of a request's body, before its stream is asked for no more. What is at hand goes out in one write: sixteen of 64 KiB cost the system twice what four of 256 KiB do. */
  readonly maxUnsentBytes: number;
  readonly response: ResponseLimits;
}

/** What a proxy is told with each request. */
export interface ForwardOptions {
  /** The value of `Proxy-Authorization`; wins over the request's. */
  readonly authorization: string | undefined;
}

/** What is taken of one response. Infinite for no limit. */
export interface ResponseLimits {
  /** All its heads together, interim ones included. */
  readonly maxHeadBytes: number;
  /** Without its CRLF. */
  readonly maxStatusLineBytes: number;
  /** Fields of one head. */
  readonly maxFields: number;
  readonly maxInterimResponses: number;
  readonly maxChunkOverheadBytes: number;
  /** Of a chunk's size, zeros before it included. */
  readonly maxChunkSizeDigits: number;
  readonly maxTrailerBytes: number;
  readonly maxTrailerFields: number;
}

/** As the Transport has them where nothing else is said. */
export const DEFAULT_RESPONSE_LIMITS: ResponseLimits = {
  maxHeadBytes: 65_536,
  maxStatusLineBytes: 8_192,
  maxFields: 1_000,
  maxInterimResponses: 16,
  maxChunkOverheadBytes: 16_384,
  maxChunkSizeDigits: 64,
  maxTrailerBytes: 16_384,
  maxTrailerFields: 100,
};
