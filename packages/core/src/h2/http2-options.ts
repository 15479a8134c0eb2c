import type { Clock } from '../contract/clock.ts';
import type { BodyLimits } from '../contract/incoming-body.ts';
import type { FrameLimits } from './frame-reader.ts';
import type { GlitchLimits } from './glitch-budget.ts';

/** What HTTP/2 connections are told at birth; those that are told the same share it. Durations in milliseconds; 0 for no limit where nothing else is said. */
export interface Http2Options extends BodyLimits, Pick<FrameLimits, 'maxContinuations' | 'maxSettings'> {
  readonly clock: Clock;
  /** Calls back once what had arrived from the peer was told. */
  readonly afterPoll: (callback: () => void) => void;
  /** Calls back at the end of the turn: what was written until then goes out together. */
  readonly atTurnEnd: (callback: () => void) => void;
  /** Calls back at the end of the tick, which is earlier, or the same. */
  readonly atTickEnd: (callback: () => void) => void;
  readonly isKeepAliveDisabled: boolean;
  readonly responseHeaderTimeoutMs: number;
  /** 0 sends the body at once. */
  readonly expectContinueTimeoutMs: number;
  readonly bodyIdleTimeoutMs: number;
  /** Infinite for no limit. */
  readonly maxBodyBytes: number;
  /** Of one list of fields, counted as RFC 9113 §6.5.2 does; announced to the peer. Also what all interim responses of one request may have. */
  readonly maxHeadBytes: number;
  readonly maxInterimResponses: number;
  /** The dynamic table that the peer may use for what it sends. */
  readonly maxDecoderTableBytes: number;
  /** What we use of the one that it offers. */
  readonly maxEncoderTableBytes: number;
  /** Fields of ours that nobody on their way may put into a table, besides those that are secret by their nature; in lower case. */
  readonly sensitiveNames: ReadonlySet<string>;
  /** What may be under way to us and unread, of the whole connection: at least 65 535. */
  readonly connectionWindowBytes: number;
  /** The same of one stream. */
  readonly streamWindowBytes: number;
  /** For how long the peer may say nothing while requests are under way before it is asked (PING). */
  readonly pingAfterMs: number;
  /** For how long it may then say nothing. */
  readonly pingTimeoutMs: number;
  /** For how long it may not acknowledge our SETTINGS. */
  readonly settingsTimeoutMs: number;
  /** For how long the wire may take nothing of what is to be sent. */
  readonly writeTimeoutMs: number;
  readonly glitches: GlitchLimits;
  /** Answers to PING, SETTINGS and what breaks the rules of a stream that may wait for the peer to read them. */
  readonly maxQueuedAnswers: number;
  /** Whether whitespace around values is taken off, where it would make a message malformed. */
  readonly trimsFieldValues: boolean;
}
