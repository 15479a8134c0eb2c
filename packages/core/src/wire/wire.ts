import type { TlsInfo } from '../contract/connection-info.ts';

/** The byte pipe under a connection, plain or TLS. It feeds its receiver synchronously and knows nothing of HTTP. */
export interface Wire {
  readonly info: WireInfo;
  /** Whom the bytes go to from now on. A wire without a receiver closes itself when bytes come. */
  attach(receiver: WireReceiver): void;
  /**
   * Sends text of the characters U+0000–U+00FF, or bytes, which must not change any more.
   * @param written Called once they may: they were sent. Not called where they were not.
   * @returns false when the caller should wait for `onDrain`.
   */
  write(data: string | Uint8Array, written?: () => void): boolean;
  /** Sends the three in one go, as {@link write} does: in one packet where they are small. */
  writeFramed(before: string, body: Uint8Array, after: string): boolean;
  /** What is written from now to the end of this turn goes out together. */
  gather(): void;
  /** Says, after what was written, that no more will come. What the peer sends is still read. @param ended Called when all of it is sent, or the wire is gone. */
  endSending(ended: () => void): void;
  /** From now on the peer's end does not end this side too. */
  allowHalfOpen(): void;
  /** Stops and starts reading. A chunk or two that was on its way may still come. */
  pause(): void;
  resume(): void;
  /** Whether the wire keeps the process alive. */
  setActive(isActive: boolean): void;
  /** Closes it at once. `onClose` still comes. */
  destroy(): void;
}

/** Who is fed by a wire. */
export interface WireReceiver {
  /** Bytes 0 to `length` of `buffer`, which every wire of the thread shares: what outlives the call is copied. */
  onData(buffer: Buffer, length: number): void;
  /** The peer will send no more. Over TLS too it may be the network that says so: Node does not tell a close_notify from a bare FIN. */
  onEnd(): void;
  /** What was refused by `write` is sent. */
  onDrain(): void;
  /** The wire is gone; comes once and last. */
  onClose(error: Error | undefined): void;
}

/** The ends of a wire. */
export interface WireInfo {
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
  readonly tls: TlsInfo | undefined;
}
