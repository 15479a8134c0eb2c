import type { Wire } from '../wire/wire.ts';
import type { Http2ErrorCode } from './error-code.ts';
import {
  beginHeaders,
  endHeaders,
  writeDataHeader,
  writeGoAway,
  writePing,
  writePreface,
  writeReset,
  writeSettingsAck,
  writeWindowUpdate,
} from './frame-writer.ts';
import { HpackEncoder } from './hpack-encoder.ts';
import type { Http2Options } from './http2-options.ts';
import { Outbox, type OutboxEvents } from './outbox.ts';
import { BASIC_WINDOW_BYTES, ownSettings } from './settings.ts';

/** Whose bytes a DATA frame carries. */
export interface DataRange {
  readonly start: number;
  readonly end: number;
  readonly isEndStream: boolean;
}

/** All that a connection says: frames, in the order in which they are to leave. */
export class Outbound {
  readonly outbox: Outbox;
  readonly encoder: HpackEncoder;

  constructor(wire: Wire, options: Http2Options, events: OutboxEvents) {
    this.outbox = new Outbox(wire, options, events);
    this.encoder = new HpackEncoder({ maxTableBytes: options.maxEncoderTableBytes, sensitiveNames: options.sensitiveNames });
  }

  preface(options: Http2Options): void {
    const settings = ownSettings({
      headerTableBytes: options.maxDecoderTableBytes,
      initialWindowBytes: options.streamWindowBytes,
      maxHeaderListBytes: options.maxHeadBytes,
    });
    writePreface(this.outbox.writer, settings, options.connectionWindowBytes - BASIC_WINDOW_BYTES);
    this.outbox.schedule();
  }

  /** @param maxFrameBytes What the peer takes in one frame. */
  headers(
    streamId: number,
    fields: readonly string[],
    { isEndStream, maxFrameBytes }: { readonly isEndStream: boolean; readonly maxFrameBytes: number },
  ): void {
    const { writer } = this.outbox;
    const startsAt = beginHeaders(writer, streamId);
    this.encoder.encode(fields, writer);
    endHeaders(writer, startsAt, isEndStream, maxFrameBytes);
    this.outbox.schedule();
  }

  data(streamId: number, bytes: Uint8Array, { start, end, isEndStream }: DataRange): void {
    const { writer } = this.outbox;
    writeDataHeader(writer, streamId, end - start, isEndStream);
    writer.bytes(bytes.subarray(start, end));
    this.outbox.schedule();
  }

  reset(streamId: number, code: Http2ErrorCode): void {
    writeReset(this.outbox.writer, streamId, code);
    // The caller's wish, or the end of an upload that was answered early, is no answer to a peer that breaks the rules.
    if (code === 'CANCEL' || code === 'NO_ERROR') this.outbox.schedule();
    else this.outbox.provoked();
  }

  /** @param streamId 0 for the connection. */
  windowUpdate(streamId: number, increment: number): void {
    writeWindowUpdate(this.outbox.writer, streamId, increment);
    this.outbox.schedule();
  }

  ping(): void {
    writePing(this.outbox.writer, 0, 0, false);
    this.outbox.schedule();
  }

  /** @throws ConnectionError where the peer has us answer without end. */
  pingAck(high: number, low: number): void {
    writePing(this.outbox.writer, high, low, true);
    this.outbox.answered();
  }

  /** @throws ConnectionError as {@link pingAck} does. */
  settingsAck(): void {
    writeSettingsAck(this.outbox.writer);
    this.outbox.answered();
  }

  /** The last that is said. */
  goAway(code: Http2ErrorCode): void {
    writeGoAway(this.outbox.writer, 0, code);
    this.outbox.flush();
  }
}
