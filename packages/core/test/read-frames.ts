import type { FrameReceiver } from '../src/h2/frame-receiver.ts';
import { DEFAULT_FRAME_LIMITS, FrameReader } from '../src/h2/frame-reader.ts';
import { ConnectionError, type StreamError } from '../src/h2/http2-error.ts';
import type { Setting } from '../src/h2/settings.ts';

/** What a reader told of one frame. Bytes are text, a character a byte. */
export type FrameEvent =
  | {
      readonly kind: 'data';
      readonly streamId: number;
      readonly flowBytes: number;
      data: string;
      /** Undefined until the frame was whole. */
      end: { readonly paddingBytes: number; readonly isEndStream: boolean } | undefined;
    }
  | { readonly kind: 'headers'; readonly streamId: number; readonly isEndStream: boolean; readonly block: string }
  | { readonly kind: 'settings'; readonly settings: readonly Setting[] }
  | { readonly kind: 'settings-ack' }
  | { readonly kind: 'ping'; readonly high: number; readonly low: number; readonly isAck: boolean }
  | { readonly kind: 'goaway'; readonly lastStreamId: number; readonly code: string; readonly debugText: string }
  | { readonly kind: 'window-update'; readonly streamId: number; readonly increment: number }
  | { readonly kind: 'reset'; readonly streamId: number; readonly code: string }
  | { readonly kind: 'ignored'; readonly type: number }
  | { readonly kind: 'stream-error'; readonly streamId: number; readonly code: string };

/** What a reader makes of bytes. */
export interface ReadFrames {
  readonly events: readonly FrameEvent[];
  readonly error: ConnectionError | undefined;
}

/** Notes what it is told. */
export class FrameLog implements FrameReceiver {
  readonly events: FrameEvent[] = [];
  #data: Extract<FrameEvent, { kind: 'data' }> | undefined;

  onDataFrame(streamId: number, flowBytes: number): void {
    this.#data = { kind: 'data', streamId, flowBytes, data: '', end: undefined };
    this.events.push(this.#data);
  }

  onData(streamId: number, buffer: Buffer, start: number, end: number): void {
    if (this.#data?.streamId !== streamId) throw new Error('data of another frame');
    if (start >= end) throw new Error('a piece of nothing');
    this.#data.data += buffer.toString('latin1', start, end);
  }

  onDataEnd(streamId: number, paddingBytes: number, isEndStream: boolean): void {
    if (this.#data?.streamId !== streamId) throw new Error('the end of another frame');
    if (this.#data.data.length + paddingBytes !== this.#data.flowBytes) throw new Error('bytes are missing, or were told twice');
    this.#data.end = { paddingBytes, isEndStream };
    this.#data = undefined;
  }

  onHeaders(streamId: number, isEndStream: boolean, block: { buffer: Buffer; start: number; end: number }): void {
    this.events.push({ kind: 'headers', streamId, isEndStream, block: block.buffer.toString('latin1', block.start, block.end) });
  }

  onSettings(settings: readonly Setting[]): void {
    this.events.push({ kind: 'settings', settings });
  }

  onSettingsAck(): void {
    this.events.push({ kind: 'settings-ack' });
  }

  onPing(high: number, low: number, isAck: boolean): void {
    this.events.push({ kind: 'ping', high, low, isAck });
  }

  onGoAway(lastStreamId: number, code: string, debugText: string): void {
    this.events.push({ kind: 'goaway', lastStreamId, code, debugText });
  }

  onWindowUpdate(streamId: number, increment: number): void {
    this.events.push({ kind: 'window-update', streamId, increment });
  }

  onReset(streamId: number, code: string): void {
    this.events.push({ kind: 'reset', streamId, code });
  }

  onIgnored(type: number): void {
    this.events.push({ kind: 'ignored', type });
  }

  onStreamError({ streamId, code }: StreamError): void {
    this.events.push({ kind: 'stream-error', streamId, code });
  }
}

/** Feeds a reader with pieces, each in a buffer of its own that is wiped afterwards, as a shared read buffer would be. */
export function readFrames(pieces: readonly string[], maxBlockBytes = 65_536): ReadFrames {
  const log = new FrameLog();
  const reader = new FrameReader(log, { ...DEFAULT_FRAME_LIMITS, maxBlockBytes });
  try {
    for (const piece of pieces) {
      const bytes = Buffer.from(`..${piece}..`, 'latin1');
      reader.feed(bytes, 2, bytes.length - 2);
      bytes.fill(0x2e);
    }
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    return { events: log.events, error };
  }
  return { events: log.events, error: undefined };
}

/** Up to here bytes are cut at every place, and beyond at the first and the last ones. */
const EVERY_PLACE_BYTES = 400;
/** Up to here they come byte by byte too, and beyond in pieces of a prime length. */
const SINGLE_BYTES = 5_000;
const PIECE_BYTES = 997;

/** The ways in which bytes may arrive: whole, in two pieces, and in many. */
export function frameCuts(text: string): string[][] {
  const places = Array.from({ length: Math.max(0, text.length - 1) }, (_, at) => at + 1);
  const chosen = text.length <= EVERY_PLACE_BYTES ? places : [...places.slice(0, 60), ...places.slice(-30)];
  const pieceBytes = text.length <= SINGLE_BYTES ? 1 : PIECE_BYTES;
  const pieces = Array.from({ length: Math.ceil(text.length / pieceBytes) }, (_, at) => text.slice(at * pieceBytes, (at + 1) * pieceBytes));
  return [[text], ...chosen.map((at) => [text.slice(0, at), text.slice(at)]), pieces];
}
