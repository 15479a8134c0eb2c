import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { afterPoll } from './after-poll.ts';
import type { Wire, WireInfo, WireReceiver } from './wire.ts';
import { NO_INFO } from './wire-info.ts';

/**
 * One read buffer for all sockets of the thread: a read callback is synchronous and copies what it keeps. Against one of 64 KiB for each connection
 * this saves its size for each of them. It takes a body of 64 KiB with its head in one read; one of 256 KiB leaves the processor's cache, and a download
 * of 1 GiB takes a third longer.
 */
const sharedReadBuffer: { buffer: Buffer | undefined } = { buffer: undefined };
const READ_BUFFER_BYTES = 98_304;

/** Up to here head and body are copied into one buffer; above, two writes are corked together. */
const JOINED_BYTES = 16_384;

/** The option for `connect` that has the socket read into the shared buffer: about 10 µs an exchange less than 'data' events. */
export interface OnRead {
  readonly buffer: Buffer;
  readonly callback: (bytesRead: number, buffer: Uint8Array) => boolean;
}

/**
 * A wire over a socket, or over any other stream of bytes. It is made before the socket, which wants its read callback at birth. A stream that
 * was not made with it, and TLS over another stream, which ignores it, are heard by their 'data' events.
 */
export class SocketWire implements Wire {
  readonly onRead: OnRead;
  #stream: Duplex | undefined;
  #receiver: WireReceiver | undefined;
  #info: WireInfo = NO_INFO;
  #error: Error | undefined;
  #reading: 'on' | 'stopping' | 'off' = 'on';
  #isClosedTold = false;
  #onData: ((chunk: unknown) => void) | undefined;

  constructor() {
    const buffer = (sharedReadBuffer.buffer ??= Buffer.allocUnsafeSlow(READ_BUFFER_BYTES));
    this.onRead = { buffer, callback: (bytesRead) => this.#onRead(bytesRead, buffer) };
  }

  /** Once the stream is connected, and secure where it is to be. The wire owns it from here on. @param hasOnRead Whether it was made with {@link onRead}. */
  open(stream: Duplex, info: WireInfo, hasOnRead: boolean): void {
    this.#stream = stream;
    this.#info = info;
    // These stay for as long as the stream lives and go with it.
    stream.on('end', () => {
      this.#receiver?.onEnd();
      destroyIfOver(stream);
    });
    stream.on('finish', () => destroyIfOver(stream));
    stream.on('drain', () => this.#receiver?.onDrain());
    stream.on('error', (error) => this.#onError(stream, error));
    stream.on('close', () => this.#tellClosed());
    setAutoDestroy(stream, false);
    if (hasOnRead) return;
    this.#onData = (chunk) => this.#onChunk(chunk);
    // One that was paused by who made it would stay so.
    stream.on('data', this.#onData).resume();
  }

  /** Gives the stream up to whoever speaks another protocol over it. Nobody is fed any more. */
  release(): Duplex {
    const stream = this.#stream;
    if (stream === undefined) throw new Error('the wire is not open');
    this.#stream = undefined;
    this.#receiver = undefined;
    setAutoDestroy(stream, true);
    if (this.#onData !== undefined) stream.off('data', this.#onData).pause();
    return stream;
  }

  get info(): WireInfo {
    return this.#info;
  }

  attach(receiver: WireReceiver): void {
    this.#receiver = receiver;
    this.#isClosedTold = false;
    if (this.#stream?.destroyed === true) this.#tellClosed();
    // It was over before anybody listened.
    else if (this.#stream?.readableEnded === true) receiver.onEnd();
  }

  write(data: string | Uint8Array, written?: () => void): boolean {
    if (typeof data === 'string') return this.#stream?.write(data, 'latin1') ?? false;
    if (written === undefined) return this.#stream?.write(data) ?? false;
    return this.#stream?.write(data, (error) => (error ? undefined : written())) ?? false;
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
    this.#stream?.cork();
    this.write(before);
    let hasRoom = this.write(body);
    if (after !== '') hasRoom = this.write(after);
    this.#stream?.uncork();
    return hasRoom;
  }

  gather(): void {
    const stream = this.#stream;
    if (stream === undefined || stream.writableCorked > 0) return;
    stream.cork();
    process.nextTick(() => stream.uncork());
  }

  endSending(ended: () => void): void {
    if (this.#stream === undefined || this.#stream.destroyed) ended();
    else this.#stream.end(() => ended());
  }

  allowHalfOpen(): void {
    if (this.#stream !== undefined) this.#stream.allowHalfOpen = true;
  }

  /**
   * Once all that runs because of this read has run: a reader that comes with the response's head asks for more by then, and stopping a socket
   * and starting it again costs as much as 100 KiB of body.
   */
  pause(): void {
    if (this.#reading !== 'on') return;
    this.#reading = 'stopping';
    queueMicrotask(() => process.nextTick(() => this.#stop()));
  }

  resume(): void {
    if (this.#reading === 'off') this.#stream?.resume();
    this.#reading = 'on';
  }

  #stop(): void {
    if (this.#reading !== 'stopping') return;
    this.#reading = 'off';
    this.#stream?.pause();
  }

  setActive(isActive: boolean): void {
    const stream: object | undefined = this.#stream;
    if (stream instanceof Socket) void (isActive ? stream.ref() : stream.unref());
  }

  destroy(): void {
    this.#stream?.destroy();
  }

  /** What failed to be read has destroyed the stream. What failed to be written has not: an answer may be waiting to be read, and one poll brings it. */
  #onError(stream: Duplex, error: Error): void {
    this.#error ??= error;
    if (stream.destroyed) this.#tellClosed();
    else afterPoll(() => stream.destroy(error));
  }

  /** At the error, and not a turn later at the 'close' that follows it: nothing is to be written in between. */
  #tellClosed(): void {
    if (this.#isClosedTold || this.#receiver === undefined) return;
    this.#isClosedTold = true;
    this.#receiver.onClose(this.#error);
  }

  #onRead(bytesRead: number, buffer: Buffer): boolean {
    // Nobody is to speak before we do: bytes that come before the connection is set up are not an answer to anything.
    if (this.#receiver === undefined) this.#stream?.destroy();
    else this.#receiver.onData(buffer, bytesRead);
    return this.#reading !== 'off';
  }

  #onChunk(chunk: unknown): void {
    if (chunk instanceof Uint8Array) this.#onRead(chunk.byteLength, Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    // With an encoding or in object mode it is no stream of bytes.
    else this.#stream?.destroy(new TypeError('the stream gave something other than bytes'));
  }
}

/** Both sides have ended: what Node does by itself where it may destroy a stream. */
function destroyIfOver(stream: Duplex): void {
  if (stream.readableEnded && stream.writableFinished) stream.destroy();
}

/**
 * Node destroys a socket whose write has failed, and with it the answer that came before: a server that refuses an upload says so and resets the connection
 * (tried: 92 of 100 such answers were lost). There is no public way to be asked; where the property is not there all stays as it is.
 */
function setAutoDestroy(stream: Duplex, isOn: boolean): void {
  if (!(stream instanceof Socket)) return;
  for (const name of ['_readableState', '_writableState']) {
    const state: unknown = Reflect.get(stream, name);
    if (typeof state === 'object' && state !== null && 'autoDestroy' in state) state.autoDestroy = isOn;
  }
}
