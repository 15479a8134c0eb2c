import type { Clock } from '../src/contract/clock.ts';
import { DEFAULT_BODY_LIMITS } from '../src/contract/incoming-body.ts';
import { DEFAULT_FRAME_LIMITS } from '../src/h2/frame-reader.ts';
import { DEFAULT_GLITCH_LIMITS } from '../src/h2/glitch-budget.ts';
import type { Http2Options } from '../src/h2/http2-options.ts';

/**
 * What a Transport tells its HTTP/2 connections where nothing else is said; but nothing is limited in time save the acknowledgement of SETTINGS, nobody waits for a
 * turn of the event loop, and windows are as small as they may be.
 */
export function http2EngineOptions(
  clock: Clock,
  atTurnEnd: (callback: () => void) => void,
  options: Partial<Http2Options> = {},
): Http2Options {
  return {
    clock,
    afterPoll: (callback) => callback(),
    atTurnEnd,
    atTickEnd: atTurnEnd,
    isKeepAliveDisabled: false,
    responseHeaderTimeoutMs: 0,
    expectContinueTimeoutMs: 1_000,
    bodyIdleTimeoutMs: 0,
    maxBodyBytes: Infinity,
    ...DEFAULT_BODY_LIMITS,
    maxHeadBytes: 65_536,
    maxInterimResponses: 16,
    maxDecoderTableBytes: 4_096,
    maxEncoderTableBytes: 4_096,
    sensitiveNames: new Set(),
    connectionWindowBytes: 65_535,
    streamWindowBytes: 65_535,
    pingAfterMs: 0,
    pingTimeoutMs: 15_000,
    settingsTimeoutMs: 10_000,
    writeTimeoutMs: 0,
    trimsFieldValues: false,
    glitches: DEFAULT_GLITCH_LIMITS,
    ...DEFAULT_FRAME_LIMITS,
    maxQueuedAnswers: 1_000,
    ...options,
  };
}
