import type { Http2ErrorCode } from './error-code.ts';
import { BASIC_FRAME_BYTES, FLAG, FRAME, frameName } from './frame-type.ts';
import { ConnectionError } from './http2-error.ts';

/** Where a kind of frame belongs, and how long it may be: RFC 9113 §6. */
interface FrameRule {
  /** `either` is WINDOW_UPDATE's. */
  readonly place: 'stream' | 'connection' | 'either';
  readonly minBytes: number;
  readonly maxBytes: number;
}

/** By type; others are ignored wherever they come (RFC 9113 §5.5). */
const RULES: readonly FrameRule[] = [
  { place: 'stream', minBytes: 0, maxBytes: BASIC_FRAME_BYTES },
  { place: 'stream', minBytes: 0, maxBytes: BASIC_FRAME_BYTES },
  // An error of its stream by §6.3. Of a stream that may be idle, and so cannot be reset.
  { place: 'stream', minBytes: 5, maxBytes: 5 },
  { place: 'stream', minBytes: 4, maxBytes: 4 },
  { place: 'connection', minBytes: 0, maxBytes: BASIC_FRAME_BYTES },
  { place: 'stream', minBytes: 0, maxBytes: BASIC_FRAME_BYTES },
  { place: 'connection', minBytes: 8, maxBytes: 8 },
  { place: 'connection', minBytes: 8, maxBytes: BASIC_FRAME_BYTES },
  { place: 'either', minBytes: 4, maxBytes: 4 },
  { place: 'stream', minBytes: 0, maxBytes: BASIC_FRAME_BYTES },
];

/** A frame, by its first nine bytes (RFC 9113 §4.1). */
export interface FrameHeader {
  readonly bytes: number;
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
}

/**
 * All that can be said against a frame by its first nine bytes, before anything of it is kept.
 * @param maxSettings How many of them one frame may have.
 * @throws ConnectionError
 */
export function checkFrameHeader(frame: FrameHeader, maxSettings: number): void {
  const { bytes, type, flags, streamId } = frame;
  if (bytes > BASIC_FRAME_BYTES) throw wrongSize(frame);
  const rule = RULES[type];
  if (rule === undefined) return;
  if (bytes < rule.minBytes || bytes > rule.maxBytes) throw wrongSize(frame);
  if (rule.place !== 'either' && (streamId === 0) !== (rule.place === 'connection')) {
    throw refused('PROTOCOL_ERROR', `a ${frameName(type)} frame on ${streamId === 0 ? 'no stream' : `stream ${streamId}`}`);
  }
  if (type === FRAME.SETTINGS) checkSettings(frame, maxSettings);
  else if ((type === FRAME.HEADERS || type === FRAME.DATA) && bytes < prefixBytes(type, flags)) throw wrongSize(frame);
  else if (type === FRAME.PUSH_PROMISE) throw refused('PROTOCOL_ERROR', 'the peer pushes (PUSH_PROMISE), and we have said that it may not');
}

function checkSettings(frame: FrameHeader, maxSettings: number): void {
  const { bytes, flags } = frame;
  if ((flags & FLAG.ACK) !== 0 ? bytes !== 0 : bytes % 6 !== 0) throw wrongSize(frame);
  if (bytes > 6 * maxSettings) {
    throw refused('ENHANCE_YOUR_CALM', `a SETTINGS frame with more than ${maxSettings} settings (http2.maxSettings)`);
  }
}

/** What stands before the data or the block. */
function prefixBytes(type: number, flags: number): number {
  const padLengthBytes = (flags & FLAG.PADDED) === 0 ? 0 : 1;
  return type === FRAME.HEADERS && (flags & FLAG.PRIORITY) !== 0 ? padLengthBytes + PRIORITY_BYTES : padLengthBytes;
}

/** RFC 9113 §6.2: which stream it depends on, and its weight; both mean nothing any more. */
export const PRIORITY_BYTES = 5;

function wrongSize({ type, bytes }: FrameHeader): ConnectionError {
  return refused('FRAME_SIZE_ERROR', `a ${frameName(type)} frame of ${bytes} bytes`);
}

function refused(code: Http2ErrorCode, message: string): ConnectionError {
  return new ConnectionError(code, message);
}
