import { shown } from '../contract/field-syntax.ts';
import { ByteWriter } from './byte-writer.ts';
import { errorCodeName } from './error-code.ts';
import type { ByteRange, FrameReceiver } from './frame-receiver.ts';
import { checkFrameHeader, PRIORITY_BYTES } from './frame-rules.ts';
import { FLAG, FRAME, FRAME_HEADER_BYTES, frameName } from './frame-type.ts';
import { HeaderBlock, type BlockLimits } from './header-block.ts';
import { ConnectionError, StreamError } from './http2-error.ts';
import { checkPreface } from './peer-preface.ts';
import type { Setting } from './settings.ts';

/** What is taken of one peer. */
export interface FrameLimits extends BlockLimits {
  /** Settings in one SETTINGS frame. */
  readonly maxSettings: number;
}

/** With the figures of nghttp2. Of settings there are seven that anybody sends. */
export const DEFAULT_FRAME_LIMITS = { maxContinuations: 8, maxSettings: 32 } as const;

/** What of a GOAWAY's text is read: one byte more than is shown, so that it shows where there was more. */
const DEBUG_BYTES = 129;
const STREAM_ID = 0x7fff_ffff;

type State =
  /** Before the first byte that is a frame's. */
  | 'preface'
  | 'header'
  /** Of a DATA frame. */
  | 'pad-length'
  | 'data'
  | 'padding'
  /** Of another frame, read as a whole. */
  | 'payload'
  /** What of it nobody wants. */
  | 'rest'
  | 'stopped';

/**
 * Reads frames (RFC 9113 §4) from bytes that come as they come. It does no I/O: it is fed, and calls its receiver. DATA is handed on as it arrives and never kept; other
 * frames are kept only where the reads cut them, after all that their first nine bytes can tell was checked.
 */
export class FrameReader {
  readonly #receiver: FrameReceiver;
  #state: State = 'preface';
  #prefaceBytes = 0;
  #hasSettings = false;
  /** The frame under way, and how much of its first nine bytes was read one by one. */
  readonly #frame = { bytes: 0, type: 0, flags: 0, streamId: 0 };
  #headerBytes = 0;
  /** What is still to come of its data, or is wanted of its payload; of what follows that, 0 between frames; and what of a DATA frame is no data. */
  #wantedBytes = 0;
  #restBytes = 0;
  #paddingBytes = 0;
  /** A payload that comes in pieces. */
  readonly #kept = new ByteWriter();
  readonly #maxSettings: number;
  readonly #block: HeaderBlock;
  readonly #range: { -readonly [Name in keyof ByteRange]: ByteRange[Name] } = { buffer: NO_BYTES, start: 0, end: 0 };

  constructor(receiver: FrameReceiver, limits: FrameLimits) {
    this.#receiver = receiver;
    this.#maxSettings = limits.maxSettings;
    this.#block = new HeaderBlock(limits);
  }

  /**
   * Takes the bytes from `start` to `end`.
   * @throws ConnectionError, or what the receiver throws. Nothing more is read then.
   */
  feed(buffer: Buffer, start: number, end: number): void {
    try {
      let at = start;
      while (at < end && this.#state !== 'stopped') at = this.#step(buffer, at, end);
    } catch (error) {
      this.#state = 'stopped';
      throw error;
    }
  }

  /** Reads nothing more, of what is being fed neither: the receiver may call it at any time. */
  stop(): void {
    this.#state = 'stopped';
  }

  /** @returns how far it came: further than `start`, or with another state. */
  #step(buffer: Buffer, start: number, end: number): number {
    switch (this.#state) {
      case 'header':
        return this.#readHeader(buffer, start, end);
      case 'data':
        return this.#readData(buffer, start, end);
      case 'payload':
        return this.#readPayload(buffer, start, end);
      case 'pad-length':
        this.#takePadLength(buffer[start] ?? 0);
        return start + 1;
      case 'preface':
        this.#prefaceBytes = checkPreface(buffer, start, end, this.#prefaceBytes);
        if (this.#prefaceBytes > 0) return end;
        this.#state = 'header';
        return start;
      default:
        return this.#passOver(start, end);
    }
  }

  #readHeader(buffer: Buffer, start: number, end: number): number {
    const frame = this.#frame;
    if (this.#headerBytes === 0 && end - start >= FRAME_HEADER_BYTES) {
      const bytesAndType = buffer.readUInt32BE(start);
      frame.bytes = bytesAndType >>> 8;
      frame.type = bytesAndType & 0xff;
      frame.flags = buffer[start + 4] ?? 0;
      frame.streamId = buffer.readUInt32BE(start + 5) & STREAM_ID;
      this.#beginFrame();
      return start + FRAME_HEADER_BYTES;
    }
    this.#takeHeaderByte(buffer[start] ?? 0);
    return start + 1;
  }

  #takeHeaderByte(byte: number): void {
    const frame = this.#frame;
    const at = this.#headerBytes++;
    if (at < 3) frame.bytes = at === 0 ? byte : (frame.bytes << 8) | byte;
    else if (at === 3) frame.type = byte;
    else if (at === 4) frame.flags = byte;
    // The reserved bit is ignored (RFC 9113 §4.1).
    else frame.streamId = (at === 5 ? byte : (frame.streamId << 8) | byte) & STREAM_ID;
    if (this.#headerBytes < FRAME_HEADER_BYTES) return;
    this.#headerBytes = 0;
    this.#beginFrame();
  }

  #beginFrame(): void {
    const { bytes, type } = this.#frame;
    checkFrameHeader(this.#frame, this.#maxSettings);
    if (!this.#hasSettings) this.#checkFirst();
    if (this.#block.isOpen || type === FRAME.CONTINUATION) this.#block.checkNext(this.#frame);
    switch (type) {
      case FRAME.DATA:
        this.#beginData();
        break;
      case FRAME.HEADERS:
        this.#block.checkFirst(this.#frame);
        this.#beginPayload(bytes);
        break;
      case FRAME.GOAWAY:
        this.#beginPayload(Math.min(bytes, 8 + DEBUG_BYTES));
        break;
      case FRAME.RST_STREAM:
      case FRAME.SETTINGS:
      case FRAME.PING:
      case FRAME.WINDOW_UPDATE:
      case FRAME.CONTINUATION:
        this.#beginPayload(bytes);
        break;
      default:
        this.#restBytes = bytes;
        this.#state = bytes === 0 ? 'header' : 'rest';
        this.#receiver.onIgnored(type);
    }
  }

  /** RFC 9113 §3.4. */
  #checkFirst(): void {
    const { type, flags } = this.#frame;
    if (type !== FRAME.SETTINGS) throw refused(`the peer's first frame is ${frameName(type)}, not SETTINGS`);
    if ((flags & FLAG.ACK) !== 0) throw refused("the peer's first frame acknowledges SETTINGS, and it has sent none of its own");
    this.#hasSettings = true;
  }

  #beginData(): void {
    const { bytes, flags, streamId } = this.#frame;
    this.#wantedBytes = bytes;
    this.#paddingBytes = 0;
    this.#state = (flags & FLAG.PADDED) === 0 ? 'data' : 'pad-length';
    this.#receiver.onDataFrame(streamId, bytes);
    if (bytes === 0) this.#endData();
  }

  /** RFC 9113 §6.1. */
  #takePadLength(padBytes: number): void {
    const { bytes } = this.#frame;
    if (padBytes >= bytes) throw refused(`a DATA frame of ${bytes} bytes with ${padBytes} bytes of padding`);
    this.#paddingBytes = padBytes + 1;
    this.#wantedBytes = bytes - this.#paddingBytes;
    this.#restBytes = padBytes;
    this.#state = 'data';
    if (this.#wantedBytes === 0) this.#endData();
  }

  #readData(buffer: Buffer, start: number, end: number): number {
    const dataEnd = Math.min(end, start + this.#wantedBytes);
    this.#wantedBytes -= dataEnd - start;
    this.#receiver.onData(this.#frame.streamId, buffer, start, dataEnd);
    if (this.#wantedBytes === 0) this.#endData();
    return dataEnd;
  }

  /** Its data is all there; its padding perhaps is not. */
  #endData(): void {
    if (this.#state === 'stopped') return;
    if (this.#restBytes > 0) {
      this.#state = 'padding';
      return;
    }
    this.#state = 'header';
    this.#receiver.onDataEnd(this.#frame.streamId, this.#paddingBytes, (this.#frame.flags & FLAG.END_STREAM) !== 0);
  }

  #passOver(start: number, end: number): number {
    const restEnd = Math.min(end, start + this.#restBytes);
    this.#restBytes -= restEnd - start;
    if (this.#restBytes > 0) return restEnd;
    if (this.#state === 'padding') this.#endData();
    else this.#state = 'header';
    return restEnd;
  }

  #beginPayload(wantedBytes: number): void {
    this.#wantedBytes = wantedBytes;
    this.#restBytes = this.#frame.bytes - wantedBytes;
    this.#state = 'payload';
    if (wantedBytes === 0) this.#endPayload(NO_BYTES, 0, 0);
  }

  #readPayload(buffer: Buffer, start: number, end: number): number {
    const kept = this.#kept;
    const payloadEnd = Math.min(end, start + this.#wantedBytes - kept.length);
    if (payloadEnd - start === this.#wantedBytes) {
      this.#endPayload(buffer, start, payloadEnd);
      return payloadEnd;
    }
    kept.bytes(buffer.subarray(start, payloadEnd));
    if (kept.length === this.#wantedBytes) this.#endPayload(kept.take(), 0, this.#wantedBytes);
    return payloadEnd;
  }

  #endPayload(buffer: Buffer, start: number, end: number): void {
    const { type, flags, streamId } = this.#frame;
    this.#state = this.#restBytes === 0 ? 'header' : 'rest';
    switch (type) {
      case FRAME.HEADERS:
        this.#endHeaders(buffer, start, end);
        break;
      case FRAME.CONTINUATION:
        this.#endContinuation(buffer, start, end);
        break;
      case FRAME.WINDOW_UPDATE:
        this.#endWindowUpdate(buffer.readUInt32BE(start) & STREAM_ID);
        break;
      case FRAME.RST_STREAM:
        this.#receiver.onReset(streamId, errorCodeName(buffer.readUInt32BE(start)));
        break;
      case FRAME.PING:
        this.#receiver.onPing(buffer.readUInt32BE(start), buffer.readUInt32BE(start + 4), (flags & FLAG.ACK) !== 0);
        break;
      case FRAME.SETTINGS:
        if ((flags & FLAG.ACK) === 0) this.#receiver.onSettings(settingsOf(buffer, start, end));
        else this.#receiver.onSettingsAck();
        break;
      default:
        this.#endGoAway(buffer, start, end);
    }
  }

  #endHeaders(buffer: Buffer, start: number, end: number): void {
    const { flags, streamId } = this.#frame;
    const isPadded = (flags & FLAG.PADDED) !== 0;
    const isLast = (flags & FLAG.END_STREAM) !== 0;
    const blockStart = start + (isPadded ? 1 : 0) + ((flags & FLAG.PRIORITY) === 0 ? 0 : PRIORITY_BYTES);
    const blockEnd = end - (isPadded ? (buffer[start] ?? 0) : 0);
    if (blockEnd < blockStart) throw refused(`a HEADERS frame of ${end - start} bytes with ${end - blockEnd} bytes of padding`);
    if ((flags & FLAG.END_HEADERS) !== 0) {
      this.#giveBlock(isLast, buffer, blockStart, blockEnd);
      return;
    }
    this.#block.begin(streamId, isLast);
    this.#block.append(buffer.subarray(blockStart, blockEnd));
  }

  #endContinuation(buffer: Buffer, start: number, end: number): void {
    this.#block.append(buffer.subarray(start, end));
    if ((this.#frame.flags & FLAG.END_HEADERS) === 0) return;
    const block = this.#block.end();
    this.#giveBlock(this.#block.isLast, block, 0, block.byteLength);
  }

  #giveBlock(isLast: boolean, buffer: Buffer, start: number, end: number): void {
    const range = this.#range;
    range.buffer = buffer;
    range.start = start;
    range.end = end;
    this.#receiver.onHeaders(this.#frame.streamId, isLast, range);
    // A connection that waits must not hold the last head.
    range.buffer = NO_BYTES;
  }

  /** RFC 9113 §6.9. */
  #endWindowUpdate(increment: number): void {
    const { streamId } = this.#frame;
    if (increment > 0) this.#receiver.onWindowUpdate(streamId, increment);
    else if (streamId === 0) throw refused('a WINDOW_UPDATE of the connection by 0');
    else this.#receiver.onStreamError(new StreamError(streamId, 'PROTOCOL_ERROR', 'a WINDOW_UPDATE by 0'));
  }

  #endGoAway(buffer: Buffer, start: number, end: number): void {
    const text = buffer.toString('latin1', start + 8, end);
    const code = errorCodeName(buffer.readUInt32BE(start + 4));
    this.#receiver.onGoAway(buffer.readUInt32BE(start) & STREAM_ID, code, text === '' ? '' : shown(text));
  }
}

const NO_BYTES: Buffer = Buffer.alloc(0);
const NO_SETTINGS: readonly Setting[] = [];

function settingsOf(buffer: Buffer, start: number, end: number): readonly Setting[] {
  if (start === end) return NO_SETTINGS;
  const settings: Setting[] = [];
  for (let at = start; at < end; at += 6) settings.push({ id: buffer.readUInt16BE(at), value: buffer.readUInt32BE(at + 2) });
  return settings;
}

function refused(message: string): ConnectionError {
  return new ConnectionError('PROTOCOL_ERROR', message);
}
