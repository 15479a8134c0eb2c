import type { Wire, WireInfo, WireReceiver } from '../src/wire/wire.ts';

/** A wire that is worked by hand: what was written is there to read, and bytes come when the test says so. */
export class FakeWire implements Wire {
  readonly info: WireInfo = { remoteAddress: '127.0.0.1', remotePort: 80, localAddress: '127.0.0.1', localPort: 40_000, tls: undefined };
  written = '';
  writes = 0;
  hasRoom = true;
  isPaused = false;
  isActive = true;
  isDestroyed = false;
  isEnded = false;
  #receiver: WireReceiver | undefined;

  attach(receiver: WireReceiver): void {
    this.#receiver = receiver;
  }

  write(data: string | Uint8Array): boolean {
    this.written += typeof data === 'string' ? data : Buffer.from(data).toString('latin1');
    this.writes += 1;
    return this.hasRoom;
  }

  writeFramed(before: string, body: Uint8Array, after: string): boolean {
    return this.write(`${before}${Buffer.from(body).toString('latin1')}${after}`);
  }

  endSending(ended: () => void): void {
    this.isEnded = true;
    ended();
  }

  gather(): void {
    // Each write is told by itself here.
  }

  allowHalfOpen(): void {}

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  setActive(isActive: boolean): void {
    this.isActive = isActive;
  }

  destroy(): void {
    this.isDestroyed = true;
  }

  /** Bytes from the peer, in memory that is wiped after the call. */
  feed(text: string): void {
    const bytes = Buffer.from(text, 'latin1');
    this.#receiver?.onData(bytes, bytes.length);
    bytes.fill(0x2e);
  }

  end(): void {
    this.#receiver?.onEnd();
  }

  drain(): void {
    this.hasRoom = true;
    this.#receiver?.onDrain();
  }

  close(error?: Error): void {
    this.isDestroyed = true;
    this.#receiver?.onClose(error);
  }
}
