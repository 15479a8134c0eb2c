import type { Http2ErrorCode } from './error-code.ts';
import type { StreamError } from './http2-error.ts';
import type { Setting } from './settings.ts';

/** The bytes from `start` to `end`. */
export interface ByteRange {
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
}

/**
 * Told what a peer sends, frame by frame. Bytes are lent for the call. Nothing here knows which streams there are: that a frame may come on its stream is for the
 * receiver to say. What it throws ends the reading, as an error of the connection does.
 */
export interface FrameReceiver {
  /** A DATA frame begins. @param flowBytes What it takes of the windows, padding included, however much of it has come. */
  onDataFrame(streamId: number, flowBytes: number): void;
  /** Part of its data: at least one byte. */
  onData(streamId: number, buffer: Buffer, start: number, end: number): void;
  /** It is whole. @param paddingBytes What of `flowBytes` was not data. */
  onDataEnd(streamId: number, paddingBytes: number, isEndStream: boolean): void;
  /** A whole header block, without padding and priority. The range is the same object each time. It must be decoded, whatever becomes of its stream (RFC 9113 §4.3). */
  onHeaders(streamId: number, isEndStream: boolean, block: ByteRange): void;
  onSettings(settings: readonly Setting[]): void;
  onSettingsAck(): void;
  /** The eight bytes as two numbers. */
  onPing(high: number, low: number, isAck: boolean): void;
  /** @param debugText What the peer says besides, quoted and bounded, fit for a message; empty for nothing. */
  onGoAway(lastStreamId: number, code: Http2ErrorCode, debugText: string): void;
  /** @param streamId 0 for the connection. */
  onWindowUpdate(streamId: number, increment: number): void;
  onReset(streamId: number, code: Http2ErrorCode): void;
  /** A frame that means nothing to us begins: PRIORITY, or a type that is not known. It costs us something nevertheless, and is counted. */
  onIgnored(type: number): void;
  /** A frame that breaks a rule of its stream alone. Reading goes on. */
  onStreamError(error: StreamError): void;
}
