import { z } from 'zod';

import type { Clock } from '../contract/clock.ts';
import { isToken } from '../contract/field-syntax.ts';
import { DEFAULT_FRAME_LIMITS } from '../h2/frame-reader.ts';
import { DEFAULT_GLITCH_LIMITS } from '../h2/glitch-budget.ts';
import type { Http2Options } from '../h2/http2-options.ts';
import type { ResolvedExchangeOptions } from './exchange-options.ts';
import { count, duration, ownOptions } from './option-checks.ts';

/** Which protocols may be spoken (Go's `Protocols`). At least one of them. */
export interface Protocols {
  /** HTTP/1.1. Default true. */
  readonly http1?: boolean | undefined;
  /** HTTP/2 over TLS, where the server chooses it by ALPN. Default true. */
  readonly http2?: boolean | undefined;
  /** HTTP/2 without TLS, by prior knowledge: only where `http1` is false, since nothing tells what a server speaks. Default false. */
  readonly unencryptedHttp2?: boolean | undefined;
}

/** How HTTP/2 is spoken (Go's `HTTP2Config`). Durations in milliseconds, sizes in bytes. */
export interface Http2TransportOptions {
  /** Whether a request waits when the streams of a connection are all in use, rather than have another connection opened. Default false. */
  readonly strictMaxConcurrentStreams?: boolean | undefined;
  /** The peer's table of header fields. Default 4 096; at most 65 536. */
  readonly maxDecoderHeaderTableSize?: number | undefined;
  /** What is used of the table that the peer offers. Default 4 096; at most 65 536. */
  readonly maxEncoderHeaderTableSize?: number | undefined;
  /**
   * Names of request fields, trailers among them, whose values are secrets: no table holds them, neither the server's nor that of anybody on their way (RFC 7541 §7.1.3), so that they cannot be
   * guessed by the length of what is sent. `authorization`, `proxy-authorization` and cookies of less than 20 characters are such without being named. Default none.
   */
  readonly sensitiveHeaders?: readonly string[] | undefined;
  /** What may be under way and unread on a connection. Default 134 217 728, 128 responses that nobody reads; at least 65 535. */
  readonly maxReceiveBufferPerConnection?: number | undefined;
  /** The same on a stream. Default 1 048 576; at least 65 535. */
  readonly maxReceiveBufferPerStream?: number | undefined;
  /** After how long a silence of the server, with requests under way, it is asked whether it is there (PING). Default 15 000; 0 for never. */
  readonly sendPingTimeout?: number | undefined;
  /** How long its answer may take, before the connection is given up. Default 15 000; 0 for no limit. */
  readonly pingTimeout?: number | undefined;
  /** How long the server may take to acknowledge the settings of the connection. Default 10 000; 0 for no limit. */
  readonly settingsTimeout?: number | undefined;
  /** How long the server may take nothing of what is to be sent. Default 0, no limit. */
  readonly writeByteTimeout?: number | undefined;
  /** How many frames that no server has a reason to send are taken at once, and how many more in each second: then the connection is ended. Default 10 000 and 330. */
  readonly maxGlitches?: number | undefined;
  readonly maxGlitchesPerSecond?: number | undefined;
  /** The same of streams that the server resets, beyond one for each request. Default 1 000 and 33. */
  readonly maxResets?: number | undefined;
  readonly maxResetsPerSecond?: number | undefined;
  /** DATA frames one after the other that bring nothing. Default 100. */
  readonly maxEmptyData?: number | undefined;
  /** CONTINUATION frames of one list of fields, of which `maxResponseHeaderBytes` limits the bytes: most servers put 16 384 into each. Default 8; 0 for no limit of their number. */
  readonly maxContinuations?: number | undefined;
  /** Settings in one SETTINGS frame. Default 32; there are seven that anybody sends. */
  readonly maxSettings?: number | undefined;
  /** What the server has us answer (PING, SETTINGS, streams that break the rules) and does not read: so many answers wait, then the connection is ended. What one read has us answer waits too. Default 1 000; at least 1, or its first SETTINGS would be too much. */
  readonly maxQueuedAnswers?: number | undefined;
  /** Whether whitespace around field values, which HTTP/2 forbids, is taken off; else such a response is refused. Default false. */
  readonly trimFieldValues?: boolean | undefined;
}

/** Which protocols, and how. A host may have its own. */
export interface ProtocolOptions {
  readonly protocols?: Protocols | undefined;
  readonly http2?: Http2TransportOptions | undefined;
}

type Resolved<T> = { readonly [Name in keyof T]-?: Exclude<T[Name], undefined> };
type ResolvedProtocols = Resolved<Protocols>;
type ResolvedHttp2 = Resolved<Http2TransportOptions>;

const LARGEST_WINDOW = 2 ** 31 - 1;
const window = (): z.ZodInt => z.int().min(65_535).max(LARGEST_WINDOW);

const protocolsSchema: z.ZodType<ResolvedProtocols> = z
  .strictObject({ http1: z.boolean().default(true), http2: z.boolean().default(true), unencryptedHttp2: z.boolean().default(false) })
  .refine(({ http1, http2, unencryptedHttp2 }) => http1 || http2 || unencryptedHttp2, 'expected at least one protocol');

const http2Schema: z.ZodType<ResolvedHttp2> = z.strictObject({
  strictMaxConcurrentStreams: z.boolean().default(false),
  maxDecoderHeaderTableSize: count().max(65_536).default(4_096),
  maxEncoderHeaderTableSize: count().max(65_536).default(4_096),
  sensitiveHeaders: z.array(z.string().refine(isToken, 'expected the name of a field')).default([]),
  maxReceiveBufferPerConnection: window().default(134_217_728),
  maxReceiveBufferPerStream: window().default(1_048_576),
  sendPingTimeout: duration().default(15_000),
  pingTimeout: duration().default(15_000),
  settingsTimeout: duration().default(10_000),
  writeByteTimeout: duration().default(0),
  maxGlitches: count().default(DEFAULT_GLITCH_LIMITS.burst),
  maxGlitchesPerSecond: count().default(DEFAULT_GLITCH_LIMITS.perSecond),
  maxResets: count().default(DEFAULT_GLITCH_LIMITS.resetBurst),
  maxResetsPerSecond: count().default(DEFAULT_GLITCH_LIMITS.resetsPerSecond),
  maxEmptyData: count().default(DEFAULT_GLITCH_LIMITS.maxEmptyData),
  maxContinuations: count().default(DEFAULT_FRAME_LIMITS.maxContinuations),
  maxSettings: count().default(DEFAULT_FRAME_LIMITS.maxSettings),
  maxQueuedAnswers: z.int().min(1).default(1_000),
  trimFieldValues: z.boolean().default(false),
});

/** With every default filled in. */
export interface ResolvedProtocolOptions {
  readonly protocols: ResolvedProtocols;
  readonly http2: ResolvedHttp2;
}

/** @internal */
export const protocolShape: {
  readonly protocols: z.ZodType<ResolvedProtocols>;
  readonly http2: z.ZodType<ResolvedHttp2>;
} = {
  protocols: z.preprocess(ownOrAsIs, protocolsSchema).prefault({}),
  http2: z.preprocess(ownOrAsIs, http2Schema).prefault({}),
};

function ownOrAsIs(options: unknown): unknown {
  return ownOptions(options) ?? options;
}

/** @param given What is not an option of the caller's: see {@link Http2Options}. */
export function http2Options(
  options: ResolvedProtocolOptions & ResolvedExchangeOptions & { readonly disableKeepAlives: boolean; readonly clock: Clock },
  given: Pick<Http2Options, 'afterPoll' | 'atTurnEnd' | 'atTickEnd'>,
): Http2Options {
  const { http2 } = options;
  return {
    ...given,
    clock: options.clock,
    isKeepAliveDisabled: options.disableKeepAlives,
    responseHeaderTimeoutMs: options.responseHeaderTimeout,
    expectContinueTimeoutMs: options.expectContinueTimeout,
    bodyIdleTimeoutMs: options.bodyIdleTimeout,
    maxBodyBytes: options.maxResponseBodyBytes || Infinity,
    maxUnreadBytes: options.maxUnreadBytes,
    maxReadAheadBytes: options.maxReadAheadBytes,
    maxHeadBytes: options.maxResponseHeaderBytes,
    maxInterimResponses: options.maxInterimResponses || Infinity,
    maxDecoderTableBytes: http2.maxDecoderHeaderTableSize,
    maxEncoderTableBytes: http2.maxEncoderHeaderTableSize,
    sensitiveNames: new Set(http2.sensitiveHeaders.map((name) => name.toLowerCase())),
    connectionWindowBytes: http2.maxReceiveBufferPerConnection,
    streamWindowBytes: http2.maxReceiveBufferPerStream,
    pingAfterMs: http2.sendPingTimeout,
    pingTimeoutMs: http2.pingTimeout,
    settingsTimeoutMs: http2.settingsTimeout,
    writeTimeoutMs: http2.writeByteTimeout,
    trimsFieldValues: http2.trimFieldValues,
    maxContinuations: http2.maxContinuations || Infinity,
    maxSettings: http2.maxSettings,
    maxQueuedAnswers: http2.maxQueuedAnswers,
    glitches: {
      burst: http2.maxGlitches,
      perSecond: http2.maxGlitchesPerSecond,
      resetBurst: http2.maxResets,
      resetsPerSecond: http2.maxResetsPerSecond,
      maxEmptyData: http2.maxEmptyData,
    },
  };
}
