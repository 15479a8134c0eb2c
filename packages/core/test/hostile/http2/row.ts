import type { Phase, RoundTripErrorCode, Sent } from '../../../src/contract/round-trip-error.ts';
import type { CloseReason } from '../../../src/contract/trace-event.ts';
import type { Http2ErrorCode } from '../../../src/h2/error-code.ts';
import type { Http2Options } from '../../../src/h2/http2-options.ts';
import type { ExchangeInit } from './bench-exchange.ts';

/** What a peer says while a request is under way on stream 1 and another on stream 3, and what must come of it. */
export interface FrameRow {
  readonly fact: string;
  /** Frames, or what is none. */
  readonly says: readonly (Uint8Array | string)[];
  /** Whether the peer has said nothing before. Default false: it has said SETTINGS and acknowledged ours. */
  readonly isFirst?: boolean;
  /** The request on stream 1. Default a GET. */
  readonly request?: ExchangeInit;
  readonly options?: Partial<Http2Options>;
  readonly becomes: Becomes;
}

/** What must come of a row. Where the connection is not closed it carries the other request to its end, and another one, and its window is full again. */
export interface Becomes {
  /** What we say because of it, in words. */
  readonly said: readonly string[];
  /** What comes of the request on stream 1. */
  readonly seen: SeenFacts;
  /** What comes of the one on stream 3. Default: it is answered, or fails as the first does. */
  readonly other?: SeenFacts;
  readonly interim?: readonly number[];
  readonly closed?: CloseReason;
}

/** What a caller sees. */
export type SeenFacts =
  | {
      readonly kind: 'taken';
      readonly body: string;
      readonly status?: number;
      readonly trailers?: readonly (readonly [string, string])[];
    }
  | { readonly kind: 'refused'; readonly code: RoundTripErrorCode; readonly phase: Phase; readonly sent: Sent };

export const refused = (code: RoundTripErrorCode, phase: Phase = 'response-head', sent: Sent = 'all'): SeenFacts => ({
  kind: 'refused',
  code,
  phase,
  sent,
});

export const taken = (body = 'ok', facts: { status?: number; trailers?: readonly (readonly [string, string])[] } = {}): SeenFacts => ({
  kind: 'taken',
  body,
  ...facts,
});

/** Nothing is the matter: the request is answered. @param said What was to be answered besides. */
export function answered(body = 'ok', said: readonly string[] = []): Becomes {
  return { said, seen: taken(body) };
}

/** The connection ends. @param where How far the request on stream 1 had come. */
export function goAway(code: Http2ErrorCode, where: 'head' | 'body' = 'head'): Becomes {
  const reason = code === 'ENHANCE_YOUR_CALM' ? 'response-limit' : 'malformed-response';
  return { said: [`GOAWAY ${code}`], seen: refused(reason, `response-${where}`), other: refused(reason), closed: reason };
}

/** The stream ends, and nothing else. */
export function reset(code: Http2ErrorCode, where: 'head' | 'body' = 'head', error?: RoundTripErrorCode): Becomes {
  const reason = code === 'ENHANCE_YOUR_CALM' ? 'response-limit' : 'malformed-response';
  return { said: [`RST_STREAM 1 ${code}`], seen: refused(error ?? reason, `response-${where}`) };
}
