import type { ByteWriter } from './byte-writer.ts';
import { ERROR_CODES, type Http2ErrorCode } from './error-code.ts';
import { BASIC_FRAME_BYTES, FLAG, FRAME, FRAME_HEADER_BYTES } from './frame-type.ts';
import type { Setting } from './settings.ts';

/** What a client says first (RFC 9113 §3.4). */
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** The client's preface: its SETTINGS, and by how much the connection's window is larger than it is anyway. */
export function writePreface(out: ByteWriter, settings: readonly Setting[], windowIncrement: number): void {
  out.latin1(PREFACE);
  writeSettings(out, settings);
  if (windowIncrement > 0) writeWindowUpdate(out, 0, windowIncrement);
}

export function writeSettings(out: ByteWriter, settings: readonly Setting[]): void {
  writeFrameHeader(out, settings.length * 6, FRAME.SETTINGS << 8, 0);
  for (const { id, value } of settings) {
    out.uint16(id);
    out.uint32(value);
  }
}

export function writeSettingsAck(out: ByteWriter): void {
  writeFrameHeader(out, 0, (FRAME.SETTINGS << 8) | FLAG.ACK, 0);
}

/** @param high The first four of its eight bytes. */
export function writePing(out: ByteWriter, high: number, low: number, isAck: boolean): void {
  writeFrameHeader(out, 8, (FRAME.PING << 8) | (isAck ? FLAG.ACK : 0), 0);
  out.uint32(high);
  out.uint32(low);
}

/** RST_STREAM. */
export function writeReset(out: ByteWriter, streamId: number, code: Http2ErrorCode): void {
  writeFrameHeader(out, 4, FRAME.RST_STREAM << 8, streamId);
  out.uint32(ERROR_CODES[code]);
}

/** @param streamId 0 for the connection. */
export function writeWindowUpdate(out: ByteWriter, streamId: number, increment: number): void {
  writeFrameHeader(out, 4, FRAME.WINDOW_UPDATE << 8, streamId);
  out.uint32(increment);
}

/** @param lastStreamId The last stream of the peer's that was looked at: a client knows of none. */
export function writeGoAway(out: ByteWriter, lastStreamId: number, code: Http2ErrorCode): void {
  writeFrameHeader(out, 8, FRAME.GOAWAY << 8, 0);
  out.uint32(lastStreamId);
  out.uint32(ERROR_CODES[code]);
}

/** What stands before so many bytes of DATA. */
export function writeDataHeader(out: ByteWriter, streamId: number, bytes: number, isEndStream: boolean): void {
  writeFrameHeader(out, bytes, (FRAME.DATA << 8) | (isEndStream ? FLAG.END_STREAM : 0), streamId);
}

/**
 * Begins a header block, which the caller writes behind it and ends with {@link endHeaders}.
 * @returns where it began.
 */
export function beginHeaders(out: ByteWriter, streamId: number): number {
  const startsAt = out.length;
  writeFrameHeader(out, 0, FRAME.HEADERS << 8, streamId);
  return startsAt;
}

/**
 * Ends the header block that began at `startsAt`: says how long it is, and cuts it in CONTINUATION frames where it is longer than the peer takes in one.
 * @param maxFrameBytes What the peer takes. Less than any peer may say counts as {@link BASIC_FRAME_BYTES}, so that there is an end to the cutting.
 */
export function endHeaders(out: ByteWriter, startsAt: number, isEndStream: boolean, maxFrameBytes: number): void {
  const pieceBytes = Math.max(maxFrameBytes, BASIC_FRAME_BYTES);
  const blockBytes = out.length - startsAt - FRAME_HEADER_BYTES;
  const endStream = isEndStream ? FLAG.END_STREAM : 0;
  if (blockBytes <= pieceBytes) {
    setLengthAndFlags(out, startsAt, blockBytes, FLAG.END_HEADERS | endStream);
    return;
  }
  splitBlock(out, startsAt, pieceBytes);
  setLengthAndFlags(out, startsAt, pieceBytes, endStream);
}

/** From its end, so that each piece moves once: every piece but the first gets a header of its own before it. */
function splitBlock(out: ByteWriter, startsAt: number, pieceBytes: number): void {
  const blockStart = startsAt + FRAME_HEADER_BYTES;
  const blockEnd = out.length;
  const last = Math.ceil((blockEnd - blockStart) / pieceBytes) - 1;
  out.reserve(last * FRAME_HEADER_BYTES);
  const streamId = out.buffer.readUInt32BE(startsAt + 5);
  for (let piece = last; piece > 0; piece--) {
    const from = blockStart + piece * pieceBytes;
    const to = Math.min(from + pieceBytes, blockEnd);
    const frameAt = from + (piece - 1) * FRAME_HEADER_BYTES;
    out.buffer.copyWithin(frameAt + FRAME_HEADER_BYTES, from, to);
    out.length = frameAt;
    writeFrameHeader(out, to - from, (FRAME.CONTINUATION << 8) | (piece === last ? FLAG.END_HEADERS : 0), streamId);
  }
  out.length = blockEnd + last * FRAME_HEADER_BYTES;
}

function setLengthAndFlags(out: ByteWriter, frameAt: number, bytes: number, flags: number): void {
  const { buffer } = out;
  buffer[frameAt] = bytes >>> 16;
  buffer[frameAt + 1] = bytes >>> 8;
  buffer[frameAt + 2] = bytes;
  buffer[frameAt + 4] = flags;
}

/** RFC 9113 §4.1. @param kind The type and, in the lower byte, the flags. */
function writeFrameHeader(out: ByteWriter, bytes: number, kind: number, streamId: number): void {
  out.reserve(FRAME_HEADER_BYTES);
  const { buffer, length } = out;
  // Byte by byte, which costs less than Buffer's methods with their checks.
  buffer[length] = bytes >>> 16;
  buffer[length + 1] = bytes >>> 8;
  buffer[length + 2] = bytes;
  buffer[length + 3] = kind >>> 8;
  buffer[length + 4] = kind;
  buffer[length + 5] = streamId >>> 24;
  buffer[length + 6] = streamId >>> 16;
  buffer[length + 7] = streamId >>> 8;
  buffer[length + 8] = streamId;
  out.length = length + FRAME_HEADER_BYTES;
}
