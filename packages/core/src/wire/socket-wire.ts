import type { Socket } from 'node:net';

import type { TlsInfo } from '../contract/connection-info.ts';
import type { Wire, WireInfo, WireReceiver } from './wire.ts';

/**
 * One read buffer for all sockets of the thread: a read callback is synchronous and copies what it keeps. Against one of 64 KiB for each connection
 * this saves 64 KiB a connection, and its size 10 % of the CPU time of large bodies.
 */
const sharedReadBuffer: { buffer: Buffer | undefined } = { buffer: undefined };
const READ_BUFFER_BYTES = 262_144;

/** Up to here head and body are copied into one buffer; above, two writes are corked together. */
const JOINED_BYTES = 16_384;

/** The option for `connect` that has the socket read into the shared buffer: about 10 µs an exchange less than 'data' events. */
export interface OnRead {
  readonly buffer: Buffer;
  readonly callback: (bytesRead: number, buffer: Uint8Array) => boolean;
}

/** A wire over a socket of node:net or node:tls. It is made before the socket, which wants its read callback at birth. */
export class SocketWire implements Wire {
  readonly onRead: OnRead;
  #socket: Socket | undefined;
  #receiver: WireReceiver | undefined;
  #info: WireInfo = NO_INFO;
  #error: Error | undefined;
  #isPaused = false;

  constructor() {
    const buffer = (sharedReadBuffer.buffer ??= Buffer.allocUnsafeSlow(READ_BUFFER_BYTES));
    this.onRead = { buffer, callback: (bytesRead) => this.#onRead(bytesRead, buffer) };
  }

  /** Once the socket is connected, and secure where it is to be. The wire owns it from here on. */
  open(socket: Socket, tls: TlsInfo | undefined): void {
    this.#socket = socket;
    this.#info = {
      remoteAddress: socket.remoteAddress,
      remotePort: socket.remotePort,
      localAddress: socket.localAddress,
      localPort: socket.localPort,
      tls,
    };
    // These stay for as long as the socket lives and go with it.
    socket.on('end', () => this.#receiver?.onEnd());
    socket.on('drain', () => this.#receiver?.onDrain());
    socket.on('error', (error) => {
      this.#error = error;
    });
    socket.on('close', () => this.#receiver?.onClose(this.#error));
  }

  get info(): WireInfo {
    return this.#info;
  }

  attach(receiver: WireReceiver): void {
    this.#receiver = receiver;
    if (this.#socket?.destroyed === true) receiver.onClose(this.#error);
  }

  write(data: string | Uint8Array): boolean {
    return typeof data === 'string' ? (this.#socket?.write(data, 'latin1') ?? false) : (this.#socket?.write(data) ?? false);
  }

  writeFramed(before: string, body: Uint8Array, after: string): boolean {
    const length = before.length + body.byteLength + after.length;
    if (length <= JOINED_BYTES) {
      const joined = Buffer.allocUnsafe(length);
      joined.write(before, 0, 'latin1');
      joined.set(body, before.length);
      joined.write(after, length - after.length, 'latin1');
      return this.write(joined);
    }
    this.#socket?.cork();
    this.write(before);
    let hasRoom = this.write(body);
    if (after !== '') hasRoom = this.write(after);
    this.#socket?.uncork();
    return hasRoom;
  }

  endSending(): void {
    this.#socket?.end();
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket?.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#socket?.resume();
  }

  setActive(isActive: boolean): void {
    if (isActive) this.#socket?.ref();
    else this.#socket?.unref();
  }

  destroy(): void {
    this.#socket?.destroy();
  }

  #onRead(bytesRead: number, buffer: Buffer): boolean {
    // Nobody is to speak before we do: bytes that come before the connection is set up are not an answer to anything.
    if (this.#receiver === undefined) this.#socket?.destroy();
    else this.#receiver.onData(buffer, bytesRead);
    return !this.#isPaused;
  }
}

const NO_INFO: WireInfo = {
  remoteAddress: undefined,
  remotePort: undefined,
  localAddress: undefined,
  localPort: undefined,
  tls: undefined,
};
