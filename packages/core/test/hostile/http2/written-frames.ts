import { errorCodeName } from '../../../src/h2/error-code.ts';
import { FLAG, FRAME, frameName } from '../../../src/h2/frame-type.ts';

/** A frame, as a client writes it or a peer says it. */
export interface RawFrame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  /** A character a byte. */
  readonly payload: string;
}

/** What a client says first. */
export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** The whole frames at the beginning of a text, and what comes after them. */
export function framesOf(text: string): { readonly frames: readonly RawFrame[]; readonly rest: string } {
  const bytes = Buffer.from(text, 'latin1');
  const frames: RawFrame[] = [];
  let at = 0;
  while (at + 9 <= bytes.length) {
    const end = at + 9 + bytes.readUIntBE(at, 3);
    if (end > bytes.length) break;
    frames.push({
      type: bytes.readUInt8(at + 3),
      flags: bytes.readUInt8(at + 4),
      streamId: bytes.readUInt32BE(at + 5) & 0x7fff_ffff,
      payload: text.slice(at + 9, end),
    });
    at = end;
  }
  return { frames, rest: text.slice(at) };
}

/** A number in a payload. */
export function uint32At(payload: string, at: number): number {
  return Buffer.from(payload.slice(at, at + 4), 'latin1').readUInt32BE();
}

/** Like `RST_STREAM 1 CANCEL`, `GOAWAY PROTOCOL_ERROR`, `PING ack`, `DATA 1 end`. */
export function inWords({ type, flags, streamId, payload }: RawFrame): string {
  const words = [frameName(type)];
  if (streamId !== 0) words.push(String(streamId));
  switch (type) {
    case FRAME.RST_STREAM:
      words.push(errorCodeName(uint32At(payload, 0)));
      break;
    case FRAME.GOAWAY:
      words.push(errorCodeName(uint32At(payload, 4)));
      break;
    case FRAME.PING:
    case FRAME.SETTINGS:
      if ((flags & FLAG.ACK) !== 0) words.push('ack');
      break;
    case FRAME.DATA:
    case FRAME.HEADERS:
      if ((flags & FLAG.END_STREAM) !== 0) words.push('end');
      break;
    default:
  }
  return words.join(' ');
}

/** What a DATA frame takes of the windows. */
export function dataBytes(frames: readonly RawFrame[], streamId?: number): number {
  return frames
    .filter((frame) => frame.type === FRAME.DATA && (streamId === undefined || frame.streamId === streamId))
    .reduce((sum, { payload }) => sum + payload.length, 0);
}

/** By how much a window was enlarged. */
export function updatedBytes(frames: readonly RawFrame[], streamId: number): number {
  return frames
    .filter((frame) => frame.type === FRAME.WINDOW_UPDATE && frame.streamId === streamId)
    .reduce((sum, { payload }) => sum + uint32At(payload, 0), 0);
}
