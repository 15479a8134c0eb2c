import type { Http2ErrorCode } from './error-code.ts';

/** The peer broke the protocol, and nothing on the connection can be trusted any more: it ends with GOAWAY (RFC 9113 §5.4.1). */
export class ConnectionError extends Error {
  override readonly name: string = 'ConnectionError';
  readonly code: Http2ErrorCode;

  constructor(code: Http2ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** One stream cannot go on; it ends with RST_STREAM, and the others do not notice (RFC 9113 §5.4.2). */
export class StreamError extends Error {
  override readonly name: string = 'StreamError';
  readonly streamId: number;
  readonly code: Http2ErrorCode;

  constructor(streamId: number, code: Http2ErrorCode, message: string) {
    super(message);
    this.streamId = streamId;
    this.code = code;
  }
}
