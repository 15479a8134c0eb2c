import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { ByteWriter } from '../src/h2/byte-writer.ts';
import { HpackDecoder } from '../src/h2/hpack-decoder.ts';
import { HpackEncoder } from '../src/h2/hpack-encoder.ts';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const [HEADERS, SETTINGS, PING, GOAWAY, CONTINUATION] = [0x1, 0x4, 0x6, 0x7, 0x9];
const [ACK, END_STREAM, END_HEADERS, PADDED, PRIORITY] = [0x1, 0x1, 0x4, 0x8, 0x20];
const HEADER_TABLE_SIZE = 1;
const MAX_HEADER_LIST_SIZE = 6;
const FRAME_HEAD_BYTES = 9;

/**
 * A client's end of an HTTP/2 connection that has our HPACK and nothing else of ours, for a server that has none of it. One request at a time, without a body.
 */
export class HpackNodeSession implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #encoder: HpackEncoder;
  readonly #decoder = new HpackDecoder({ maxListBytes: 1_048_576, interpret: (fields) => fields });
  #received: Buffer = Buffer.alloc(0);
  #block: Buffer = Buffer.alloc(0);
  #streamId = 1;
  readonly #announced: number[] = [];
  #answered: ((fields: readonly string[]) => void) | undefined;
  #acknowledged: (() => void) | undefined;
  #failed: ((error: unknown) => void) | undefined;
  /** How many size updates of the server's stood before its fields. */
  updatesReceived = 0;

  private constructor(socket: Socket, maxTableBytes: number, sensitiveNames: readonly string[]) {
    this.#socket = socket;
    this.#encoder = new HpackEncoder({ maxTableBytes, sensitiveNames: new Set(sensitiveNames) });
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error) => this.#failed?.(error));
    socket.on('close', () => this.#failed?.(new Error('the server has closed the connection')));
  }

  /** @param maxTableBytes What our encoder uses of the server's table at most. @param sensitiveNames Fields that it never indexes. */
  static async open(port: number, maxTableBytes: number, ...sensitiveNames: readonly string[]): Promise<HpackNodeSession> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(PREFACE, 'latin1');
    const session = new HpackNodeSession(socket, maxTableBytes, sensitiveNames);
    await session.announce(4_096);
    return session;
  }

  /** Tells the server how large its table may be. Resolves when it has acknowledged that. */
  async announce(tableBytes: number): Promise<void> {
    const settings = Buffer.alloc(12);
    settings.writeUInt16BE(HEADER_TABLE_SIZE, 0);
    settings.writeUInt32BE(tableBytes, 2);
    settings.writeUInt16BE(MAX_HEADER_LIST_SIZE, 6);
    settings.writeUInt32BE(1_048_576, 8);
    this.#announced.push(tableBytes);
    const acknowledged = new Promise<void>((resolve, reject) => {
      this.#acknowledged = resolve;
      this.#failed = reject;
    });
    this.#write(SETTINGS, 0, 0, settings);
    await acknowledged;
  }

  /** Sends a request. @returns the fields of its response. */
  async request(fields: readonly string[]): Promise<readonly string[]> {
    const answered = new Promise<readonly string[]>((resolve, reject) => {
      this.#answered = resolve;
      this.#failed = reject;
    });
    const writer = new ByteWriter();
    this.#encoder.encode(fields, writer);
    this.#write(HEADERS, END_STREAM | END_HEADERS, this.#streamId, writer.take());
    this.#streamId += 2;
    return await answered;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket.closed) return;
    const closed = once(this.#socket, 'close');
    this.#socket.destroy();
    await closed;
  }

  #write(type: number, flags: number, streamId: number, payload: Uint8Array): void {
    const writer = new ByteWriter();
    writer.uint32(payload.byteLength * 256 + type);
    writer.byte(flags);
    writer.uint32(streamId);
    writer.bytes(payload);
    this.#socket.write(writer.take());
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    try {
      for (;;) {
        if (this.#received.byteLength < FRAME_HEAD_BYTES) return;
        const end = FRAME_HEAD_BYTES + this.#received.readUIntBE(0, 3);
        if (this.#received.byteLength < end) return;
        const frame = this.#received.subarray(0, end);
        this.#received = this.#received.subarray(end);
        this.#take(frame[3] ?? 0, frame[4] ?? 0, frame.subarray(FRAME_HEAD_BYTES));
      }
    } catch (error) {
      this.#failed?.(error);
    }
  }

  #take(type: number, flags: number, payload: Buffer): void {
    if (type === SETTINGS && (flags & ACK) !== 0) this.#takeAcknowledgement();
    else if (type === SETTINGS) this.#takeSettings(payload);
    else if (type === PING && (flags & ACK) === 0) this.#write(PING, ACK, 0, payload);
    else if (type === GOAWAY) throw new Error(`the server goes away: ${payload.readUInt32BE(4)} ${payload.toString('latin1', 8)}`);
    else if (type === HEADERS || type === CONTINUATION) this.#takeFragment(type, flags, payload);
  }

  #takeAcknowledgement(): void {
    this.#decoder.setMaxTableBytes(this.#announced.shift() ?? 4_096);
    this.#acknowledged?.();
  }

  #takeSettings(payload: Buffer): void {
    for (let at = 0; at < payload.byteLength; at += 6) {
      if (payload.readUInt16BE(at) === HEADER_TABLE_SIZE) this.#encoder.setPeerTableBytes(payload.readUInt32BE(at + 2));
    }
    this.#write(SETTINGS, ACK, 0, Buffer.alloc(0));
  }

  #takeFragment(type: number, flags: number, payload: Buffer): void {
    const isPadded = type === HEADERS && (flags & PADDED) !== 0;
    const start = (isPadded ? 1 : 0) + (type === HEADERS && (flags & PRIORITY) !== 0 ? 5 : 0);
    this.#block = Buffer.concat([this.#block, payload.subarray(start, payload.byteLength - (isPadded ? (payload[0] ?? 0) : 0))]);
    if ((flags & END_HEADERS) === 0) return;
    const block = this.#block;
    this.#block = Buffer.alloc(0);
    if (((block[0] ?? 0) & 0xe0) === 0x20) this.updatesReceived += 1;
    this.#answered?.(this.#decoder.decode(block, 0, block.byteLength));
  }
}
